// SPDX-License-Identifier: Apache-2.0
#include "tilewright/tile/verify.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "tile/original.h"
#include "tile/slice_reader.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/tree.h"

namespace tilewright::inline v0_1 {
namespace {

// What a job that reads a slice or the original may hold, roughly: a decoder's and a reader's rows.
constexpr std::size_t job_bytes = std::size_t{24} << 20;

VerifyProblem problem_of(const std::string& filename, const Error& error) {
    return {filename, std::string(name(error.code())), error.what()};
}

// The verification of one manifest while its slices are read; lives until the last of its jobs ended.
class Verification {
public:
    Verification(std::filesystem::path manifest_path, const RunContext& context)
        : manifest_path_(std::move(manifest_path)), context_(context) {}

    // Reads the manifest and hands its slices to the group.
    static void start(const std::shared_ptr<Verification>& self, SourceCheck source, JobGroup& jobs) {
        // The jobs own the manifest: of a hundred thousand, only those under way are in memory.
        const auto manifest = std::make_shared<const Manifest>(read_manifest(self->manifest_path_));
        self->slices_ = static_cast<std::int64_t>(manifest->slices.size());
        for (const auto& record : manifest->slices) {
            jobs.run(job_bytes, [self, manifest, &record] { self->check_slice(*manifest, record); });
        }
        if (source != SourceCheck::never) {
            jobs.run(job_bytes, [self, manifest, source] { self->check_source(*manifest, source); });
        }
    }

    void add(VerifyProblem problem) {
        const std::lock_guard lock(mutex_);
        problems_.emplace_back(-1, std::move(problem));
    }

    // After all jobs: the same result whatever their order.
    VerifyResult result() {
        VerifyResult result;
        result.manifest_path = manifest_path_;
        result.slices = slices_;
        result.proven_slices = proven_slices_;
        result.source_checked = source_checked_;
        std::sort(problems_.begin(), problems_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        for (auto& [index, problem] : problems_) result.problems.push_back(std::move(problem));
        return result;
    }

private:
    void check_slice(const Manifest& manifest, const SliceRecord& record) {
        context_.throw_if_stopped();
        try {
            const auto bytes = SliceReader(manifest, record).finish();
            context_.advance(bytes);
            const std::lock_guard lock(mutex_);
            ++proven_slices_;
        } catch (const Error& error) {
            if (error.code() == ErrorCode::cancelled) throw;
            const std::lock_guard lock(mutex_);
            problems_.emplace_back(record.index, problem_of(record.filename, error));
        }
    }

    void check_source(const Manifest& manifest, SourceCheck source) {
        const auto path = find_original(manifest);
        const auto filename = path_text(path);
        try {
            if (source == SourceCheck::if_present && (path.empty() || !file_exists(path))) return;
            if (path.empty()) throw Error(ErrorCode::not_found, "the original was an image in memory");
            compare_source(manifest, filename, *open_raster(path, manifest.options.open));
        } catch (const Error& error) {
            if (error.code() == ErrorCode::cancelled) throw;
            add(problem_of(filename, error));
        }
    }

    void compare_source(const Manifest& manifest, const std::string& filename, RasterReader& raster) {
        const auto plain = without_nodata(raster.info());
        const auto width = plain.size.width_px;
        const auto row_bytes = width * static_cast<std::int64_t>(plain.pixel_bytes());
        const auto rows = std::min(rows_at_a_time(row_bytes, raster.row_step_px()), plain.size.height_px);
        const bool has_mask = plain.mask != MaskKind::none;
        RasterHash hash(plain);
        Image image({width, rows}, plain.bands, plain.type);
        Image mask({width, has_mask ? rows : 0}, 1, PixelType::uint8);
        for (std::int64_t y = 0; y < plain.size.height_px; y += rows) {
            context_.throw_if_stopped();
            const Window window{0, y, width, std::min(rows, plain.size.height_px - y)};
            const auto part = image.view().crop({0, 0, width, window.height_px});
            raster.read(window, part);
            std::optional<ImageView> mask_part;
            if (has_mask) {
                const auto into = mask.view().crop({0, 0, width, window.height_px});
                raster.read_mask(window, into);
                mask_part = into;
            }
            hash.update(part, mask_part);
            context_.advance(window.height_px * row_bytes);
        }
        source_checked_ = true;
        const auto& proven = manifest.raster;
        if (plain.size != proven.size || plain.bands != proven.bands || plain.type != proven.type ||
            hash.pixel_hash() != manifest.pixel_hash || hash.mask_hash() != manifest.mask_hash) {
            throw Error(
                ErrorCode::corrupt,
                "the original no longer holds the image that was cut: its samples are not those of the manifest",
                filename);
        }
    }

    const std::filesystem::path manifest_path_;
    const RunContext& context_;
    std::int64_t slices_ = 0;
    std::mutex mutex_;
    std::vector<std::pair<std::int64_t, VerifyProblem>> problems_;  // slice index, -1 for what is no slice
    std::int64_t proven_slices_ = 0;
    bool source_checked_ = false;
};

std::size_t pending_bytes(const RunContext& context) {
    const auto& executor = *context.executor;
    return job_bytes * static_cast<std::size_t>(std::max(2 * executor.concurrency(), executor.threads()));
}

}  // namespace

VerifyResult verify(const std::filesystem::path& path, SourceCheck source, const RunContext& context) {
    const auto file = manifest_file(path);
    const auto verification = std::make_shared<Verification>(file, context);
    JobGroup jobs(*context.executor, pending_bytes(context));
    Verification::start(verification, source, jobs);
    jobs.wait();
    return verification->result();
}

std::vector<VerifyResult> verify_folder(const std::filesystem::path& folder, SourceCheck source,
                                        const RunContext& context) {
    std::vector<std::shared_ptr<Verification>> verifications;
    // One group for all: small images do not wait for each other.
    JobGroup jobs(*context.executor, pending_bytes(context));
    for (const auto& found : list_tree(folder)) {
        const auto is_manifest = [](const TreeFile& file) {
            return file.relative_path.filename() == Manifest::filename;
        };
        const auto file = std::find_if(found.files.begin(), found.files.end(), is_manifest);
        if (file == found.files.end() && !found.error) continue;
        context.throw_if_stopped();
        const auto path = file == found.files.end() ? folder / found.relative_path : folder / file->relative_path;
        verifications.push_back(std::make_shared<Verification>(path, context));
        try {
            if (found.error) throw Error(*found.error);
            Verification::start(verifications.back(), source, jobs);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::cancelled) throw;
            verifications.back()->add(problem_of(Manifest::filename, error));
        }
    }
    jobs.wait();
    if (verifications.empty()) {
        throw Error(ErrorCode::not_found, "no metadata.json in this folder or below it", path_text(folder));
    }
    std::vector<VerifyResult> results;
    results.reserve(verifications.size());
    for (const auto& verification : verifications) results.push_back(verification->result());
    return results;
}

}  // namespace tilewright::inline v0_1
