// SPDX-License-Identifier: Apache-2.0
#include "storage/object_address.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_http.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "storage/azure_signature.h"
#include "storage/http_result.h"
#include "storage/vsi_name.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

struct FreeText {
    void operator()(char* text) const noexcept { CPLFree(text); }
};

bool is_told_not_to_sign(const std::string& vsi_name) {
    for (const char* key : {"AWS_NO_SIGN_REQUEST", "GS_NO_SIGN_REQUEST", "AZURE_NO_SIGN_REQUEST"}) {
        const bool concerns = vsi_name.starts_with(key[0] == 'G' ? "/vsigs/" : key[1] == 'W' ? "/vsis3/" : "/vsiaz/");
        if (const auto value = vsi_option(vsi_name, key); concerns && !value.empty() && CPLTestBool(value.c_str())) {
            return true;
        }
    }
    // Who gives all headers signs as well.
    return !vsi_option(vsi_name, "GDAL_HTTP_HEADER_FILE").empty() || !vsi_option(vsi_name, "GDAL_HTTP_HEADERS").empty();
}

// What a token service gives: its JSON, or nothing if none answers.
nlohmann::json ask_for_token(const std::string& url, CPLStringList options) {
    options.SetNameValue("TIMEOUT", "5");
    const HttpResult result(CPLHTTPFetch(url.c_str(), options.List()));
    if (!result || result->nStatus != 0 || result->pszErrBuf != nullptr || result->pabyData == nullptr) return {};
    const auto* text = reinterpret_cast<const char*>(result->pabyData);
    return nlohmann::json::parse(text, text + result->nDataLen, nullptr, false);
}

std::string member(const nlohmann::json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end()) return {};
    return found->is_string() ? found->get<std::string>() : found->dump();
}

// As a value of a form.
std::string escaped(const std::string& text) {
    const std::unique_ptr<char, FreeText> of_url(CPLEscapeString(text.c_str(), -1, CPLES_URL));
    std::string value = of_url.get();
    // In forms, unlike in paths, it stands for a space.
    for (auto at = value.find('+'); at != std::string::npos; at = value.find('+', at)) value.replace(at, 1, "%2B");
    return value;
}

// A person's token, as `gcloud auth application-default login` or GDAL's options keep it: exchanged for one to ask
// with.
nlohmann::json token_of_person() {
    const auto value = [](const char* key) { return std::string(CPLGetConfigOption(key, "")); };
    auto refresh = value("GS_OAUTH2_REFRESH_TOKEN");
    auto id = value("GS_OAUTH2_CLIENT_ID");
    auto secret = value("GS_OAUTH2_CLIENT_SECRET");
    if (const auto file = value("GOOGLE_APPLICATION_CREDENTIALS"); refresh.empty() && !file.empty()) {
        const auto json = nlohmann::json::parse(read_text(file), nullptr, false);
        if (!json.is_object() || member(json, "type") != "authorized_user") return {};
        refresh = member(json, "refresh_token");
        id = member(json, "client_id");
        secret = member(json, "client_secret");
    }
    if (refresh.empty()) return {};
    CPLStringList options;
    const auto form = "grant_type=refresh_token&refresh_token=" + escaped(refresh) + "&client_id=" + escaped(id) +
                      "&client_secret=" + escaped(secret);
    options.SetNameValue("POSTFIELDS", form.c_str());
    return ask_for_token(CPLGetConfigOption("GO2A_AUTH_URL_TOKEN", "https://oauth2.googleapis.com/token"), options);
}

nlohmann::json token_of_google_machine() {
    CPLStringList options;
    options.SetNameValue("HEADERS", "Metadata-Flavor: Google");
    const std::string host = CPLGetConfigOption("GCE_METADATA_HOST", "metadata.google.internal");
    return ask_for_token("http://" + host + "/computeMetadata/v1/instance/service-accounts/default/token", options);
}

