// SPDX-License-Identifier: Apache-2.0
#include "raster/jpeg_decoder.h"

#include <csetjmp>
#include <cstdio>
// libjpeg's header needs <cstdio> before it.
#include <jerror.h>
#include <jpeglib.h>

#include <array>
#include <cstdlib>
#include <exception>
#include <utility>
#include <vector>

#include "raster/exif.h"
#include "raster/gdal_error.h"
#include "raster/jpeg_eighth.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::size_t input_bytes = 64 << 10;
constexpr unsigned marker_bytes = 0xFFFF;

// libjpeg leaves its functions by longjmp on an error. No object with a destructor lives in a frame it jumps over.
struct ErrorTaker {
    jpeg_error_mgr manager{};
    std::jmp_buf back{};
    std::string failure;
    std::string damage;
    bool unsupported = false;
    std::exception_ptr thrown;
};

ErrorTaker& taker_of(j_common_ptr info) {
    return *reinterpret_cast<ErrorTaker*>(info->err);
}

std::string message_of(j_common_ptr info) {
    std::array<char, JMSG_LENGTH_MAX> text{};
    info->err->format_message(info, text.data());
    return text.data();
}

void note_failure(j_common_ptr info) {
    auto& taker = taker_of(info);
    const auto code = info->err->msg_code;
    taker.unsupported = code == JERR_BAD_PRECISION || code == JERR_SOF_UNSUPPORTED || code == JERR_ARITH_NOTIMPL ||
                        code == JERR_NOT_COMPILED || code == JERR_CONVERSION_NOTIMPL ||
                        code == JERR_FRACT_SAMPLE_NOTIMPL || code == JERR_CCIR601_NOTIMPL;
    taker.failure = message_of(info);
}

[[noreturn]] void on_failure(j_common_ptr info) {
    note_failure(info);
    std::longjmp(taker_of(info).back, 1);
}

void on_message(j_common_ptr info, int level) {
    if (level >= 0) return;
    auto& taker = taker_of(info);
    ++info->err->num_warnings;
    if (!taker.damage.empty()) return;
    auto text = message_of(info);
    if (tells_of_damage(text)) taker.damage = std::move(text);
}

struct Source {
    jpeg_source_mgr manager{};
    JpegBytes bytes;
    std::vector<JOCTET> buffer = std::vector<JOCTET>(input_bytes);
};

// Reads on; false if the reading itself failed, which the taker then holds.
bool refill(j_decompress_ptr info) {
    auto& source = *reinterpret_cast<Source*>(info->src);
    std::size_t count = 0;
    try {
        count = source.bytes({reinterpret_cast<std::byte*>(source.buffer.data()), source.buffer.size()});
    } catch (...) {
        taker_of(reinterpret_cast<j_common_ptr>(info)).thrown = std::current_exception();
        return false;
    }
    if (count == 0) {
        // What is missing decodes to grey; the warning makes it an error.
        WARNMS(info, JWRN_JPEG_EOF);
        source.buffer[0] = 0xFF;
        source.buffer[1] = JPEG_EOI;
        count = 2;
    }
    source.manager.next_input_byte = source.buffer.data();
    source.manager.bytes_in_buffer = count;
    return true;
}

boolean fill(j_decompress_ptr info) {
    if (!refill(info)) std::longjmp(taker_of(reinterpret_cast<j_common_ptr>(info)).back, 1);
    return TRUE;
}

void skip(j_decompress_ptr info, long count) {
    auto& manager = *info->src;
    while (count > static_cast<long>(manager.bytes_in_buffer)) {
        count -= static_cast<long>(manager.bytes_in_buffer);
        fill(info);
    }
    if (count <= 0) return;
    manager.next_input_byte += count;
    manager.bytes_in_buffer -= static_cast<std::size_t>(count);
}

void set_colors(jpeg_decompress_struct& info, JpegColors colors) {
    switch (colors) {
        case JpegColors::as_marked: break;
        case JpegColors::gray: info.jpeg_color_space = JCS_GRAYSCALE; break;
        case JpegColors::rgb: info.jpeg_color_space = JCS_RGB; break;
        case JpegColors::ycbcr: info.jpeg_color_space = JCS_YCbCr; break;
    }
    if (info.jpeg_color_space == JCS_GRAYSCALE) {
        info.out_color_space = JCS_GRAYSCALE;
    } else if (info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK) {
        info.out_color_space = JCS_CMYK;
    } else {
        info.out_color_space = JCS_RGB;
    }
}

