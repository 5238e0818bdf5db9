// SPDX-License-Identifier: Apache-2.0
#include "raster/jpeg_eighth.h"

#include <cstdio>
// libjpeg's header needs <cstdio> before it.
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numbers>
#include <vector>

#include "raster/huffman_bits.h"
#include "raster/scan_bytes.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr int side = DCTSIZE;
constexpr int coefficients = DCTSIZE2;
// Ten blocks of 64 codes of 16 bits, each with a value of 15.
constexpr std::size_t most_mcu_bytes = D_MAX_BLOCKS_IN_MCU * std::size_t{coefficients} * 31 / 8 + 16;
static_assert(most_mcu_bytes < ScanBytes::slack_bytes);

// Where the n-th coefficient of the file stands in its block: diagonal by diagonal, each the other way round.
constexpr std::array<std::uint8_t, coefficients> zigzag() {
    std::array<std::uint8_t, coefficients> places{};
    std::size_t n = 0;
    for (int diagonal = 0; diagonal < 2 * side - 1; ++diagonal) {
        for (int step = 0; step <= diagonal; ++step) {
            const int row = diagonal % 2 == 0 ? diagonal - step : step;
            const int column = diagonal - row;
            if (row < side && column < side) places[n++] = static_cast<std::uint8_t>(row * side + column);
        }
    }
    return places;
}
constexpr auto natural = zigzag();

// What a coefficient adds to the mean of the first half of its row of eight; to that of the second half it adds the
// same if it is the first, else the opposite. Coefficients of even number vanish in both.
constexpr std::array<int, 5> counting{0, 1, 3, 5, 7};
std::array<float, side> half_means() {
    std::array<float, side> means{};
    means[0] = static_cast<float>(0.5 / std::numbers::sqrt2);
    for (int u = 1; u < side; u += 2) {
        for (int x = 0; x < side / 2; ++x) {
            means[static_cast<std::size_t>(u)] +=
                static_cast<float>(std::cos((2 * x + 1) * u * std::numbers::pi / (2 * side)) / side);
        }
    }
    return means;
}

std::uint8_t sample(int value) {
    return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

// One colour of the image, in the rows of an MCU at an eighth of their size.
struct Component {
    int across = 1;  // blocks in an MCU
    int down = 1;
    int repeat_x = 1;  // pixels of a block
    int repeat_y = 1;
    bool in_quarters = false;  // of a block of half the resolution, 2 x 2 pixels that differ
    std::array<std::uint16_t, coefficients> steps{};
    const HuffmanCode* first = nullptr;
    const HuffmanCode* others = nullptr;
    int prediction = 0;
    std::vector<std::uint8_t> rows;
};

// A value as JPEG writes it: of so many bits, 1 to 15, the lower half of which are negative.
int signed_value(BitReader& bits, unsigned width_bits) {
    if (width_bits > 15) throw OddJpeg{};
    const auto value = static_cast<int>(bits.peek(width_bits));
    bits.skip(width_bits);
    return value < 1 << (width_bits - 1) ? value - (1 << width_bits) + 1 : value;
}

// Whether there are any; `values` are only set then, all but the first.
inline bool read_coefficients(BitReader& bits, const Component& component, std::array<float, coefficients>& values) {
    bool any = false;
    const auto& code = *component.others;
    for (std::size_t n = 1; n < coefficients; ++n) {
        bits.refill();
        const unsigned symbol = code.next(bits);
        const unsigned width_bits = symbol & 15U;
        n += symbol >> 4U;
        if (width_bits == 0) {
            if (symbol >> 4U != 15) return any;
            continue;
        }
        if (n >= coefficients) throw OddJpeg{};
        if (!any) std::memset(values.data(), 0, sizeof values);
        any = true;
        const auto place = natural[n];
        values[place] = static_cast<float>(signed_value(bits, width_bits) * component.steps[place]);
    }
    return any;
}

enum class Colors { gray, rgb, ycbcr };

void write_rgb(const std::uint8_t* y, const std::uint8_t* cb, const std::uint8_t* cr, std::int64_t width,
               std::byte* out) {
    constexpr int half = 1 << 15;
    for (std::int64_t x = 0; x < width; ++x, out += 3) {
        const int blue = cb[x] - 128;
        const int red = cr[x] - 128;
        // ITU-R BT.601 in sixteen bits behind the point.
        out[0] = static_cast<std::byte>(sample(y[x] + ((91881 * red + half) >> 16)));
        out[1] = static_cast<std::byte>(sample(y[x] + ((-22554 * blue - 46802 * red + half) >> 16)));
        out[2] = static_cast<std::byte>(sample(y[x] + ((116130 * blue + half) >> 16)));
    }
}

}  // namespace

