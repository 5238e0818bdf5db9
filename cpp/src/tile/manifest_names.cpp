// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <span>
#include <string>

#include "tile/manifest_json.h"
#include "tilewright/codec/hash.h"
#include "tilewright/core/error.h"
#include "tilewright/tile/manifest.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::array<SliceFormat, 4> slice_formats{SliceFormat::automatic, SliceFormat::png, SliceFormat::tiff,
                                                   SliceFormat::copy};

// Takes "_123" from the front of `text`: a number as slice_filename writes it, without sign or needless zeros.
bool take_number(std::string_view& text, std::int64_t& number) noexcept {
    if (text.size() < 2 || text[0] != '_' || text[1] < '0' || text[1] > '9') return false;
    if (text[1] == '0' && text.size() > 2 && text[2] >= '0' && text[2] <= '9') return false;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + 1, end, number);
    text = {rest, static_cast<std::size_t>(end - rest)};
    return error == std::errc();
}

}  // namespace

std::string_view name(SliceFormat format) noexcept {
    switch (format) {
        case SliceFormat::automatic: return "auto";
        case SliceFormat::png: return "png";
        case SliceFormat::tiff: return "tiff";
        case SliceFormat::copy: return "copy";
    }
    return "auto";
}

SliceFormat parse_slice_format(std::string_view text) {
    for (const auto format : slice_formats) {
        if (name(format) == text) return format;
    }
    throw Error(ErrorCode::invalid_argument,
                "no slice format \"" + std::string(text) + "\": it is one of auto, png, tiff and copy");
}

std::string TesselateOptions::digest() const {
    // The limits of `open` refuse an image or let it pass; they change no byte.
    const auto text = options_json(*this).dump();
    PixelHash hash;
    hash.update(std::as_bytes(std::span(text)));
    return hash.hex();
}

std::string slice_filename(std::int64_t index, const Window& window, RasterFormat format) {
    std::string filename = "slice";
    for (const auto number : {index, window.x_px, window.y_px, window.x_end(), window.y_end()}) {
        filename.append(1, '_').append(std::to_string(number));
    }
    return filename.append(extension(format));
}

bool is_slice_filename(std::string_view filename) noexcept {
    constexpr std::string_view prefix = "slice";
    if (filename.substr(0, prefix.size()) != prefix) return false;
    filename.remove_prefix(prefix.size());
    std::array<std::int64_t, 5> numbers{};
    for (auto& number : numbers) {
        if (!take_number(filename, number)) return false;
    }
    if (numbers[3] <= numbers[1] || numbers[4] <= numbers[2]) return false;
    return filename == ".png" || filename == ".tif" || filename == ".pgw" || filename == ".tfw";
}

}  // namespace tilewright::inline v0_1
