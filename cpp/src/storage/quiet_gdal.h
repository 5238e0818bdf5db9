// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cpl_conv.h>
#include <cpl_error.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tilewright::inline v0_1 {

/// Sets what GDAL reads from its configuration, for the calling thread and as long as it lives.
class GdalSetting {
public:
    GdalSetting(const char* key, const char* value) : key_(key) {
        if (const char* before = CPLGetThreadLocalConfigOption(key, nullptr)) before_ = before;
        CPLSetThreadLocalConfigOption(key, value);
    }
    ~GdalSetting() { CPLSetThreadLocalConfigOption(key_, before_ ? before_->c_str() : nullptr); }
    GdalSetting(const GdalSetting&) = delete;
    GdalSetting& operator=(const GdalSetting&) = delete;

private:
    const char* key_;
    std::optional<std::string> before_;
};

/// Keeps GDAL's messages off the terminal, as long as it lives; what they say belongs in our errors.
class QuietGdal {
public:
    QuietGdal() {
        CPLPushErrorHandler(CPLQuietErrorHandler);
        CPLErrorReset();
    }
    ~QuietGdal() {
        CPLPopErrorHandler();
        CPLErrorReset();
    }
    QuietGdal(const QuietGdal&) = delete;
    QuietGdal& operator=(const QuietGdal&) = delete;
};

/// The same, and remembers what is said. What a server answered to a request that failed, GDAL tells only to those who
/// debug; so they are told here.
class OverheardGdal {
public:
    OverheardGdal() {
        CPLErrorReset();
        CPLPushErrorHandlerEx(take, this);
    }
    ~OverheardGdal() {
        CPLPopErrorHandler();
        CPLErrorReset();
    }
    OverheardGdal(const OverheardGdal&) = delete;
    OverheardGdal& operator=(const OverheardGdal&) = delete;

    const std::string& said() const noexcept { return said_; }

    /// The HTTP status of the last answer; 0 if none came to the last request.
    int status() const noexcept { return status_; }

private:
    static void CPL_STDCALL take(CPLErr, CPLErrorNum, const char* message) {
        static_cast<OverheardGdal*>(CPLGetErrorHandlerUserData())->hear(message);
    }

    void hear(std::string_view message) {
        constexpr std::string_view connecting = "CURL_INFO_TEXT:   Trying ";
        constexpr std::string_view request = "CURL_INFO_HEADER_OUT: ";
        constexpr std::string_view answer = "CURL_INFO_HEADER_IN: HTTP/";
        if (message.starts_with(connecting) || message.starts_with(request)) {
            status_ = 0;
        } else if (message.starts_with(answer)) {
            // "HTTP/1.1 503 Service Unavailable"
            const auto space = std::min(message.find(' ', answer.size()), message.size() - 1);
            std::from_chars(message.data() + space + 1, message.data() + message.size(), status_);
        }
        constexpr std::size_t most_bytes = 4096;
        if (message.starts_with("CURL_INFO") || said_.size() >= most_bytes) return;
        said_.append(message).append("\n");
    }

    const GdalSetting debug_{"CPL_DEBUG", "ON"};
    const GdalSetting requests_{"CPL_CURL_VERBOSE", "YES"};
    std::string said_;
    int status_ = 0;
};

}  // namespace tilewright::inline v0_1
