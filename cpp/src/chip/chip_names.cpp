// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <span>
#include <string>

#include "tilewright/chip/chip_set.h"
#include "tilewright/codec/hash.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::int64_t most_folders = 9'999;

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

std::string two_digits(std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

// The shortest text that reads back as the same number.
std::string number_text(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", number);
    return text;
}

}  // namespace

std::string_view name(ChipFormat format) noexcept {
    switch (format) {
        case ChipFormat::automatic: return "auto";
        case ChipFormat::png: return "png";
        case ChipFormat::tiff: return "tiff";
    }
    return "auto";
}

ChipFormat parse_chip_format(std::string_view text) {
    for (const auto format : {ChipFormat::automatic, ChipFormat::png, ChipFormat::tiff}) {
        if (name(format) == text) return format;
    }
    throw Error(ErrorCode::invalid_argument,
                "no format of chips \"" + std::string(text) + "\": it is one of auto, png and tiff");
}

std::string ChipOptions::digest() const {
    // The limits of `open` refuse an image or let it pass; they change no byte.
    std::string text = "chips 1";
    for (const auto& part :
         {std::to_string(layout.count), std::to_string(layout.size_px), std::to_string(layout.margin_px),
          std::to_string(layout.seed), prefix, std::to_string(folders), std::string(tilewright::name(format)),
          std::string(tilewright::name(compression)), number_text(max_nodata), std::to_string(open.page)}) {
        text += ' ' + part;
    }
    PixelHash hash;
    hash.update(bytes_of(text));
    return hash.hex();
}

void check_chip_options(const ChipOptions& options) {
    check_chip_layout(options.layout, options.prefix);
    if (options.folders < 1 || options.folders > most_folders) {
        throw Error(ErrorCode::invalid_argument,
                    "must be 1 to " + std::to_string(most_folders) + ", but is " + std::to_string(options.folders),
                    "folders");
    }
    if (!(options.max_nodata >= 0 && options.max_nodata <= 1)) {
        throw Error(ErrorCode::invalid_argument, "is a share from 0 to 1, but is " + number_text(options.max_nodata),
                    "max_nodata");
    }
}

std::string chip_folder(std::string_view stem, std::int64_t folders) {
    Md5 md5;
    md5.update(bytes_of(stem));
    // 128 bits modulo the folders, digit by digit.
    std::int64_t rest = 0;
    for (const char digit : md5.hex()) {
        const int value = digit <= '9' ? digit - '0' : digit - 'a' + 10;
        rest = (rest * 16 + value) % folders;
    }
    return two_digits(rest + 1);
}

std::string chip_filename(std::string_view prefix, std::string_view source_name, std::int64_t number,
                          RasterFormat format) {
    return std::string(prefix) + "_" + std::string(source_name) + "_" + two_digits(number) +
           std::string(extension(format));
}

std::filesystem::path chip_set_path(const std::filesystem::path& output, std::string_view prefix,
                                    std::string_view source_name) {
    return output / ChipSet::records_folder / (std::string(prefix) + "_" + std::string(source_name) + ".json");
}

std::int64_t ChipSet::written() const noexcept {
    std::int64_t count = 0;
    for (const auto& chip : chips) count += chip.written() ? 1 : 0;
    return count;
}

}  // namespace tilewright::inline v0_1
