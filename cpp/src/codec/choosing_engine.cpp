// SPDX-License-Identifier: Apache-2.0
// Runs where they are nearly as good as matches, as on photographs; matches on maps, drawings and text.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "codec/deflate_engine.h"

namespace tilewright::inline v0_1 {
namespace {

// Cut from the middle of a part to see what its like costs. Large enough to repeat itself if the part does.
constexpr std::size_t sample_bytes = std::size_t{16} << 10;

class ChoosingEngine final : public DeflateEngine {
public:
    ChoosingEngine(std::unique_ptr<DeflateEngine> matches, int least_gain_percent)
        : matches_(std::move(matches)), least_gain_percent_(static_cast<std::size_t>(least_gain_percent)) {}

    void compress(std::span<const std::byte> part, bool last, std::vector<std::byte>& out) override {
        (matches_are_worth_it(part) ? matches_ : runs_)->compress(part, last, out);
    }

    std::size_t compressed_bytes(std::span<const std::byte> part) override {
        return (matches_are_worth_it(part) ? matches_ : runs_)->compressed_bytes(part);
    }

private:
    bool matches_are_worth_it(std::span<const std::byte> part) {
        const auto size_bytes = std::min(part.size(), sample_bytes);
        const auto sample = part.subspan((part.size() - size_bytes) / 2, size_bytes);
        return judge_->compressed_bytes(sample) * 100 < runs_->compressed_bytes(sample) * (100 - least_gain_percent_);
    }

    const std::unique_ptr<DeflateEngine> matches_;
    const std::size_t least_gain_percent_;
    const std::unique_ptr<DeflateEngine> runs_ = make_runs_engine();
    // Not the one that may do it: what ISA-L makes of a sample depends on the processor, and the choice must not.
    const std::unique_ptr<DeflateEngine> judge_ = make_libdeflate_engine(1);
};

}  // namespace

std::unique_ptr<DeflateEngine> make_choosing_engine(std::unique_ptr<DeflateEngine> matches, int least_gain_percent) {
    return std::make_unique<ChoosingEngine>(std::move(matches), least_gain_percent);
}

}  // namespace tilewright::inline v0_1
