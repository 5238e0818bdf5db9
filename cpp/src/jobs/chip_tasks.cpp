// SPDX-License-Identifier: Apache-2.0
#include "jobs/chip_tasks.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "jobs/csv.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/remove_file.h"

namespace tilewright::inline v0_1 {
namespace {

struct TaskRow {
    const ChipSet* set;
    const ChipRecord* chip;
};

// The chips of each folder, in the order of their names: that is the order of rounds.
std::map<std::string, std::vector<TaskRow>> chips_by_folder(const std::vector<ChipSet>& sets) {
    std::map<std::string, std::vector<TaskRow>> folders;
    for (const auto& set : sets) {
        for (const auto& chip : set.chips) {
            if (chip.written()) folders[set.folder].push_back({&set, &chip});
        }
    }
    for (auto& [folder, rows] : folders) {
        std::sort(rows.begin(), rows.end(),
                  [](const TaskRow& a, const TaskRow& b) { return a.chip->filename < b.chip->filename; });
    }
    return folders;
}

// Who each of so many folders goes to, from 0.
std::vector<std::int64_t> dealt(std::int64_t folders, std::int64_t annotators) {
    std::vector<std::int64_t> annotator_of;
    for (std::int64_t annotator = 0; annotator < annotators; ++annotator) {
        const auto share = folders / annotators + (annotator < folders % annotators ? 1 : 0);
        annotator_of.insert(annotator_of.end(), static_cast<std::size_t>(share), annotator);
    }
    return annotator_of;
}

std::string row_text(const TaskRow& row, const std::string& first, const std::string& second) {
    const auto& window = row.chip->window;
    return csv_row({first, second, row.set->source, std::to_string(window.x_px), std::to_string(window.y_px),
                    std::to_string(window.width_px), std::to_string(window.height_px)});
}

void remove_from(const std::filesystem::path& folder, const std::string& name, std::int64_t first) {
    for (auto number = first; remove_file(folder / (name + two_digits(number) + ".csv")); ++number) {
    }
}

}  // namespace

std::string two_digits(std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

void write_task_lists(const std::vector<ChipSet>& sets, const std::filesystem::path& output, std::int64_t annotators,
                      ChipCounts& counts) {
    const auto tasks = output / chip_tasks_folder_name;
    make_folder(tasks);
    const auto annotator_of = dealt(static_cast<std::int64_t>(counts.folders.size()), annotators);
    const auto chips = chips_by_folder(sets);
    std::vector<std::string> lists(static_cast<std::size_t>(annotators), "chip,folder,source,x,y,width,height\n");
    counts.annotators.clear();
    for (std::int64_t i = 0; i < annotators; ++i) counts.annotators.emplace_back("annotator_" + two_digits(i + 1), 0);
    for (std::size_t i = 0; i < counts.folders.size(); ++i) {
        const auto& [folder, count] = counts.folders[i];
        const auto annotator = static_cast<std::size_t>(annotator_of[i]);
        auto& [name, chips_of_annotator] = counts.annotators[annotator];
        chips_of_annotator += count;
        std::string list = "chip,annotator,source,x,y,width,height\n";
        if (const auto rows = chips.find(folder); rows != chips.end()) {
            for (const auto& row : rows->second) {
                list += row_text(row, row.chip->filename, name);
                lists[annotator] += row_text(row, folder + "/" + row.chip->filename, folder);
            }
        }
        write_text(tasks / ("folder_" + folder + ".csv"), list);
    }
    for (std::size_t i = 0; i < lists.size(); ++i) write_text(tasks / (counts.annotators[i].first + ".csv"), lists[i]);
    remove_from(tasks, "annotator_", annotators + 1);
    remove_from(tasks, "folder_", std::stoll(counts.folders.back().first) + 1);
}

}  // namespace tilewright::inline v0_1