// Adobe's programs store CMYK the wrong way round, 255 for no ink, and all others follow them where they say Adobe.
void rgb_from_cmyk(const JOCTET* cmyk, std::byte* rgb, std::int64_t pixels, bool inverted) {
    for (std::int64_t i = 0; i < pixels; ++i, cmyk += 4, rgb += 3) {
        const unsigned light = inverted ? cmyk[3] : 255U - cmyk[3];
        for (int band = 0; band < 3; ++band) {
            const unsigned value = inverted ? cmyk[band] : 255U - cmyk[band];
            rgb[band] = static_cast<std::byte>((value * light + 127) / 255);
        }
    }
}

}  // namespace

struct JpegDecoder::State {
    std::string where;
    jpeg_decompress_struct info{};
    ErrorTaker errors;
    Source source;
    jpeg_progress_mgr progress{};
    int max_scans = 0;
    int orientation = 1;
    std::vector<JOCTET> cmyk_row;
    JpegEighth eighth;
    bool quick = false;

    [[noreturn]] void raise() {
        if (errors.thrown) std::rethrow_exception(std::exchange(errors.thrown, nullptr));
        const auto code =
            errors.unsupported ? ErrorCode::unsupported : code_of_message(errors.failure, ErrorCode::corrupt);
        throw Error(code, "the JPEG cannot be decoded: " + errors.failure, where);
    }

    bool read_header() {
        if (setjmp(errors.back) != 0) return false;
        jpeg_read_header(&info, TRUE);
        return true;
    }
    bool read_tables() {
        if (setjmp(errors.back) != 0) return false;
        jpeg_read_header(&info, FALSE);
        return true;
    }
    bool start() {
        if (setjmp(errors.back) != 0) return false;
        jpeg_start_decompress(&info);
        return true;
    }
    bool read_row(JSAMPLE* out) {
        if (setjmp(errors.back) != 0) return false;
        JSAMPROW row = out;
        return jpeg_read_scanlines(&info, &row, 1) == 1;
    }
    void set_bytes(JpegBytes bytes) {
        jpeg_abort_decompress(&info);
        errors.failure.clear();
        errors.damage.clear();
        errors.unsupported = false;
        source.bytes = std::move(bytes);
        source.manager.bytes_in_buffer = 0;
        source.manager.next_input_byte = nullptr;
    }
};

JpegDecoder::JpegDecoder(std::string where) : state_(std::make_unique<State>()) {
    auto& state = *state_;
    state.where = std::move(where);
    state.info.err = jpeg_std_error(&state.errors.manager);
    state.errors.manager.error_exit = on_failure;
    state.errors.manager.emit_message = on_message;
    if (setjmp(state.errors.back) != 0) {
        throw Error(ErrorCode::resource, "not enough memory for a JPEG decoder", state.where);
    }
    jpeg_create_decompress(&state.info);
    state.info.src = &state.source.manager;
    state.source.manager.init_source = [](j_decompress_ptr) {};
    state.source.manager.fill_input_buffer = fill;
    state.source.manager.skip_input_data = skip;
    state.source.manager.resync_to_restart = jpeg_resync_to_restart;
    state.source.manager.term_source = [](j_decompress_ptr) {};
    jpeg_save_markers(&state.info, JPEG_APP0 + 1, marker_bytes);
    state.info.client_data = &state;
    state.progress.progress_monitor = [](j_common_ptr common) {
        auto* info = reinterpret_cast<j_decompress_ptr>(common);
        auto& self = *static_cast<State*>(info->client_data);
        if (info->input_scan_number <= self.max_scans) return;
        self.errors.failure = "it has more than " + std::to_string(self.max_scans) + " scans, as no honest one has";
        std::longjmp(self.errors.back, 1);
    };
    state.info.progress = &state.progress;
}

JpegDecoder::~JpegDecoder() {
    jpeg_destroy_decompress(&state_->info);
}

void JpegDecoder::load_tables(std::span<const std::byte> tables) {
    auto& state = *state_;
    state.set_bytes([tables](std::span<std::byte> into) mutable {
        const auto count = std::min(into.size(), tables.size());
        std::copy_n(tables.begin(), count, into.begin());
        tables = tables.subspan(count);
        return count;
    });
    if (!state.read_tables()) state.raise();
}

void JpegDecoder::open(JpegBytes bytes, JpegColors colors, int max_scans) {
    auto& state = *state_;
    state.set_bytes(std::move(bytes));
    state.max_scans = max_scans;
    if (!state.read_header()) state.raise();
    auto& info = state.info;
    state.orientation = 1;
    constexpr std::size_t exif_head = 6;  // "Exif", two zeros
    for (auto* marker = info.marker_list; marker != nullptr; marker = marker->next) {
        const std::span data(reinterpret_cast<const std::byte*>(marker->data), marker->data_length);
        if (data.size() <= exif_head || std::string_view(reinterpret_cast<const char*>(data.data()), 4) != "Exif") {
            continue;
        }
        state.orientation = exif_orientation(data.subspan(exif_head));
        break;
    }
    set_colors(info, colors);
}

