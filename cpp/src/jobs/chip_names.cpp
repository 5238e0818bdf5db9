// SPDX-License-Identifier: Apache-2.0
#include "jobs/chip_names.h"

#include <span>

#include "jobs/output_folders.h"
#include "tilewright/codec/hash.h"
#include "tilewright/storage/file.h"

namespace tilewright {
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

}  // namespace

std::string chip_stem(const std::filesystem::path& source) {
    return path_text(source.stem());
}

std::string ChipNames::assign(const std::filesystem::path& source) {
    auto stem = chip_stem(source);
    if (stem.size() <= longest_name_bytes && taken_.insert(folded_case(stem)).second) return stem;
    const auto hash = hash_of(source);
    for (auto digits = shortest_hash;; digits += shortest_hash) {
        auto name = shortened(stem, longest_name_bytes - digits - 1) + "-" + hash.substr(0, digits);
        if (digits > hash.size()) name += "~" + std::to_string(digits / shortest_hash);
        if (taken_.insert(folded_case(name)).second) return name;
    }
}

}  // namespace tilewright
