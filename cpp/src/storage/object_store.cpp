// SPDX-License-Identifier: Apache-2.0
#include "storage/object_store.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_vsi.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/archive_list.h"
#include "storage/object_address.h"
#include "storage/object_request.h"
#include "storage/quiet_gdal.h"
#include "storage/retry.h"
#include "storage/vsi_name.h"
#include "tilewright/core/error.h"
#include "tilewright/core/waiting.h"
#include "tilewright/storage/place.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::size_t piece_bytes = std::size_t{8} << 20;

struct CloseFolder {
    void operator()(VSIDIR* folder) const noexcept { VSICloseDir(folder); }
};

// What GDAL says of a request that failed, as an error.
Error error_of(const std::string& said, const std::string& doing, const std::filesystem::path& place) {
    const auto says = [&](auto... words) { return ((said.find(words) != std::string::npos) || ...); };
    auto why = xml_element(said, "Code");
    if (why.empty()) why = CPLGetLastErrorMsg();
    const auto message = doing + (why.empty() ? "" : ": " + why);
    const auto where = path_text(place);
    if (says("NoSuchBucket", "ContainerNotFound", "bucket does not exist")) {
        return {ErrorCode::not_found, message, where};
    }
    if (says("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthenticationFailed",
             "AuthorizationFailure", "AuthorizationPermissionMismatch", "InvalidClientTokenId", "ExpiredToken",
             "AWS_SECRET_ACCESS_KEY", "NoAuthenticationInformation")) {
        return {ErrorCode::permission, message + "; check the credentials and what they are allowed", where};
    }
    return {ErrorCode::io, message, where, true};
}

// Whether there is a server at all, a request of our own tells. @throws Unanswered
void require_answer(const std::filesystem::path& place) {
    // What OverheardGdal asks to be told is not for the terminal.
    const GdalSetting debug("CPL_DEBUG", "OFF");
    const GdalSetting requests("CPL_CURL_VERBOSE", "NO");
    try {
        request_part(place, 0, 1);
    } catch (const Unanswered&) {
        throw;
    } catch (const Error&) {  // Any other answer is one.
        return;
    }
}

void upload_once(const std::filesystem::path& file, const std::filesystem::path& place) {
    find_credentials();
    const OverheardGdal gdal;
    const auto error = [&] { return error_of(gdal.said(), "cannot be written", place); };
    const auto name = vsi_name(place);
    InputFile source(file);
    VSILFILE* object = VSIFOpenExL(name.c_str(), "wb", 1);
    if (object == nullptr) throw error();
    std::vector<std::byte> piece(piece_bytes);
    std::optional<Error> failed;
    {
        const Waiting waiting;
        while (!failed) {
            const auto count = source.read(piece);
            if (count == 0) break;
            if (VSIFWriteL(piece.data(), 1, count, object) != count) failed = error();
        }
        // Only here do stores say whether they took it.
        if (VSIFCloseL(object) != 0 && !failed) failed = error();
    }
    if (!failed && CPLGetLastErrorType() >= CE_Failure) failed = error();
    VSICurlPartialClearCache(name.c_str());
    if (!failed) return;
    if (failed->transient()) require_answer(place);
    throw Error(*failed);
}

std::vector<ListedFile> list_in_archive(const std::filesystem::path& place, const std::stop_token& stop,
                                        std::size_t most) {
    const auto parts = archive_parts(place);
    auto folder = parts.member.empty() ? std::string() : parts.member.substr(1);
    if (!folder.empty() && !folder.ends_with('/')) folder += '/';
    const auto archive = RandomAccessFile::open(parts.archive);
    bool is_there = folder.empty();
    std::vector<ListedFile> files;
    list_members(*archive, stop, [&](ListedFile file) {
        if (!file.relative_path.starts_with(folder)) return;
        is_there = true;
        if (files.size() >= most) return;
        file.relative_path.erase(0, folder.size());
        files.push_back(std::move(file));
    });
    if (!is_there) throw Error(ErrorCode::not_found, "the archive has no such folder", path_text(place));
    return files;
}

