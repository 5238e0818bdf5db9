// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <utility>

#include "tilewright/composite/composite_options.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::array<std::pair<CompositeRule, std::string_view>, 6> rules{{{CompositeRule::luminance, "luminance"},
                                                                           {CompositeRule::quantile, "quantile"},
                                                                           {CompositeRule::medoid, "medoid"},
                                                                           {CompositeRule::geomedian, "geomedian"},
                                                                           {CompositeRule::mean, "mean"},
                                                                           {CompositeRule::count, "count"}}};

}  // namespace

std::string_view name(CompositeRule rule) noexcept {
    for (const auto& [known, text] : rules) {
        if (known == rule) return text;
    }
    return {};
}

CompositeRule parse_composite_rule(std::string_view name) {
    for (const auto& [rule, text] : rules) {
        if (text == name) return rule;
    }
    throw Error(ErrorCode::invalid_argument,
                "must be luminance, quantile, medoid, geomedian, mean or count, but is '" + std::string(name) + "'",
                "rule");
}

bool chooses_dataset(CompositeRule rule) noexcept {
    return rule == CompositeRule::luminance || rule == CompositeRule::medoid;
}

}  // namespace tilewright::inline v0_1
