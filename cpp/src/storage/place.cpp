// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/place.h"

#include <cpl_vsi.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

#include "storage/vsi_name.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

struct Scheme {
    std::string_view prefix;
    std::string_view vsi_prefix;
    bool is_archive = false;
};

constexpr std::array<Scheme, 7> schemes{{{"s3://", "/vsis3/"},
                                         {"gs://", "/vsigs/"},
                                         {"az://", "/vsiaz/"},
                                         {"https://", "/vsicurl/https://"},
                                         {"http://", "/vsicurl/http://"},
                                         {"zip://", "/vsizip/", true},
                                         {"tar://", "/vsitar/", true}}};

const Scheme* scheme_of(std::string_view text) noexcept {
    const auto found = std::find_if(schemes.begin(), schemes.end(),
                                    [&](const Scheme& scheme) { return text.starts_with(scheme.prefix); });
    return found == schemes.end() ? nullptr : &*found;
}

// The text between the braces of zip://{archive}/member, and what follows them; archives may lie in archives.
std::pair<std::string_view, std::string_view> archive_and_member(std::string_view text, const Scheme& scheme) noexcept {
    const auto rest = text.substr(scheme.prefix.size());
    int depth = 0;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] == '{') ++depth;
        if (rest[i] == '}' && --depth == 0) return {rest.substr(1, i - 1), rest.substr(i + 1)};
        if (depth == 0) break;
    }
    return {};
}

std::string lowercase(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

}  // namespace

bool is_url(const std::filesystem::path& place) noexcept {
    return scheme_of(place.native()) != nullptr;
}

bool is_in_archive(const std::filesystem::path& place) noexcept {
    const auto* scheme = scheme_of(place.native());
    return scheme != nullptr && scheme->is_archive;
}

bool is_remote(const std::filesystem::path& place) noexcept {
    std::string_view text = place.native();
    const auto* scheme = scheme_of(text);
    while (scheme != nullptr && scheme->is_archive) {
        text = archive_and_member(text, *scheme).first;
        scheme = scheme_of(text);
    }
    return scheme != nullptr;
}

bool is_archive_name(std::string_view filename) {
    constexpr std::array<std::string_view, 4> endings{".zip", ".tar", ".tar.gz", ".tgz"};
    const auto name = lowercase(filename);
    return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return name.ends_with(ending); });
}

std::filesystem::path inside_archive(const std::filesystem::path& archive) {
    const auto name = lowercase(archive.filename().native());
    if (!is_archive_name(name)) {
        throw Error(ErrorCode::invalid_argument, "is no archive by its name: .zip, .tar, .tar.gz or .tgz",
                    path_text(archive));
    }
    return (name.ends_with(".zip") ? "zip://{" : "tar://{") + archive.native() + "}";
}

std::string vsi_name(const std::filesystem::path& place) {
    const std::string_view text = place.native();
    const auto* scheme = scheme_of(text);
    if (scheme == nullptr) {
        if (text.empty()) throw Error(ErrorCode::invalid_argument, "an empty path names no file");
        // "/vsi..." means something else to GDAL; a path that begins with "/./" never does.
        auto name = std::filesystem::absolute(place).string();
        return name.starts_with("/vsi") ? "/." + name : name;
    }
    return std::string(scheme->vsi_prefix).append(text.substr(scheme->prefix.size()));
}

std::string vsi_option(const std::string& vsi_name, const char* key) {
    const char* value = VSIGetPathSpecificOption(vsi_name.c_str(), key, nullptr);
    return value == nullptr ? "" : value;
}

ArchiveParts archive_parts(const std::filesystem::path& place) {
    const std::string_view text = place.native();
    const auto* scheme = scheme_of(text);
    const auto [archive, member] =
        scheme == nullptr ? std::pair<std::string_view, std::string_view>() : archive_and_member(text, *scheme);
    if (archive.empty()) {
        throw Error(ErrorCode::invalid_argument, "names no archive; write zip://{archive}/member", path_text(place));
    }
    return {std::string(scheme->vsi_prefix), std::filesystem::path(archive), std::string(member)};
}

}  // namespace tilewright::inline v0_1
