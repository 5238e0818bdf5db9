// SPDX-License-Identifier: Apache-2.0
#include "raster/gdal_open.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <gdal_frmts.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <mutex>
#include <span>
#include <string_view>
#include <system_error>
#include <vector>

#include "raster/gdal_error.h"
#include "tilewright/raster/recognized.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"

// A build of GDAL may leave a driver out or keep it in a plugin; then the function is not there to be linked.
#pragma weak GDALRegister_GTiff
#pragma weak GDALRegister_COG
#pragma weak GDALRegister_PNG
#pragma weak GDALRegister_JPEG
#pragma weak GDALRegister_JP2OpenJPEG
#pragma weak GDALRegister_WEBP
#pragma weak GDALRegister_GIF
#pragma weak GDALRegister_BMP
#pragma weak GDALRegister_MEM

namespace tilewright::inline v0_1 {
namespace {

// Blocks that GDAL keeps for windows that cut them; whole windows need none of it.
constexpr GIntBig block_cache_bytes = GIntBig{64} << 20;

struct Signature {
    std::string_view driver;
    std::string_view bytes;
    std::size_t offset = 0;
};

using namespace std::string_view_literals;
constexpr std::array<Signature, 11> signatures{{{"GTiff", "II\x2A\0"sv},
                                                {"GTiff", "II\x2B\0"sv},
                                                {"GTiff", "MM\0\x2A"sv},
                                                {"GTiff", "MM\0\x2B"sv},
                                                {"PNG", "\x89PNG\r\n\x1A\n"sv},
                                                {"JPEG", "\xFF\xD8\xFF"sv},
                                                {"JP2OpenJPEG", "jP  \r\n\x87\n"sv, 4},
                                                {"JP2OpenJPEG", "\xFF\x4F\xFF\x51"sv},
                                                {"WEBP", "WEBP"sv, 8},
                                                {"GIF", "GIF8"sv},
                                                {"BMP", "BM"sv}}};

// Extensions that promise one of these formats.
constexpr std::array<std::string_view, 14> promising_extensions{".tif", ".tiff", ".gtiff", ".btf", ".tf8",
                                                                ".png", ".jpg",  ".jpeg",  ".jp2", ".j2k",
                                                                ".jpx", ".webp", ".gif",   ".bmp"};

}  // namespace

bool is_named_as_raster(const std::filesystem::path& path) {
    auto extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::find(promising_extensions.begin(), promising_extensions.end(), extension) != promising_extensions.end();
}

namespace {

[[noreturn]] void throw_system_error(const std::error_code& error, const std::string& where) {
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
        throw Error(ErrorCode::not_found, "there is no such file", where);
    }
    if (error == std::errc::permission_denied) {
        throw Error(ErrorCode::permission, "the file may not be read; check its permissions and its folders'", where);
    }
    throw Error(ErrorCode::io, "the file cannot be read: " + error.message(), where);
}

void require_plain_file(const std::filesystem::path& path) {
    const auto& text = path.native();
    if (text.find('\0') != std::string::npos) {
        throw Error(ErrorCode::invalid_argument, "a path cannot contain a zero byte", path.string());
    }
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (error) throw_system_error(error, path.string());
    if (!std::filesystem::exists(status)) throw Error(ErrorCode::not_found, "there is no such file", path.string());
    if (std::filesystem::is_directory(status)) {
        throw Error(ErrorCode::invalid_argument, "this is a folder, not a raster", path.string());
    }
    // Opening a pipe would wait for ever.
    if (!std::filesystem::is_regular_file(status)) {
        throw Error(ErrorCode::unsupported, "this is a device or pipe; rasters are read from plain files",
                    path.string());
    }
}

bool looks_like_tiff(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return false;
    std::ifstream file(path, std::ios::binary);
    std::array<char, 4> bytes{};
    file.read(bytes.data(), bytes.size());
    const std::string_view found(bytes.data(), bytes.size());
    return std::any_of(signatures.begin(), signatures.begin() + 4,
                       [&](const Signature& signature) { return found == signature.bytes; });
}

// The names that GDAL may look up beside `path`. It gets this list in place of the folder's, so that nothing else is
// opened and a folder of a million files is not listed for each of them.
std::vector<std::string> siblings_of(const std::filesystem::path& path) {
    const auto folder = path.parent_path();
    const auto file = path.filename().string();
    const auto stem = path.stem().string();
    const auto extension = path.extension().string();
    std::vector<std::string> names{file};
    const auto add = [&](const std::string& name) {
        std::error_code ignored;
        if (std::filesystem::is_regular_file(folder / name, ignored)) names.push_back(name);
    };
    add(file + ".aux.xml");
    for (const char* ending : {".wld", ".WLD", ".tab", ".TAB", ".rpb", ".RPB", "_rpc.txt", "_RPC.TXT"}) {
        add(stem + ending);
    }
    if (extension.size() >= 3) {  // a.tif: a.tfw, a.tifw
        const std::string short_one{'.', extension[1], extension.back(), 'w'};
        add(stem + short_one);
        add(stem + extension + "w");
        add(stem + '.' + static_cast<char>(std::toupper(extension[1])) +
            static_cast<char>(std::toupper(extension.back())) + 'W');
    }
    // Masks and overviews are rasters themselves; only a TIFF by content may be one, as a VRT reads what it names.
    for (const char* ending : {".msk", ".ovr"}) {
        if (looks_like_tiff(folder / (file + ending))) names.push_back(file + ending);
    }
    return names;
}

// The format whose signature the bytes begin with; nothing for none.
const Signature* signature_of(const std::string& bytes) {
    const auto* found = std::find_if(signatures.begin(), signatures.end(), [&](const Signature& signature) {
        return bytes.compare(std::min(signature.offset, bytes.size()), signature.bytes.size(), signature.bytes) == 0;
    });
    return found == signatures.end() ? nullptr : found;
}

// Texts may well begin with "BM"; what follows the fourteen bytes of a bitmap's header is one of these lengths.
bool is_bitmap(const std::string& bytes) {
    constexpr std::array<unsigned char, 7> header_bytes{12, 40, 52, 56, 64, 108, 124};
    constexpr std::size_t at = 14;
    return bytes.size() >= at + 4 && bytes.compare(at + 1, 3, "\0\0\0"sv) == 0 &&
           std::find(header_bytes.begin(), header_bytes.end(), static_cast<unsigned char>(bytes[at])) !=
               header_bytes.end();
}

std::string first_bytes(RandomAccessFile& file) {
    std::string bytes(32, '\0');
    bytes.resize(file.read_at(0, std::as_writable_bytes(std::span(bytes))));
    return bytes;
}

std::string describe_unknown(const std::string& bytes) {
    const auto begin = bytes.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    if (begin != std::string::npos && bytes[begin] == '<') {
        return "the content is XML or HTML; a VRT is not read, as it can name any other file";
    }
    return "the content is not TIFF, PNG, JPEG, JPEG 2000, WebP, GIF or BMP";
}

}  // namespace

