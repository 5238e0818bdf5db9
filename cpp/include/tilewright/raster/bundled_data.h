// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Says where the data lie that GDAL and PROJ need, for a program that brings both along: `gdal/` and `proj/` in
/// `folder`. They come before whatever other copies the environment names, which are of other versions; grids of
/// `PROJ_DATA` are found behind them.
///
/// Call it before any raster is opened.
void use_bundled_data(const std::filesystem::path& folder);

/// Trusts the certificates of a file in requests to stores, unless GDAL_CURL_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE
/// name others.
void use_certificates(const std::filesystem::path& file);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
