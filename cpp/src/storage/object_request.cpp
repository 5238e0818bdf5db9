// SPDX-License-Identifier: Apache-2.0
#include "storage/object_request.h"

#include <cpl_conv.h>
#include <cpl_http.h>
#include <cpl_string.h>
#include <cpl_time.h>
#include <cpl_vsi.h>

#include <charconv>
#include <cstring>
#include <ctime>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>

#include "storage/http_result.h"
#include "storage/object_address.h"
#include "storage/quiet_gdal.h"
#include "storage/vsi_name.h"
#include "tilewright/core/error.h"
#include "tilewright/core/waiting.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr int http_ok = 200;
constexpr int http_partial = 206;
constexpr int http_range_not_satisfiable = 416;

std::string_view header(const CPLHTTPResult& result, const char* name) {
    const char* value = CSLFetchNameValue(result.papszHeaders, name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end == text.data()) return std::nullopt;
    return value;
}

// Seconds since 1970 of an HTTP date (RFC 9110, section 5.6.7).
std::optional<std::int64_t> seconds_of_date(std::string_view text) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zone = 0, weekday = 0;
    if (!CPLParseRFC822DateTime(std::string(text).c_str(), &year, &month, &day, &hour, &minute, &second, &zone,
                                &weekday)) {
        return std::nullopt;
    }
    std::tm parts{};
    parts.tm_year = year - 1900;
    parts.tm_mon = month - 1;
    parts.tm_mday = day;
    parts.tm_hour = hour;
    parts.tm_min = minute;
    parts.tm_sec = second < 0 ? 0 : second;
    return CPLYMDHMSToUnixTime(&parts);
}

std::optional<double> retry_after_s(const CPLHTTPResult& result) {
    const auto text = header(result, "Retry-After");
    if (text.empty()) return std::nullopt;
    if (const auto seconds = number_in<double>(text)) return *seconds;
    if (const auto at = seconds_of_date(text)) return static_cast<double>(*at - std::time(nullptr));
    return std::nullopt;
}

// An option of GDAL's that nobody has set.
bool is_unset(const char* key) {
    return CPLGetConfigOption(key, nullptr) == nullptr;
}

bool is_passing(int status) {
    return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

std::string_view text_of_body(const CPLHTTPResult& result) {
    if (result.pabyData == nullptr || result.nDataLen <= 0) return {};
    return {reinterpret_cast<const char*>(result.pabyData), static_cast<std::size_t>(result.nDataLen)};
}

// A bucket may lie in another region than the one that was asked; the answer says in which.
bool learn_region(const CPLHTTPResult& result, const std::filesystem::path& place) {
    const auto& text = place.native();
    if (!text.starts_with("s3://")) return false;
    auto region = std::string(header(result, "x-amz-bucket-region"));
    if (region.empty()) region = xml_element(text_of_body(result), "Region");
    if (region.empty()) return false;
    const auto bucket = "/vsis3/" + text.substr(5, text.find('/', 5) - 5) + "/";
    const char* before = VSIGetPathSpecificOption(bucket.c_str(), "AWS_REGION", "us-east-1");
    if (before == region) return false;
    VSISetPathSpecificOption(bucket.c_str(), "AWS_REGION", region.c_str());
    return true;
}

[[noreturn]] void throw_status(int status, const CPLHTTPResult& result, const std::filesystem::path& place) {
    const auto code = xml_element(text_of_body(result), "Code");
    const auto said = "the server answered " + std::to_string(status) + (code.empty() ? "" : " " + code);
    const auto where = path_text(place);
    if ((status == 301 || status == 307 || status == 400) && learn_region(result, place)) {
        throw Error(ErrorCode::io, "lies in another region; " + said, where, true);
    }
    if (status == 404 || status == 410) throw Error(ErrorCode::not_found, "does not exist; " + said, where);
    if (status == 401 || status == 403) {
        throw Error(ErrorCode::permission,
                    "may not be read; " + said + "; check the credentials and what they are allowed", where);
    }
    const Error error(ErrorCode::io, "cannot be read; " + said, where, is_passing(status));
    if (error.transient()) {
        if (const auto after = retry_after_s(result)) throw RetryLater(error, *after);
    }
    throw error;
}

// Status of the answer; 0 where there was none.
int status_of(const CPLHTTPResult& result) {
    const std::string_view text = result.pszErrBuf == nullptr ? "" : result.pszErrBuf;
    constexpr std::string_view before = "HTTP error code : ";
    if (text.starts_with(before)) return number_in<int>(text.substr(before.size())).value_or(0);
    if (result.nStatus != 0 || !text.empty()) return 0;
    return header(result, "Content-Range").empty() ? http_ok : http_partial;
}

// Name of the calling thread's own connection, which is kept from request to request.
const std::string& connection_name() {
    struct Connection {
        std::string name;
        Connection() {
            std::ostringstream text;
            text << "tilewright-" << std::this_thread::get_id();
            name = text.str();
        }
        ~Connection() {
            const QuietGdal quiet;
            CPLStringList options;
            options.SetNameValue("CLOSE_PERSISTENT", name.c_str());
            CPLHTTPDestroyResult(CPLHTTPFetch("", options.List()));
        }
        Connection(const Connection&) = delete;
        Connection& operator=(const Connection&) = delete;
    };
    thread_local const Connection connection;
    return connection.name;
}

HttpResult fetch(const std::filesystem::path& place, std::uint64_t first, std::uint64_t size_bytes) {
    const QuietGdal quiet;
    const auto address = address_of(place);
    CPLStringList options;
    auto headers = address.authorization;
    if (size_bytes > 0) {
        headers += (headers.empty() ? "" : "\r\n") + ("Range: bytes=" + std::to_string(first)) + "-" +
                   std::to_string(first + size_bytes - 1);
    }
    if (!headers.empty()) options.SetNameValue("HEADERS", headers.c_str());
    options.SetNameValue("PERSISTENT", connection_name().c_str());
    options.SetNameValue("MAX_RETRY", "0");
    // What the user set for GDAL stands; what nobody set must not hang for ever.
    if (is_unset("GDAL_HTTP_CONNECTTIMEOUT")) options.SetNameValue("CONNECTTIMEOUT", "3");
    if (is_unset("GDAL_HTTP_LOW_SPEED_TIME")) {
        options.SetNameValue("LOW_SPEED_TIME", "5");
        options.SetNameValue("LOW_SPEED_LIMIT", "1000");
    }
    const Waiting waiting;
    return HttpResult(CPLHTTPFetch(address.url.c_str(), options.List()));
}

}  // namespace