struct JpegEighth::State {
    ScanBytes scan;
    BitReader next_bits;
    std::array<HuffmanCode, NUM_HUFF_TBLS> first_codes;
    std::array<HuffmanCode, NUM_HUFF_TBLS> other_codes;
    std::vector<Component> components;
    std::vector<std::size_t> scan_order;
    Colors colors = Colors::gray;
    std::int64_t width = 0;  // of a row, px
    std::int64_t stride = 0;
    std::int64_t mcus = 0;  // in a row
    int mcu_rows = 1;       // rows of pixels of an MCU
    int rows_left = 0;
    unsigned restart_interval = 0;
    unsigned until_restart = 0;
    unsigned restarts = 0;
    const std::array<float, side> means = half_means();

    bool set_components(const jpeg_decompress_struct& header, bool fine_colors);
    bool set_codes(const jpeg_decompress_struct& header);
    void restart();
    void decode_mcus();
    void decode_mcu(std::int64_t mcu);
    void decode_block(BitReader& reader, Component& component, std::uint8_t* at) const;
    void write_quarters(const std::array<float, coefficients>& values, std::uint8_t* at) const;
};

bool JpegEighth::State::set_components(const jpeg_decompress_struct& header, bool fine_colors) {
    components.assign(static_cast<std::size_t>(header.num_components), {});
    const bool alone = header.num_components == 1;
    const int most_across = alone ? 1 : header.max_h_samp_factor;
    const int most_down = alone ? 1 : header.max_v_samp_factor;
    width = (std::int64_t{header.image_width} + side - 1) / side;
    mcus = (width + most_across - 1) / most_across;
    stride = mcus * most_across;
    mcu_rows = most_down;
    int blocks = 0;
    for (std::size_t i = 0; i < components.size(); ++i) {
        auto& component = components[i];
        const auto& stored = header.comp_info[i];
        component.across = alone ? 1 : stored.h_samp_factor;
        component.down = alone ? 1 : stored.v_samp_factor;
        blocks += component.across * component.down;
        if (most_across % component.across != 0 || most_down % component.down != 0) return false;
        component.repeat_x = most_across / component.across;
        component.repeat_y = most_down / component.down;
        if (component.repeat_x > 2 && component.repeat_y > 2) return false;
        component.in_quarters = fine_colors && component.repeat_x == 2 && component.repeat_y == 2;
        const auto* steps = header.quant_tbl_ptrs[stored.quant_tbl_no & (NUM_QUANT_TBLS - 1)];
        if (steps == nullptr) return false;
        std::copy_n(steps->quantval, coefficients, component.steps.begin());
        component.rows.assign(static_cast<std::size_t>(stride * mcu_rows), 0);
    }
    return blocks <= D_MAX_BLOCKS_IN_MCU;
}

bool JpegEighth::State::set_codes(const jpeg_decompress_struct& header) {
    scan_order.clear();
    for (int i = 0; i < header.comps_in_scan; ++i) {
        const auto& stored = *header.cur_comp_info[i];
        const auto place = static_cast<std::size_t>(stored.component_index);
        const auto mcu_rows_in_all = ((std::int64_t{header.image_height} + side - 1) / side + mcu_rows - 1) / mcu_rows;
        const auto component_blocks = components[place].in_quarters
                                          ? 0
                                          : mcus * mcu_rows_in_all * components[place].across * components[place].down;
        const auto dc = static_cast<std::size_t>(stored.dc_tbl_no);
        const auto ac = static_cast<std::size_t>(stored.ac_tbl_no);
        if (dc >= NUM_HUFF_TBLS || ac >= NUM_HUFF_TBLS) return false;
        const auto* first = header.dc_huff_tbl_ptrs[dc];
        const auto* others = header.ac_huff_tbl_ptrs[ac];
        if (first == nullptr || others == nullptr) return false;
        first_codes[dc].set(first->bits, first->huffval, 0);
        other_codes[ac].set(others->bits, others->huffval, component_blocks);
        components[place].first = &first_codes[dc];
        components[place].others = &other_codes[ac];
        scan_order.push_back(place);
    }
    return true;
}

void JpegEighth::State::restart() {
    const auto* at = scan.refill(next_bits.position(), most_mcu_bytes);
    if (!scan.is_complete() || at != scan.end() || scan.marker() != JPEG_RST0 + (restarts++ & 7U)) throw OddJpeg{};
    scan.begin_segment();
    next_bits.begin(scan.refill(nullptr, most_mcu_bytes));
    until_restart = restart_interval;
    for (auto& component : components) component.prediction = 0;
}

void JpegEighth::State::decode_mcus() {
    for (std::int64_t mcu = 0; mcu < mcus; ++mcu) {
        if (restart_interval > 0 && until_restart-- == 0) {
            restart();
            --until_restart;
        }
        if (!scan.is_complete() && scan.end() - next_bits.position() < std::ptrdiff_t{most_mcu_bytes}) {
            // Bits of the byte before are still to be taken.
            const auto* from = next_bits.position() - 1;
            next_bits.move(from, scan.refill(from, most_mcu_bytes + 1));
        }
        decode_mcu(mcu);
        if (next_bits.is_past(scan.end())) throw OddJpeg{};
    }
    rows_left = mcu_rows;
}

