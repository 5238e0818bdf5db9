// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/block_copy.h"

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "raster/tiff_directory.h"
#include "raster/tiff_file.h"
#include "raster/tiff_skeleton.h"
#include "raster/tiff_source.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

struct TiffCloser {
    void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
};

// A handle of libtiff that keeps its last message instead of printing it.
class BlockFile {
public:
    BlockFile(const fs::path& path, std::uint64_t directory) {
        const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(TIFFOpenOptionsAlloc(),
                                                                                       &TIFFOpenOptionsFree);
        TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_error, &message_);
        TIFFOpenOptionsSetWarningHandlerExtR(options.get(), ignore_warning, nullptr);
        tiff_.reset(TIFFOpenExt(path.c_str(), "r", options.get()));
        if (!tiff_) throw Error(ErrorCode::corrupt, "cannot be opened as TIFF: " + message_, path_text(path));
        if (TIFFSetSubDirectory(tiff_.get(), directory) == 0) {
            throw Error(ErrorCode::corrupt, "its directory cannot be read: " + message_, path_text(path));
        }
    }
    BlockFile(const BlockFile&) = delete;
    BlockFile& operator=(const BlockFile&) = delete;

    TIFF* get() const noexcept { return tiff_.get(); }
    const std::string& message() const noexcept { return message_; }

    template <typename Number>
    Number number(std::uint32_t tag, Number otherwise) const {
        Number value = otherwise;
        return TIFFGetFieldDefaulted(tiff_.get(), tag, &value) != 0 ? value : otherwise;
    }

private:
    static int keep_error(TIFF*, void* message, const char*, const char* format, va_list values) {
        std::array<char, 500> text{};
        std::vsnprintf(text.data(), text.size(), format, values);
        *static_cast<std::string*>(message) = text.data();
        return 1;  // handled: GDAL's own handler, which prints, is not asked
    }
    static int ignore_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

    std::string message_;
    std::unique_ptr<TIFF, TiffCloser> tiff_;
};

// The grid of blocks in one plane; strips are blocks as wide as the image.
struct BlockGrid {
    Size image;
    Size block;
    bool tiled = false;
    std::uint64_t planes = 1;

    std::int64_t across() const noexcept { return (image.width_px + block.width_px - 1) / block.width_px; }
    std::int64_t down() const noexcept { return (image.height_px + block.height_px - 1) / block.height_px; }
};

BlockGrid grid_of(const BlockFile& tiff) {
    BlockGrid grid;
    grid.image = {tiff.number<std::uint32_t>(TIFFTAG_IMAGEWIDTH, 0),
                  tiff.number<std::uint32_t>(TIFFTAG_IMAGELENGTH, 0)};
    grid.tiled = TIFFIsTiled(tiff.get()) != 0;
    if (grid.tiled) {
        grid.block = {tiff.number<std::uint32_t>(TIFFTAG_TILEWIDTH, 0),
                      tiff.number<std::uint32_t>(TIFFTAG_TILELENGTH, 0)};
    } else {
        const auto rows = tiff.number<std::uint32_t>(TIFFTAG_ROWSPERSTRIP, ~std::uint32_t{0});
        grid.block = {grid.image.width_px, std::min<std::int64_t>(rows, grid.image.height_px)};
    }
    if (tiff.number<std::uint16_t>(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE) {
        grid.planes = tiff.number<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL, 1);
    }
    return grid;
}

bool meets_edges(std::int64_t begin, std::int64_t end, std::int64_t block, std::int64_t image) {
    return begin >= 0 && begin < end && end <= image && begin % block == 0 && (end % block == 0 || end == image);
}

// Fields of the copy's one directory.
TiffFields fields_of(const TiffCoding& coding, const BlockGrid& grid, const RasterInfo& info,
                     const std::string& where) {
    // What describes the raster is said anew; how its samples are coded is said as the source does.
    auto fields = tiff_skeleton(info, {static_cast<int>(size_bytes(info.type)) * 8, 1, false}, where);
    for (const auto tag : tiff_coding_tags()) fields.remove(tag);
    for (const auto& field : coding.fields.all()) fields.set(field);
    for (const int tag : {TIFFTAG_STRIPOFFSETS, TIFFTAG_STRIPBYTECOUNTS, TIFFTAG_TILEOFFSETS, TIFFTAG_TILEBYTECOUNTS,
                          TIFFTAG_TILEWIDTH, TIFFTAG_TILELENGTH, TIFFTAG_ROWSPERSTRIP}) {
        fields.remove(static_cast<std::uint16_t>(tag));
    }
    const auto set = [&](std::uint16_t tag, std::int64_t value) {
        fields.set(tag, TiffType::long_, static_cast<std::uint64_t>(value));
    };
    set(TIFFTAG_IMAGEWIDTH, info.size.width_px);
    set(TIFFTAG_IMAGELENGTH, info.size.height_px);
    if (grid.tiled) {
        set(TIFFTAG_TILEWIDTH, grid.block.width_px);
        set(TIFFTAG_TILELENGTH, grid.block.height_px);
    } else {
        set(TIFFTAG_ROWSPERSTRIP, std::min(grid.block.height_px, info.size.height_px));
    }
    return fields;
}

}  // namespace