void register_gdal_drivers() {
    static std::once_flag once;
    std::call_once(once, [] {
        for (auto* registration :
             {&GDALRegister_GTiff, &GDALRegister_COG, &GDALRegister_PNG, &GDALRegister_JPEG, &GDALRegister_JP2OpenJPEG,
              &GDALRegister_WEBP, &GDALRegister_GIF, &GDALRegister_BMP, &GDALRegister_MEM}) {
            if (*registration != nullptr) (*registration)();
        }
        for (const char* driver : {"GTiff", "PNG", "JPEG", "JP2OpenJPEG", "WEBP"}) {
            if (GDALGetDriverByName(driver) == nullptr) {
                GDALAllRegister();  // it is in a plugin
                break;
            }
        }
        // A size the user gave, by configuration or environment, stands.
        if (CPLGetConfigOption("GDAL_CACHEMAX", nullptr) == nullptr) GDALSetCacheMax64(block_cache_bytes);
    });
}

std::shared_ptr<RandomAccessFile> open_plain_file(const std::filesystem::path& path) {
    if (!is_url(path)) require_plain_file(path);
    return RandomAccessFile::open(path);
}

bool begins_as_raster(const std::filesystem::path& path) {
    if (!is_url(path)) {
        std::error_code error;
        const auto status = std::filesystem::status(path, error);
        if (!error && std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) return false;
    }
    const auto bytes = first_bytes(*open_plain_file(path));
    const auto* signature = signature_of(bytes);
    return signature != nullptr && (signature->driver != "BMP" || is_bitmap(bytes));
}

std::string driver_of(RandomAccessFile& file) {
    const auto& path = file.place();
    const auto bytes = first_bytes(file);
    if (bytes.empty()) throw Error(ErrorCode::corrupt, "the file is empty", path_text(path));
    if (const auto* signature = signature_of(bytes)) return std::string(signature->driver);
    const bool promised = is_named_as_raster(path);
    throw Error(promised ? ErrorCode::corrupt : ErrorCode::unsupported,
                describe_unknown(bytes) + (promised ? ", though the name says so" : ""), path_text(path));
}

GdalDataset open_gdal(const GdalSource& source) {
    register_gdal_drivers();
    GdalScope scope;
    const auto name = source.url_file ? source.url_file->name.name() : gdal_name_of_path(source.path);
    const auto siblings =
        source.url_file ? std::vector<std::string>{std::filesystem::path(name).filename().string()} : siblings_of(name);
    CPLStringList sibling_list;
    for (const auto& sibling : siblings) sibling_list.AddString(sibling.c_str());
    const std::array<const char*, 2> drivers{source.driver.c_str(), nullptr};
    const auto full_name =
        source.directory_offset == 0 ? name : "GTIFF_DIR:off:" + std::to_string(source.directory_offset) + ":" + name;
    const auto level = "OVERVIEW_LEVEL=" + std::to_string(source.overview);
    const std::array<const char*, 2> options{level.c_str(), nullptr};
    GdalDataset dataset(GDALOpenEx(full_name.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR,
                                   drivers.data(), source.overview < 0 ? nullptr : options.data(),
                                   sibling_list.List()));
    if (!dataset) {
        if (source.url_file) source.url_file->name.rethrow_error();
        if (GDALGetDriverByName(source.driver.c_str()) == nullptr) {
            throw Error(ErrorCode::unsupported, "the linked GDAL has no driver " + source.driver, source.path.string());
        }
        scope.raise(ErrorCode::corrupt, "cannot be opened as " + source.driver, source.path.string());
    }
    return dataset;
}

bool overviews_are_its_own(GDALDatasetH dataset) {
    return GDALGetMetadataItem(dataset, "OVERVIEW_FILE", "OVERVIEWS") == nullptr;
}

}  // namespace tilewright::inline v0_1
