// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <system_error>

#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/jobs/batch_job.h"

namespace tilewright {

/// The bytes of an uncompressed grey TIFF of noise, made here so that the tests of jobs stand on nothing else.
inline std::string tiff_bytes(int width_px, int height_px, unsigned seed, int pages = 1) {
    std::string bytes("II\x2A\0\0\0\0\0", 8);
    const auto put = [&bytes](std::uint32_t value, int count) {
        for (int i = 0; i < count; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFFU);
    };
    const auto patch = [&bytes](std::size_t at, std::size_t value) {
        for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>((value >> (8 * i)) & 0xFFU);
    };
    std::mt19937 random(seed);
    std::size_t link = 4;
    for (int page = 0; page < pages; ++page) {
        const auto data = bytes.size();
        const auto size = static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px);
        for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(random() & 0xFFU);
        if (bytes.size() % 2 != 0) bytes += '\0';
        patch(link, bytes.size());
        const auto width = static_cast<std::uint32_t>(width_px);
        const auto height = static_cast<std::uint32_t>(height_px);
        const std::uint32_t fields[][2] = {{256, width}, {257, height}, {258, 8},
                                           {259, 1},     {262, 1},      {273, static_cast<std::uint32_t>(data)},
                                           {277, 1},     {278, height}, {279, static_cast<std::uint32_t>(size)}};
        put(std::size(fields), 2);
        for (const auto& [tag, value] : fields) {
            put(tag, 2);
            put(4, 2);
            put(1, 4);
            put(value, 4);
        }
        link = bytes.size();
        put(0, 4);
    }
    return bytes;
}

/// Folders of a batch that go with the test.
class BatchTest : public ::testing::Test {
protected:
    std::filesystem::path input() const { return scratch_ / "in"; }
    std::filesystem::path output() const { return scratch_ / "out"; }

    /// Small enough to be quick: images of 40 px and more are cut.
    BatchJob job() const {
        BatchJob job;
        job.input_dir = input();
        job.output_dir = output();
        job.min_image_size = 40;
        job.max_workers = 2;
        job.memory_bytes = std::int64_t{1} << 30;
        return job;
    }

    void add_file(const std::filesystem::path& name, const std::string& bytes) const {
        std::filesystem::create_directories((input() / name).parent_path());
        std::ofstream file(input() / name, std::ios::binary);
        file << bytes;
        ASSERT_TRUE(file.good()) << name;
    }
    void add_tiff(const std::filesystem::path& name, unsigned seed = 1, int width_px = 64, int height_px = 48) const {
        add_file(name, tiff_bytes(width_px, height_px, seed));
    }

    ScratchFolder scratch_;
};

inline std::string file_bytes(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Everything below a folder but what tells of times: what must be the same however a run came to its end. Folders
/// count too.
inline std::map<std::string, std::string> proven_tree(const std::filesystem::path& folder) {
    const std::set<std::string> volatile_names{"batch_metadata.json", "batch_report.json",    "batch_report.html",
                                               "batch_state.json",    "batch_processing.log", "journal.jsonl",
                                               ".batch.lock"};
    std::map<std::string, std::string> tree;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (volatile_names.contains(entry.path().filename().native())) continue;
        tree[std::filesystem::relative(entry.path(), folder).native()] =
            entry.is_directory() ? "folder" : file_bytes(entry.path());
    }
    return tree;
}

/// The code of the Error that a call throws; fails the test if it throws none.
template <typename Call>
ErrorCode error_code_of(Call&& call) {
    try {
        call();
    } catch (const Error& error) {
        EXPECT_FALSE(std::string(error.what()).empty());
        return error.code();
    }
    ADD_FAILURE() << "no error";
    return ErrorCode::internal;
}

}  // namespace tilewright