struct BlockCopier::State {
    State(fs::path source_path, int page) : path(std::move(source_path)) {
        const auto pages = list_tiff_pages(*RandomAccessFile::open(path));
        if (page < 1 || static_cast<std::size_t>(page) > pages.size()) {
            throw Error(ErrorCode::not_found,
                        "there is no page " + std::to_string(page) + "; the file has " + std::to_string(pages.size()),
                        path_text(path));
        }
        const auto& chosen = pages[static_cast<std::size_t>(page) - 1];
        directory = chosen.image.offset;
        auto tiff = take();
        grid = grid_of(*tiff);
        coding = read_tiff_coding(path, directory);
        file_bytes = static_cast<std::uint64_t>(file_identity(path).size_bytes);
        // Old JPEG keeps tables outside of its blocks; turned images are turned as a whole by some readers; a mask has
        // blocks of its own.
        const bool has_mask = chosen.mask.has_value() || fs::exists(fs::path(path).concat(".msk"));
        copyable = grid.block.width_px > 0 && grid.block.height_px > 0 && !has_mask &&
                   tiff->number<std::uint16_t>(TIFFTAG_COMPRESSION, 0) != COMPRESSION_OJPEG &&
                   tiff->number<std::uint16_t>(TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT) == ORIENTATION_TOPLEFT;
        give_back(std::move(tiff));
    }

    std::unique_ptr<BlockFile> take() {
        {
            const std::lock_guard lock(mutex);
            if (!idle.empty()) {
                auto handle = std::move(idle.back());
                idle.pop_back();
                return handle;
            }
        }
        return std::make_unique<BlockFile>(path, directory);
    }

    void give_back(std::unique_ptr<BlockFile> handle) {
        const std::lock_guard lock(mutex);
        idle.push_back(std::move(handle));
    }

    void read_block(const BlockFile& tiff, std::uint32_t block, std::vector<std::byte>& into) const {
        const auto bytes = TIFFGetStrileByteCount(tiff.get(), block);
        if (bytes > file_bytes) fail(block, "it is said to be longer than the file");
        into.resize(static_cast<std::size_t>(bytes));
        if (bytes == 0) return;  // a hole of a sparse file
        const auto size = static_cast<tmsize_t>(bytes);
        const auto read = grid.tiled ? TIFFReadRawTile(tiff.get(), block, into.data(), size)
                                     : TIFFReadRawStrip(tiff.get(), block, into.data(), size);
        if (read != size) fail(block, tiff.message());
    }

    [[noreturn]] void fail(std::uint32_t block, const std::string& reason) const {
        throw Error(ErrorCode::corrupt, "block " + std::to_string(block) + " cannot be read: " + reason,
                    path_text(path));
    }

    fs::path path;
    std::uint64_t directory = 0;
    std::uint64_t file_bytes = 0;
    BlockGrid grid;
    TiffCoding coding;
    bool copyable = false;

    std::mutex mutex;
    std::vector<std::unique_ptr<BlockFile>> idle;
};

BlockCopier::BlockCopier(const fs::path& source, int page) {
    if (is_url(source)) {
        throw Error(ErrorCode::unsupported, "blocks are copied from local files only; choose format auto or tiff",
                    path_text(source));
    }
    (void)file_identity(source);  // says what is missing, and how
    std::array<char, 2> order{};
    std::ifstream(source, std::ios::binary).read(order.data(), order.size());
    if (order != std::array{'I', 'I'} && order != std::array{'M', 'M'}) {
        throw Error(ErrorCode::unsupported, "only blocks of a TIFF can be copied, and this is none", path_text(source));
    }
    state_ = std::make_unique<State>(source, page);
}

BlockCopier::~BlockCopier() = default;

bool BlockCopier::can_copy(const Window& window) const noexcept {
    const auto& grid = state_->grid;
    return state_->copyable && meets_edges(window.x_px, window.x_end(), grid.block.width_px, grid.image.width_px) &&
           meets_edges(window.y_px, window.y_end(), grid.block.height_px, grid.image.height_px);
}

std::int64_t BlockCopier::copy(const Window& window, const RasterInfo& info, const fs::path& path) {
    if (!can_copy(window) || info.size != Size{window.width_px, window.height_px}) {
        throw Error(ErrorCode::invalid_argument,
                    "a window's blocks can be copied only if its edges meet those of the source's blocks, and its info "
                    "has its size",
                    path_text(path));
    }
    const auto& grid = state_->grid;
    BlockGrid part = grid;
    part.image = info.size;
    const auto first_column = window.x_px / grid.block.width_px;
    const auto first_row = window.y_px / grid.block.height_px;
    const auto blocks_a_plane = static_cast<std::uint64_t>(part.across() * part.down());

    // The source's blocks in the order of the copy's.
    std::vector<std::uint32_t> blocks;
    for (std::uint64_t plane = 0; plane < grid.planes; ++plane) {
        for (std::int64_t row = 0; row < part.down(); ++row) {
            for (std::int64_t column = 0; column < part.across(); ++column) {
                const auto in_plane = (first_row + row) * grid.across() + first_column + column;
                blocks.push_back(
                    static_cast<std::uint32_t>(plane * static_cast<std::uint64_t>(grid.across() * grid.down()) +
                                               static_cast<std::uint64_t>(in_plane)));
            }
        }
    }
    auto tiff = state_->take();
    std::uint64_t bytes = 0;
    for (const auto block : blocks) bytes += TIFFGetStrileByteCount(tiff->get(), block) + sizeof(std::uint64_t) * 2;

    TiffDirectoryPlan plan{fields_of(state_->coding, grid, info, path_text(path)),
                           static_cast<std::size_t>(blocks_a_plane * grid.planes), grid.tiled};
    TiffFile file(path, {std::move(plan)}, {needs_big_tiff(bytes), state_->coding.big_endian});
    std::vector<std::byte> block_bytes;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        state_->read_block(*tiff, blocks[i], block_bytes);
        file.write_block(0, i, block_bytes);
    }
    state_->give_back(std::move(tiff));
    return file.finish();
}

}  // namespace tilewright::inline v0_1
