// SPDX-License-Identifier: Apache-2.0
#include "tilewright/batch/journal.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "batch/outcome_json.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {

Journal::Journal(const std::filesystem::path& path) : file_(path) {}

void Journal::append(const Outcome& outcome) {
    auto line = to_json(outcome, "key");
    line["at"] = now_s();
    file_.append(line.dump());
}

namespace {

// When a line was written; 0 if it does not tell.
double time_of(const Json& line) {
    const auto at = line.is_object() ? line.find("at") : line.end();
    return at != line.end() && at->is_number() ? at->get<double>() : 0;
}

}  // namespace

std::vector<Outcome> read_journal(const std::filesystem::path& path, double since_s) {
    std::vector<Outcome> outcomes;
    const auto take_line = [&](std::string_view line) {
        const auto json = Json::parse(line, nullptr, false);
        auto outcome = outcome_from(json);
        if (outcome && time_of(json) >= since_s) outcomes.push_back(std::move(*outcome));
    };
    std::string begun;  // a line whose end has not been read yet
    try {
        read_pieces(path, [&](std::span<const std::byte> piece) {
            std::string_view rest(reinterpret_cast<const char*>(piece.data()), piece.size());
            for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
                begun.append(rest.substr(0, end));
                take_line(begun);
                begun.clear();
                rest.remove_prefix(end + 1);
            }
            begun.append(rest);
        });
    } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found) return {};
        throw;
    }
    take_line(begun);
    return outcomes;
}

}  // namespace tilewright::inline v0_1
