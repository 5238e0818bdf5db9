// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <random>

#include "raster/random_raster.h"
#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/raster/raster_writer.h"

namespace tilewright {
namespace {

// No file of this process may grow past a size while it lives: what a full disk looks like to a writer.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    void (*handler_)(int);
    rlimit before_{};
};

TEST(FullDisk, IsAnErrorOfResourcesAndLeavesNothing) {
    const ScratchFolder folder;
    std::mt19937 random(1);
    const auto info = plain_info({1200, 1500}, 3, PixelType::uint8);
    const auto image = random_image(info, random);
    ThreadPool pool(3);
    for (const auto format : {RasterFormat::png, RasterFormat::tiff}) {
        for (Executor* executor : {&serial_executor(), static_cast<Executor*>(&pool)}) {
            const FileSizeLimit limit(300'000);
            try {
                write_raster(folder / "x", format, image.view(), info, Compression::fast, *executor);
                ADD_FAILURE() << "wrote past the limit";
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), ErrorCode::resource) << error.what();
            }
            EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
        }
    }
}

}  // namespace
}  // namespace tilewright
