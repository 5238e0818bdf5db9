// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>
#include <optional>
#include <string>

namespace tilewright::inline v0_1 {

/// Who may read in Azure by the key of an account.
struct AzureKey {
    std::string account;
    std::string key_base64;
};

/// The key that GDAL's options hold for a place: AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with
/// AZURE_STORAGE_ACCESS_KEY. Nothing if they hold none.
std::optional<AzureKey> find_azure_key(const std::string& vsi_name);

/// A shared access signature, as the query of a URL, that allows reading in a container for an hour.
///
/// GDAL's own is of a version so old that servers other than Microsoft's know it no more. Source of the text that is
/// signed: "Create a service SAS", Azure Storage REST API, versions 2018-11-09 and later.
std::string azure_signature(const AzureKey& key, const std::string& container, std::time_t now_s);

}  // namespace tilewright::inline v0_1