nlohmann::json token_of_azure_machine() {
    CPLStringList options;
    options.SetNameValue("HEADERS", "Metadata: true");
    const std::string root = CPLGetConfigOption("CPL_AZURE_VM_API_ROOT_URL", "http://169.254.169.254");
    return ask_for_token(root +
                             "/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
                             "https%3A%2F%2Fstorage.azure.com%2F",
                         options);
}

// A token, kept until shortly before it ends.
class Token {
public:
    template <typename Ask>
    std::string bearer(const Ask& ask) {
        const std::lock_guard lock(mutex_);
        constexpr std::time_t spare_s = 120;
        const auto now = std::time(nullptr);
        if (now + spare_s < ends_at_s_) return bearer_;
        const auto json = ask();
        if (!json.is_object()) return {};
        bearer_ = member(json, "access_token");
        ends_at_s_ = now + std::strtoll(member(json, "expires_in").c_str(), nullptr, 10);
        return bearer_;
    }

private:
    std::mutex mutex_;
    std::string bearer_;
    std::time_t ends_at_s_ = 0;
};

// The header that says who asks; empty if nobody is known.
std::string authorization(const std::string& vsi_name) {
    static Token google;
    static Token azure;
    if (vsi_name.starts_with("/vsigs/")) {
        const auto bearer = google.bearer([] {
            auto token = token_of_person();
            return token.is_object() ? token : token_of_google_machine();
        });
        return bearer.empty() ? "" : "Authorization: Bearer " + bearer;
    }
    if (vsi_name.starts_with("/vsiaz/")) {
        const auto bearer = azure.bearer(token_of_azure_machine);
        return bearer.empty() ? "" : "Authorization: Bearer " + bearer + "\r\nx-ms-version: 2019-12-12";
    }
    return {};
}

}  // namespace

void find_credentials() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (CPLGetConfigOption("GOOGLE_APPLICATION_CREDENTIALS", nullptr) != nullptr) return;
        const char* folder = std::getenv("CLOUDSDK_CONFIG");
        const char* home = std::getenv("HOME");
        if (folder == nullptr && home == nullptr) return;
        const auto file =
            (folder != nullptr ? std::filesystem::path(folder) : std::filesystem::path(home) / ".config" / "gcloud") /
            "application_default_credentials.json";
        std::error_code ignored;
        if (!std::filesystem::is_regular_file(file, ignored)) return;
        CPLSetConfigOption("GOOGLE_APPLICATION_CREDENTIALS", file.c_str());
    });
}

ObjectAddress address_of(const std::filesystem::path& place) {
    const std::string& text = place.native();
    if (text.starts_with("http://") || text.starts_with("https://")) return {text, {}};
    find_credentials();
    const auto name = vsi_name(place);
    const auto plain_url = [&]() -> std::string {
        const char* url = VSIGetActualURL(name.c_str());
        return url == nullptr ? "" : url;
    };
    if (is_told_not_to_sign(name)) {
        if (auto url = plain_url(); !url.empty()) return {std::move(url), {}};
    }
    if (const auto key = find_azure_key(name); key && name.starts_with("/vsiaz/")) {
        constexpr std::size_t prefix_bytes = std::string_view("az://").size();
        const auto container = text.substr(prefix_bytes, text.find('/', prefix_bytes) - prefix_bytes);
        if (const auto url = plain_url(); !url.empty()) {
            return {url + "?" + azure_signature(*key, container, std::time(nullptr)), {}};
        }
    }
    CPLErrorReset();
    const std::unique_ptr<char, FreeText> signed_url(VSIGetSignedURL(name.c_str(), nullptr));
    if (signed_url) return {signed_url.get(), {}};
    const std::string why = CPLGetLastErrorMsg();
    if (auto header = authorization(name); !header.empty()) {
        if (auto url = plain_url(); !url.empty()) return {std::move(url), std::move(header)};
    }
    throw Error(ErrorCode::permission, "no credentials were found for it" + (why.empty() ? "" : ": " + why),
                path_text(place));
}

}  // namespace tilewright::inline v0_1
