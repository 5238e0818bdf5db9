// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace tilewright::inline v0_1 {

/// Where an object is read, with the right to read it.
struct ObjectAddress {
    std::string url;            ///< with a signature in it, where one can be made
    std::string authorization;  ///< else a header that says who asks; may be empty
};

/// The credentials are those that GDAL finds for the same place, and for gs:// what `gcloud auth application-default
/// login` left. Must run inside a QuietGdal. @throws Error permission where there are none
ObjectAddress address_of(const std::filesystem::path& place);

/// Points GDAL's own readers and writers to credentials that only we look for. Called by whatever lets GDAL go to a
/// store.
void find_credentials();

}  // namespace tilewright::inline v0_1