std::string xml_element(std::string_view text, std::string_view name) {
    const auto open = "<" + std::string(name) + ">";
    const auto close = "</" + std::string(name) + ">";
    constexpr std::size_t most_bytes = 64;
    const auto begin = text.find(open);
    if (begin == std::string_view::npos) return {};
    const auto end = text.find(close, begin);
    if (end == std::string_view::npos) return {};
    return std::string(text.substr(begin + open.size(), std::min(end - begin - open.size(), most_bytes)));
}

ObjectPart request_part(const std::filesystem::path& place, std::uint64_t first, std::uint64_t size_bytes) {
    const auto result = fetch(place, first, size_bytes);
    const auto where = path_text(place);
    if (!result) throw Error(ErrorCode::io, "cannot be read: no request could be made", where);
    const int status = status_of(*result);
    ObjectPart part;
    if (status == 0) {
        const std::string reason = result->pszErrBuf == nullptr ? "no answer" : result->pszErrBuf;
        const Error error(ErrorCode::io, "cannot be read: " + reason, where, true);
        constexpr int could_not_resolve = 6;
        constexpr int could_not_connect = 7;
        constexpr int timed_out = 28;
        const bool unanswered = result->nStatus == could_not_resolve || result->nStatus == could_not_connect ||
                                (result->nStatus == timed_out && result->nDataLen == 0);
        if (unanswered) throw Unanswered(error);
        throw error;
    }
    if (status == http_range_not_satisfiable) {
        // "bytes */1234": the range begins past the end.
        const auto text = header(*result, "Content-Range");
        const auto slash = text.find('/');
        part.identity.size_bytes =
            slash == std::string_view::npos ? 0 : number_in<std::int64_t>(text.substr(slash + 1)).value_or(0);
        return part;
    }
    if (status != http_ok && status != http_partial) throw_status(status, *result, place);

    std::span<const std::byte> body(reinterpret_cast<const std::byte*>(result->pabyData),
                                    static_cast<std::size_t>(std::max(0, result->nDataLen)));
    if (status == http_partial) {
        // "bytes 0-99/1234". Some servers give more than was asked for; none may begin elsewhere.
        const auto text = header(*result, "Content-Range");
        const auto number = text.find_first_of("0123456789");
        const auto slash = text.find('/');
        if (number == std::string_view::npos || slash == std::string_view::npos) {
            throw Error(ErrorCode::io, "the server does not tell the object's size", where);
        }
        const auto begin = number_in<std::uint64_t>(text.substr(number));
        const auto total = number_in<std::int64_t>(text.substr(slash + 1));
        if (!begin || !total) throw Error(ErrorCode::io, "the server does not tell the object's size", where);
        if (*begin != first) throw Error(ErrorCode::io, "the server sent other bytes than it was asked for", where);
        part.identity.size_bytes = *total;
        body = body.first(std::min<std::size_t>(size_bytes, body.size()));
    } else {
        // A server that knows no ranges sends everything.
        part.identity.size_bytes = static_cast<std::int64_t>(body.size());
        body = body.subspan(std::min<std::size_t>(first, body.size()));
        body = body.first(std::min<std::size_t>(size_bytes, body.size()));
    }
    const auto rest = static_cast<std::uint64_t>(part.identity.size_bytes) -
                      std::min<std::uint64_t>(first, static_cast<std::uint64_t>(part.identity.size_bytes));
    if (body.size() != std::min(rest, size_bytes)) {
        throw Error(ErrorCode::io,
                    "the answer is cut off: " + std::to_string(body.size()) + " of " +
                        std::to_string(std::min(rest, size_bytes)) + " bytes came",
                    where, true);
    }
    part.bytes.assign(body.begin(), body.end());
    part.version = header(*result, "ETag");
    if (const auto seconds = seconds_of_date(header(*result, "Last-Modified")))
        part.identity.mtime_ns = *seconds * 1'000'000'000;
    return part;
}

}  // namespace tilewright::inline v0_1
