// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cpl_conv.h>
#include <cpl_error.h>

#include <optional>
#include <string>

namespace tilewright {

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
    void forget() { said_.clear(); }

private:
    static void CPL_STDCALL take(CPLErr, CPLErrorNum, const char* message) {
        constexpr std::size_t most_bytes = 4096;
        auto& said = static_cast<OverheardGdal*>(CPLGetErrorHandlerUserData())->said_;
        if (said.size() < most_bytes) said.append(message).append("\n");
    }

    const GdalSetting debug_{"CPL_DEBUG", "ON"};
    std::string said_;
};

}  // namespace tilewright
