// SPDX-License-Identifier: Apache-2.0
#include "storage/azure_signature.h"

#include <cpl_string.h>
#include <cpl_vsi.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/vsi_name.h"

namespace tilewright::inline v0_1 {
namespace {

// A part of "AccountName=...;AccountKey=...".
std::string part_of(std::string_view connection, std::string_view name) {
    while (!connection.empty()) {
        const auto part = connection.substr(0, connection.find(';'));
        if (part.starts_with(name) && part.substr(name.size()).starts_with('=')) {
            return std::string(part.substr(name.size() + 1));
        }
        connection.remove_prefix(std::min(part.size() + 1, connection.size()));
    }
    return {};
}

std::vector<unsigned char> from_base64(const std::string& text) {
    std::vector<unsigned char> bytes(text.size() + 1);
    const int count = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()));
    const auto padding = text.size() - std::min(text.size(), text.find_last_not_of('=') + 1);
    bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count) - padding);
    return bytes;
}

std::string hmac_base64(const std::vector<unsigned char>& key, const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int digest_bytes = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), digest.data(), &digest_bytes);
    std::array<unsigned char, std::size_t{2} * EVP_MAX_MD_SIZE> encoded{};
    const int count = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest_bytes));
    return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(count)};
}

std::string query_value(const std::string& text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string escaped;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.') {
            escaped += c;
        } else {
            escaped += {'%', digits[byte >> 4U], digits[byte & 15U]};
        }
    }
    return escaped;
}

std::string utc_text(std::time_t time_s) {
    std::tm utc{};
    gmtime_r(&time_s, &utc);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text.data();
}

}  // namespace

std::optional<AzureKey> find_azure_key(const std::string& vsi_name) {
    AzureKey key{vsi_option(vsi_name, "AZURE_STORAGE_ACCOUNT"), vsi_option(vsi_name, "AZURE_STORAGE_ACCESS_KEY")};
    if (const auto connection = vsi_option(vsi_name, "AZURE_STORAGE_CONNECTION_STRING"); !connection.empty()) {
        key = {part_of(connection, "AccountName"), part_of(connection, "AccountKey")};
    }
    if (key.account.empty() || key.key_base64.empty()) return std::nullopt;
    return key;
}

std::string azure_signature(const AzureKey& key, const std::string& container, std::time_t now_s) {
    constexpr std::time_t valid_for_s = 3600;
    constexpr std::time_t clocks_differ_s = 300;
    const std::string permissions = "r";
    const std::string version = "2019-12-12";
    const std::string of_a_container = "c";
    const auto start = utc_text(now_s - clocks_differ_s);
    const auto end = utc_text(now_s + valid_for_s);
    const std::string resource = "/blob/" + key.account + "/" + container;
    // Identifier, addresses and protocols between the resource and the version, snapshot and five headers after it:
    // all empty.
    const auto text = permissions + "\n" + start + "\n" + end + "\n" + resource + "\n\n\n\n" + version + "\n" +
                      of_a_container + "\n\n\n\n\n\n";
    return "sv=" + version + "&sr=" + of_a_container + "&sp=" + permissions + "&st=" + query_value(start) +
           "&se=" + query_value(end) + "&sig=" + query_value(hmac_base64(from_base64(key.key_base64), text));
}

}  // namespace tilewright::inline v0_1
