// SPDX-License-Identifier: Apache-2.0
#include "raster/gdal_error.h"

#include <cpl_conv.h>
#include <cpl_error.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace tilewright::inline v0_1 {
namespace {

// A file made to be a nuisance can warn once a row.
constexpr std::size_t kept_messages = 64;

std::string lowercase(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

template <std::size_t Count>
bool contains_any(const std::string& text, const std::array<std::string_view, Count>& words) {
    const auto lower = lowercase(text);
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

// GDAL's numbers say little: nearly everything is "application defined". The words are steadier than the numbers.
constexpr std::array<std::string_view, 9> unsupported_words{"missing codec",
                                                            "not supported",
                                                            "unsupported",
                                                            "not configured",
                                                            "not implemented",
                                                            "unhandled",
                                                            "cannot handle",
                                                            "not recognized as a supported",
                                                            "sorry"};
constexpr std::array<std::string_view, 7> resource_words{
    "out of memory",     "cannot allocate",       "memory allocation", "failed to allocate",
    "not enough memory", "maximum single memory", "too big for"};
constexpr std::array<std::string_view, 17> damage_words{
    "premature end", "premature eof",  "corrupt",    "truncated",      "not enough data", "crc error",
    "bad huffman",   "invalid code",   "read error", "unexpected end", "too much data",   "bad code word",
    "checksum",      "incorrect data", "not enough", "end of file",    "decoding error"};

ErrorCode code_of(int number, const std::string& text, ErrorCode otherwise) {
    if (number == CPLE_OutOfMemory) return ErrorCode::resource;
    if (number == CPLE_NotSupported) return ErrorCode::unsupported;
    return code_of_message(text, otherwise);
}

// Bytes too many between the header's parts of a JPEG or before its end are skipped; elsewhere they are what the
// entropy decoder lost track of.
bool is_padding_of_a_jpeg(const std::string& message) {
    const auto text = lowercase(message);
    constexpr std::string_view before = "extraneous bytes before marker 0x";
    const auto found = text.find(before);
    if (found == std::string::npos) return false;
    const auto marker = text.substr(found + before.size(), 2);
    return marker == "db" || marker == "c0" || marker == "fe" || marker == "d9" || marker[0] == 'e';
}

// Drops the name of the file from GDAL's text, absolute as GDAL was given it or as it stands in the error anyway.
std::string without_name(std::string text, const std::string& name) {
    if (name.empty()) return text;
    std::error_code ignored;
    for (const auto& known : {std::filesystem::absolute(name, ignored).string(), name}) {
        for (auto at = text.find(known); !known.empty() && at != std::string::npos; at = text.find(known)) {
            auto end = at + known.size();
            while (end < text.size() && (text[end] == ':' || text[end] == ' ')) ++end;
            text.erase(at, end - at);
        }
    }
    return text;
}

}  // namespace

ErrorCode code_of_message(const std::string& message, ErrorCode otherwise) {
    if (contains_any(message, resource_words)) return ErrorCode::resource;
    if (contains_any(message, unsupported_words)) return ErrorCode::unsupported;
    return otherwise;
}

bool tells_of_damage(const std::string& message) {
    return contains_any(message, damage_words) && !is_padding_of_a_jpeg(message);
}

GdalScope::GdalScope() : settings_{{{"GDAL_NUM_THREADS", {}}, {"GTIFF_IGNORE_READ_ERRORS", {}}}} {
    CPLPushErrorHandlerEx([](CPLErr error_class, int number, const char* text) { take(error_class, number, text); },
                          this);
    constexpr std::array<const char*, 2> values{"1", "NO"};
    for (std::size_t i = 0; i < settings_.size(); ++i) {
        if (const char* before = CPLGetThreadLocalConfigOption(settings_[i].key, nullptr)) settings_[i].before = before;
        CPLSetThreadLocalConfigOption(settings_[i].key, values[i]);
    }
}

GdalScope::~GdalScope() {
    for (const auto& setting : settings_) {
        CPLSetThreadLocalConfigOption(setting.key, setting.before ? setting.before->c_str() : nullptr);
    }
    CPLPopErrorHandler();
    CPLErrorReset();
}

void GdalScope::take(int error_class, int number, const char* text) {
    auto* scope = static_cast<GdalScope*>(CPLGetErrorHandlerUserData());
    if (scope == nullptr || error_class < CE_Warning || scope->messages_.size() >= kept_messages) return;
    scope->messages_.push_back({error_class >= CE_Failure, number, text == nullptr ? "" : text});
}

void GdalScope::raise(ErrorCode otherwise, const std::string& doing, const std::string& where) const {
    // The first failure is the cause; those after it tell what could not be done because of it.
    auto cause = std::find_if(messages_.begin(), messages_.end(), [](const Message& m) { return m.is_failure; });
    if (cause == messages_.end() && !messages_.empty()) cause = messages_.begin();
    if (cause == messages_.end()) throw Error(otherwise, doing, where);
    auto code = otherwise;
    for (const auto& message : messages_) {
        if (code == otherwise) code = code_of(message.number, message.text, otherwise);
    }
    throw Error(code, doing + ": " + without_name(cause->text, where), where);
}

void GdalScope::raise_if_failed(ErrorCode otherwise, const std::string& doing, const std::string& where) const {
    if (std::any_of(messages_.begin(), messages_.end(), [](const Message& message) { return message.is_failure; })) {
        raise(otherwise, doing, where);
    }
}

void GdalScope::raise_if_damaged(const std::string& doing, const std::string& where) const {
    for (const auto& message : messages_) {
        if (message.is_failure || tells_of_damage(message.text)) {
            throw Error(code_of(message.number, message.text, ErrorCode::corrupt),
                        doing + ": " + without_name(message.text, where), where);
        }
    }
}

}  // namespace tilewright::inline v0_1
