// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {

/// Some bytes of an object, and what the answer said of the whole.
struct ObjectPart {
    std::vector<std::byte> bytes;
    FileIdentity identity;
    std::string version;  ///< the ETag; empty if the server names none
};

/// Asks once for `size_bytes` bytes from `first`; fewer come at the object's end. For 0 bytes the whole is asked for,
/// to learn of an object that ought to be empty: some servers never answer where there is no byte to give.
///
/// The address is signed with the credentials that GDAL finds; everything else of the request is ours, so that status,
/// length and Retry-After are seen as they are.
/// @throws Error not_found, permission, io; what may pass is transient, and a RetryLater if the server said when
ObjectPart request_part(const std::filesystem::path& place, std::uint64_t first, std::uint64_t size_bytes);

/// The text of the first element of that name in what a store answers, "NoSuchBucket" of "<Code>NoSuchBucket</Code>";
/// empty if there is none.
std::string xml_element(std::string_view text, std::string_view name);

/// An error that a server asks to meet with a pause.
class RetryLater : public Error {
public:
    RetryLater(const Error& error, double after_s) : Error(error), after_s_(after_s) {}
    double after_s() const noexcept { return after_s_; }

private:
    double after_s_;
};

/// No server answered at all: perhaps for a moment, perhaps because there is none.
class Unanswered : public Error {
public:
    explicit Unanswered(const Error& error) : Error(error) {}
};

}  // namespace tilewright::inline v0_1