void JpegEighth::State::decode_mcu(std::int64_t mcu) {
    for (const auto place : scan_order) {
        auto& component = components[place];
        for (std::int64_t y = 0; y < component.down; ++y) {
            auto* row = component.rows.data() + y * component.repeat_y * stride;
            for (int x = 0; x < component.across; ++x) {
                decode_block(next_bits, component, row + (mcu * component.across + x) * component.repeat_x);
            }
        }
    }
}

void JpegEighth::State::decode_block(BitReader& reader, Component& component, std::uint8_t* at) const {
    // A copy, which the compiler keeps in registers.
    auto bits = reader;
    bits.refill();
    if (const unsigned width_bits = component.first->next(bits); width_bits > 0) {
        component.prediction = static_cast<std::int16_t>(component.prediction + signed_value(bits, width_bits));
    }
    const int mean = component.prediction * component.steps[0];
    if (component.in_quarters) {
        std::array<float, coefficients> values;
        const bool any = read_coefficients(bits, component, values);
        reader = bits;
        if (any) {
            values[0] = static_cast<float>(mean);
            return write_quarters(values, at);
        }
    } else {
        component.others->skip_coefficients(bits);
        reader = bits;
    }
    const auto pixel = sample(((mean + side / 2) >> 3) + 128);
    for (int y = 0; y < component.repeat_y; ++y) {
        for (int x = 0; x < component.repeat_x; ++x) at[y * stride + x] = pixel;
    }
}

void JpegEighth::State::write_quarters(const std::array<float, coefficients>& values, std::uint8_t* at) const {
    std::array<float, 4> quarters{};
    for (const int row : counting) {
        const auto* from = values.data() + std::ptrdiff_t{row} * side;
        const float even = means[0] * from[0];
        const float odd = means[1] * from[1] + means[3] * from[3] + means[5] * from[5] + means[7] * from[7];
        const float down = means[static_cast<std::size_t>(row)];
        const float up = row == 0 ? down : -down;
        quarters[0] += down * (even + odd);
        quarters[1] += down * (even - odd);
        quarters[2] += up * (even + odd);
        quarters[3] += up * (even - odd);
    }
    const auto rounded = [](float value) {
        return static_cast<std::uint8_t>(std::clamp(value + 128.5F, 0.0F, 255.0F));
    };
    at[0] = rounded(quarters[0]);
    at[1] = rounded(quarters[1]);
    at[stride] = rounded(quarters[2]);
    at[stride + 1] = rounded(quarters[3]);
}

JpegEighth::JpegEighth() : state_(std::make_unique<State>()) {}
JpegEighth::~JpegEighth() = default;

bool JpegEighth::begin(const jpeg_decompress_struct& header, std::span<const std::byte> left, const JpegBytes& bytes,
                       bool fine_colors) {
    auto& state = *state_;
    const bool sequential = header.progressive_mode == FALSE && header.arith_code == FALSE &&
                            header.data_precision == 8 && header.comps_in_scan == header.num_components;
    if (!sequential) return false;
    if (header.jpeg_color_space == JCS_GRAYSCALE && header.num_components == 1) {
        state.colors = Colors::gray;
    } else if (header.jpeg_color_space == JCS_YCbCr && header.num_components == 3) {
        state.colors = Colors::ycbcr;
    } else if (header.jpeg_color_space == JCS_RGB && header.num_components == 3) {
        state.colors = Colors::rgb;
    } else {
        return false;
    }
    if (!state.set_components(header, fine_colors) || !state.set_codes(header)) return false;
    state.restart_interval = header.restart_interval;
    state.until_restart = header.restart_interval;
    state.restarts = 0;
    state.rows_left = 0;
    state.scan.begin(left, bytes);
    state.next_bits.begin(state.scan.refill(nullptr, most_mcu_bytes));
    return true;
}

void JpegEighth::read_row(std::byte* out) {
    auto& state = *state_;
    if (state.rows_left == 0) state.decode_mcus();
    const auto offset = (state.mcu_rows - state.rows_left) * state.stride;
    --state.rows_left;
    const auto row = [&](std::size_t i) { return state.components[i].rows.data() + offset; };
    switch (state.colors) {
        case Colors::gray: std::memcpy(out, row(0), static_cast<std::size_t>(state.width)); break;
        case Colors::ycbcr: write_rgb(row(0), row(1), row(2), state.width, out); break;
        case Colors::rgb:
            for (std::int64_t x = 0; x < state.width; ++x) {
                for (std::size_t i = 0; i < 3; ++i) *out++ = static_cast<std::byte>(row(i)[x]);
            }
            break;
    }
}

}  // namespace tilewright::inline v0_1
