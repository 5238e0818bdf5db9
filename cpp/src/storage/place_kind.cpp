// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <stop_token>
#include <system_error>

#include "storage/object_store.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {
namespace {

bool has_anything_below(const std::filesystem::path& folder) {
    try {
        return !list_objects(folder, {}, 1).empty();
    } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found) return false;
        throw;
    }
}

}  // namespace

bool file_exists(const std::filesystem::path& path) {
    if (!is_url(path)) return place_kind(path) == PlaceKind::file;
    try {
        file_identity(path);
        return true;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found || error.code() == ErrorCode::invalid_argument) return false;
        throw;
    }
}

PlaceKind place_kind(const std::filesystem::path& path) {
    if (!is_url(path)) {
        std::error_code error;
        const auto status = std::filesystem::status(path, error);
        switch (status.type()) {
            case std::filesystem::file_type::none:
            case std::filesystem::file_type::not_found: return PlaceKind::none;
            case std::filesystem::file_type::regular: return PlaceKind::file;
            case std::filesystem::file_type::directory: return PlaceKind::folder;
            default: return PlaceKind::other;
        }
    }
    const auto& text = path.native();
    if (!text.ends_with('/') && !text.ends_with('}')) {
        try {
            file_identity(path);
            return PlaceKind::file;
        } catch (const Error& error) {
            if (error.code() == ErrorCode::invalid_argument) return PlaceKind::folder;
            if (error.code() != ErrorCode::not_found) throw;
        }
    }
    if (text.starts_with("http")) return PlaceKind::none;
    return has_anything_below(path) ? PlaceKind::folder : PlaceKind::none;
}

}  // namespace tilewright::inline v0_1
