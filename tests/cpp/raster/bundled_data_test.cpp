// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/bundled_data.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <gtest/gtest.h>
#include <ogr_srs_api.h>

#include <string>

namespace tilewright {
namespace {

// Sets an option of GDAL for as long as it lives.
class Option {
public:
    Option(const char* key, const char* value) : key_(key) { CPLSetConfigOption(key, value); }
    ~Option() { CPLSetConfigOption(key_, nullptr); }
    Option(const Option&) = delete;
    Option& operator=(const Option&) = delete;

private:
    const char* key_;
};

TEST(BundledData, ComeBeforeThoseOfTheEnvironment) {
    const Option data("GDAL_DATA", "/elsewhere/gdal");
    const Option grids("PROJ_DATA", "/elsewhere/proj:/grids");
    use_bundled_data("/bundle");
    EXPECT_STREQ(CPLGetConfigOption("GDAL_DATA", ""), "/bundle/gdal");
    const CPLStringList paths(OSRGetPROJSearchPaths());
    ASSERT_EQ(paths.size(), 3);
    EXPECT_STREQ(paths[0], "/bundle/proj");
    EXPECT_STREQ(paths[1], "/elsewhere/proj");
    EXPECT_STREQ(paths[2], "/grids");
    OSRSetPROJSearchPaths(nullptr);
}

TEST(BundledData, CertificatesThatTheUserNamesStand) {
    for (const char* variable : {"GDAL_CURL_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
        const Option named(variable, "/mine.pem");
        const std::string before = CPLGetConfigOption("GDAL_CURL_CA_BUNDLE", "");
        use_certificates("/bundle.pem");
        EXPECT_EQ(CPLGetConfigOption("GDAL_CURL_CA_BUNDLE", ""), before) << variable;
    }
    use_certificates("/bundle.pem");
    EXPECT_STREQ(CPLGetConfigOption("GDAL_CURL_CA_BUNDLE", ""), "/bundle.pem");
    CPLSetConfigOption("GDAL_CURL_CA_BUNDLE", nullptr);
}

}  // namespace
}  // namespace tilewright