// Adds to `files` until the list ends, breaks off or has given `most`.
void list_once(const std::filesystem::path& place, const std::stop_token& stop, std::size_t most,
               std::vector<ListedFile>& files) {
    find_credentials();
    const OverheardGdal gdal;
    // GDAL asks for a page once, and ends the list at the first that does not come, without a word.
    const auto require_end = [&](const std::string& otherwise) {
        constexpr int http_ok = 200;
        if (gdal.status() == http_ok && CPLGetLastErrorType() < CE_Failure) return;
        const auto error = error_of(gdal.said(), otherwise, place);
        if (!error.transient()) throw Error(error);
        if (gdal.status() == 0) require_answer(place);
        const auto status = gdal.status() == 0 ? "no answer" : "the server answered " + std::to_string(gdal.status());
        throw Error(error.code(), std::string(error.what()) + "; " + status, path_text(place), true);
    };
    const auto name = vsi_name(place);
    VSICurlPartialClearCache(name.c_str());
    const Waiting waiting;
    const std::unique_ptr<VSIDIR, CloseFolder> folder(VSIOpenDir(name.c_str(), -1, nullptr));
    if (!folder) {
        require_end("cannot be listed");
        throw Error(ErrorCode::not_found, "there is nothing there", path_text(place));
    }
    while (const auto* entry = VSIGetNextDirEntry(folder.get())) {
        if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped on request", path_text(place));
        if (VSI_ISDIR(entry->nMode) != 0) continue;
        const auto mtime_ns = entry->bMTimeKnown ? static_cast<std::int64_t>(entry->nMTime) * 1'000'000'000 : 0;
        files.push_back({entry->pszName, {static_cast<std::int64_t>(entry->nSize), mtime_ns}});
        if (files.size() >= most) return;
    }
    require_end("the list broke off");
}

}  // namespace

void upload(const std::filesystem::path& file, const std::filesystem::path& place) {
    if (is_in_archive(place) || place.native().starts_with("http")) {
        throw Error(ErrorCode::unsupported, "is only read; write to a folder, s3://, gs:// or az://", path_text(place));
    }
    with_retries([&] {
        upload_once(file, place);
        const auto sent = file_identity(file).size_bytes;
        // The last byte: with it comes the size of the whole.
        const auto last = static_cast<std::uint64_t>(std::max<std::int64_t>(sent - 1, 0));
        const auto arrived = request_part(place, last, sent > 0 ? 1 : 0).identity.size_bytes;
        if (arrived != sent) {
            throw Error(ErrorCode::io,
                        std::to_string(sent) + " bytes were sent, " + std::to_string(arrived) + " arrived",
                        path_text(place), true);
        }
    });
}

void remove_object(const std::filesystem::path& place) {
    const auto name = vsi_name(place);
    with_retries([&] {
        find_credentials();
        const OverheardGdal gdal;
        const Waiting waiting;
        if (VSIUnlink(name.c_str()) == 0) return;
        const auto error = error_of(gdal.said(), "cannot be removed", place);
        VSICurlPartialClearCache(name.c_str());
        if (error.code() != ErrorCode::not_found) throw Error(error);
    });
}

std::vector<ListedFile> list_objects(const std::filesystem::path& place, const std::stop_token& stop,
                                     std::size_t most) {
    if (place.native().starts_with("http")) {
        throw Error(ErrorCode::unsupported, "a web server tells no list of its files; name the files one by one",
                    path_text(place));
    }
    if (is_in_archive(place)) return list_in_archive(place, stop, most);
    // Lists begin anew, so a long one may need many attempts; as long as one came farther than those before, it goes
    // on.
    std::vector<ListedFile> files;
    for (std::size_t farthest = 0;;) {
        const auto before = farthest;
        try {
            with_retries([&] {
                farthest = std::max(farthest, files.size());
                files.clear();
                list_once(place, stop, most, files);
            });
            return files;
        } catch (const Error& error) {
            farthest = std::max(farthest, files.size());
            if (!error.transient() || farthest == before) throw;
        }
    }
}

}  // namespace tilewright::inline v0_1
