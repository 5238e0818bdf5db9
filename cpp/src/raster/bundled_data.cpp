// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/bundled_data.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <ogr_srs_api.h>

#include <algorithm>
#include <array>

namespace tilewright::inline v0_1 {

void use_bundled_data(const std::filesystem::path& folder) {
    CPLSetConfigOption("GDAL_DATA", (folder / "gdal").c_str());
    CPLStringList paths;
    paths.AddString((folder / "proj").c_str());
    for (const char* variable : {"PROJ_DATA", "PROJ_LIB"}) {
        const CPLStringList more(CSLTokenizeString2(CPLGetConfigOption(variable, ""), ":", 0));
        for (int i = 0; i < more.size(); ++i) paths.AddString(more[i]);
    }
    OSRSetPROJSearchPaths(paths.List());
}

void use_certificates(const std::filesystem::path& file) {
    constexpr std::array variables{"GDAL_CURL_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"};
    const bool is_set = std::any_of(variables.begin(), variables.end(), [](const char* variable) {
        return CPLGetConfigOption(variable, nullptr) != nullptr;
    });
    if (!is_set) CPLSetConfigOption(variables[0], file.c_str());
}

}  // namespace tilewright::inline v0_1
