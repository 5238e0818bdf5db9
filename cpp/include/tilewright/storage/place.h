// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

// Every path that the library takes is a place: a path of the local file system, or one of these as its text.
//
//     s3://bucket/key  gs://bucket/key  az://container/key     objects of a store
//     https://host/path  http://host/path                      files of a web server, to be read
//     zip://{archive}/member  tar://{archive}/member           members of an archive, itself any of these
//
// Joined with `/`, a place names what lies below it, as a path does.

/// Whether a place lies outside the local file system; system calls know nothing of it.
bool is_url(const std::filesystem::path& place) noexcept;

/// Whether a place, or the archive it lies in, is on another machine: every look at it costs a request.
bool is_remote(const std::filesystem::path& place) noexcept;

/// Whether a place lies in an archive; those are only read.
bool is_in_archive(const std::filesystem::path& place) noexcept;

/// Whether a name is that of an archive that is read in place: .zip, .tar, .tar.gz, .tgz, in any case.
bool is_archive_name(std::string_view filename);

/// The folder that an archive is, as a place. @throws Error invalid_argument if its name is not that of an archive
std::filesystem::path inside_archive(const std::filesystem::path& archive);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