Size JpegDecoder::full_size() const noexcept {
    return {state_->info.image_width, state_->info.image_height};
}

int JpegDecoder::bands() const noexcept {
    return state_->info.out_color_space == JCS_GRAYSCALE ? 1 : 3;
}

std::int64_t JpegDecoder::working_bytes() const noexcept {
    const auto& info = state_->info;
    const std::int64_t pixels = std::int64_t{info.image_width} * info.image_height;
    const std::int64_t rows = std::int64_t{info.image_width} * info.num_components * 64;
    const std::int64_t coefficients = jpeg_has_multiple_scans(&state_->info) != 0
                                          ? pixels * info.num_components * static_cast<std::int64_t>(sizeof(JCOEF))
                                          : 0;
    return coefficients + rows + static_cast<std::int64_t>(input_bytes);
}

int JpegDecoder::orientation() const noexcept {
    return state_->orientation;
}

Size JpegDecoder::start(int denominator, Eighths eighths) {
    auto& state = *state_;
    state.quick = false;
    if (denominator == 8 && eighths != Eighths::carefully && jpeg_has_multiple_scans(&state.info) == 0) {
        const auto& manager = state.source.manager;
        const std::span left(reinterpret_cast<const std::byte*>(manager.next_input_byte), manager.bytes_in_buffer);
        state.quick = state.eighth.begin(state.info, left, state.source.bytes, eighths == Eighths::quickly);
        if (state.quick) return {(full_size().width_px + 7) / 8, (full_size().height_px + 7) / 8};
    }
    state.info.scale_num = 1;
    state.info.scale_denom = static_cast<unsigned>(denominator);
    // Smoothing the edges of chroma takes longer than it shows where pixels are averaged anyway.
    state.info.do_fancy_upsampling = denominator == 1 ? TRUE : FALSE;
    if (!state.start()) state.raise();
    if (state.info.out_color_space == JCS_CMYK) state.cmyk_row.resize(std::size_t{state.info.output_width} * 4);
    return {state.info.output_width, state.info.output_height};
}

void JpegDecoder::read_row(std::byte* out) {
    auto& state = *state_;
    if (state.quick) return state.eighth.read_row(out);
    const bool is_cmyk = state.info.out_color_space == JCS_CMYK;
    if (!state.read_row(is_cmyk ? state.cmyk_row.data() : reinterpret_cast<JSAMPLE*>(out))) state.raise();
    if (!state.errors.damage.empty()) {
        throw Error(ErrorCode::corrupt, "the JPEG cannot be decoded: " + state.errors.damage, state.where);
    }
    if (is_cmyk) {
        rgb_from_cmyk(state.cmyk_row.data(), out, state.info.output_width, state.info.saw_Adobe_marker != 0);
    }
}

namespace {

struct Encoder {
    jpeg_compress_struct info{};
    ErrorTaker errors;
    unsigned char* bytes = nullptr;
    unsigned long count = 0;

    bool run(const std::byte* pixels, Size size, int bands, std::ptrdiff_t row_stride_bytes, int quality) {
        if (setjmp(errors.back) != 0) return false;
        jpeg_create_compress(&info);
        jpeg_mem_dest(&info, &bytes, &count);
        info.image_width = static_cast<JDIMENSION>(size.width_px);
        info.image_height = static_cast<JDIMENSION>(size.height_px);
        info.input_components = bands;
        info.in_color_space = bands == 1 ? JCS_GRAYSCALE : JCS_RGB;
        jpeg_set_defaults(&info);
        jpeg_set_quality(&info, quality, TRUE);
        jpeg_start_compress(&info, TRUE);
        while (info.next_scanline < info.image_height) {
            auto* row =
                const_cast<JSAMPLE*>(reinterpret_cast<const JSAMPLE*>(pixels + info.next_scanline * row_stride_bytes));
            jpeg_write_scanlines(&info, &row, 1);
        }
        jpeg_finish_compress(&info);
        return true;
    }
    Encoder() = default;
    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;
    ~Encoder() {
        jpeg_destroy_compress(&info);
        std::free(bytes);
    }
};

}  // namespace

std::string encode_jpeg(const std::byte* pixels, Size size, int bands, std::ptrdiff_t row_stride_bytes, int quality) {
    Encoder encoder;
    encoder.info.err = jpeg_std_error(&encoder.errors.manager);
    encoder.errors.manager.error_exit = on_failure;
    encoder.errors.manager.emit_message = [](j_common_ptr, int) {};
    if (!encoder.run(pixels, size, bands, row_stride_bytes, quality)) {
        throw Error(ErrorCode::resource, "the JPEG cannot be made: " + encoder.errors.failure);
    }
    return {reinterpret_cast<const char*>(encoder.bytes), encoder.count};
}

}  // namespace tilewright::inline v0_1
