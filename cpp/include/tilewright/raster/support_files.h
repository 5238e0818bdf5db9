// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Files that GDAL, PROJ and curl read while they work, for programs that bring them along. An empty path leaves what
/// the libraries were built with.
struct SupportFiles {
    std::filesystem::path gdal_folder;   ///< GDAL's tables
    std::filesystem::path proj_folder;   ///< with proj.db, the coordinate reference systems
    std::filesystem::path certificates;  ///< who is believed to be whom over TLS: one PEM file
};

/// Uses these files, save those that the environment names: GDAL_DATA; PROJ_DATA, PROJ_LIB; GDAL_CURL_CA_BUNDLE,
/// CURL_CA_BUNDLE, SSL_CERT_FILE. Holds for the process; call it before all else, from one thread.
void use_support_files(const SupportFiles& files);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
