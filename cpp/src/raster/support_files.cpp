// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/support_files.h"

#include <cpl_conv.h>
#include <ogr_srs_api.h>

#include <array>
#include <cstdlib>

namespace tilewright::inline v0_1 {
namespace {

// An option of GDAL's may also stand in the environment, by the same name.
bool is_unset(const char* option) {
    return CPLGetConfigOption(option, nullptr) == nullptr;
}

}  // namespace

void use_support_files(const SupportFiles& files) {
    if (!files.gdal_folder.empty() && is_unset("GDAL_DATA")) {
        CPLSetConfigOption("GDAL_DATA", files.gdal_folder.c_str());
    }
    if (!files.proj_folder.empty() && std::getenv("PROJ_DATA") == nullptr && std::getenv("PROJ_LIB") == nullptr) {
        const std::array<const char*, 2> folders{files.proj_folder.c_str(), nullptr};
        OSRSetPROJSearchPaths(folders.data());
    }
    if (!files.certificates.empty() && is_unset("GDAL_CURL_CA_BUNDLE") && is_unset("CURL_CA_BUNDLE") &&
        is_unset("SSL_CERT_FILE")) {
        CPLSetConfigOption("GDAL_CURL_CA_BUNDLE", files.certificates.c_str());
    }
}

}  // namespace tilewright::inline v0_1
