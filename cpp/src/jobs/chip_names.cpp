// SPDX-License-Identifier: Apache-2.0
#include "jobs/chip_names.h"

#include <span>

#include "jobs/output_folders.h"
#include "tilewright/codec/hash.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

// Names of files hold 255 bytes; prefix, number, ending and the temporary name's parts need some.
constexpr std::size_t longest_name_bytes = 200;
constexpr std::size_t shortest_hash = 8;

std::string hash_of(const std::filesystem::path& source) {
    PixelHash hash;
    hash.update(std::as_bytes(std::span(source.native())));
    return hash.hex();
}

// At most so many bytes of a text, cut where a character begins.
std::string shortened(const std::string& text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80) --bytes;
    return text.substr(0, bytes);
}

// The name of a source whose stem is taken: with so many digits of its hash, which is 32 long.
std::string hashed_name(const std::string& stem, const std::string& hash, std::size_t digits) {
    auto name = shortened(stem, longest_name_bytes - digits - 1) + "-" + hash.substr(0, digits);
    if (digits > hash.size()) name += "~" + std::to_string(digits / shortest_hash);
    return name;
}

}  // namespace

std::string chip_stem(const std::filesystem::path& source) {
    return path_text(source.stem());
}

std::string ChipNames::assign(const std::filesystem::path& source) {
    auto stem = chip_stem(source);
    if (stem.size() <= longest_name_bytes && taken_.insert(folded_case(stem)).second) return stem;
    const auto hash = hash_of(source);
    for (auto digits = shortest_hash;; digits += shortest_hash) {
        auto name = hashed_name(stem, hash, digits);
        if (taken_.insert(folded_case(name)).second) return name;
    }
}

bool ChipNames::may_be_of(const std::filesystem::path& source, const std::string& name) {
    const auto stem = chip_stem(source);
    if (name == stem) return stem.size() <= longest_name_bytes;
    const auto hash = hash_of(source);
    for (auto digits = shortest_hash; digits < longest_name_bytes; digits += shortest_hash) {
        if (name == hashed_name(stem, hash, digits)) return true;
    }
    return false;
}

}  // namespace tilewright::inline v0_1
