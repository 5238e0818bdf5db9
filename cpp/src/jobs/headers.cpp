// SPDX-License-Identifier: Apache-2.0
#include "jobs/headers.h"

#include <cstddef>
#include <new>
#include <string>

#include "tilewright/core/thread_pool.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

Header read_header(const fs::path& path, OpenOptions options, int page) {
    Header header{page, {}, {}};
    options.page = page;
    try {
        // A pipe or a device would keep the reader waiting for ever.
        if (!is_url(path) && place_kind(path) == PlaceKind::other) {
            throw Error(ErrorCode::unsupported, "is not a regular file", path_text(path));
        }
        header.info = read_raster_info(path, options);
    } catch (const Error& error) {
        header.error = error;
    } catch (const std::bad_alloc&) {
        header.error = Error(ErrorCode::resource, "out of memory while the header was read", path_text(path));
    } catch (const std::exception& error) {
        header.error = Error(ErrorCode::internal, error.what(), path_text(path));
    }
    return header;
}

std::vector<Header> read_pages(const fs::path& path, const OpenOptions& options, Pages pages,
                               const std::stop_token& stop) {
    const OpenOnce once(path);
    std::vector<Header> headers{read_header(path, options, 1)};
    const int count = pages == Pages::all && headers.front().info ? headers.front().info->pages : 1;
    for (int page = 2; page <= count && !stop.stop_requested(); ++page) {
        headers.push_back(read_header(path, options, page));
    }
    return headers;
}

}  // namespace

std::vector<std::vector<Header>> read_headers(const fs::path& root, const std::vector<FoundSource>& sources,
                                              const std::vector<bool>& wanted, const OpenOptions& options, Pages pages,
                                              int threads, const std::stop_token& stop) {
    constexpr std::size_t max_pending_jobs = 1024;
    std::vector<std::vector<Header>> headers(sources.size());
    ThreadPool pool(threads);
    JobGroup group(pool, max_pending_jobs);
    for (std::size_t i = 0; i < sources.size() && !stop.stop_requested(); ++i) {
        if (sources[i].error || !wanted[i]) {
            headers[i].push_back({1, {}, sources[i].error});
            continue;
        }
        group.run(1, [&, i] {
            if (!stop.stop_requested()) headers[i] = read_pages(root / sources[i].relative_path, options, pages, stop);
        });
    }
    group.wait();
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped while headers were read");
    return headers;
}

}  // namespace tilewright::inline v0_1
