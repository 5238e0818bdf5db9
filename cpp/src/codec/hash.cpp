// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/hash.h"

#include <openssl/evp.h>
#include <xxhash.h>

#include <array>

#include "tilewright/core/error.h"

namespace tilewright {
namespace {

std::string hex_digits(std::span<const unsigned char> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const auto byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

struct FreeXxh {
    void operator()(XXH3_state_t* state) const noexcept { XXH3_freeState(state); }
};

struct FreeEvp {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

}  // namespace

struct PixelHash::State {
    std::unique_ptr<XXH3_state_t, FreeXxh> xxh{XXH3_createState()};
};

PixelHash::PixelHash() : state_(std::make_unique<State>()) {
    if (!state_->xxh || XXH3_128bits_reset(state_->xxh.get()) != XXH_OK) {
        throw Error(ErrorCode::resource, "no memory for a pixel hash");
    }
}
PixelHash::~PixelHash() = default;
PixelHash::PixelHash(PixelHash&&) noexcept = default;
PixelHash& PixelHash::operator=(PixelHash&&) noexcept = default;

void PixelHash::update(std::span<const std::byte> bytes) noexcept {
    if (!bytes.empty()) XXH3_128bits_update(state_->xxh.get(), bytes.data(), bytes.size());
}

std::string PixelHash::hex() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_->xxh.get()));
    return hex_digits(canonical.digest);
}

struct Sha256::State {
    std::unique_ptr<EVP_MD_CTX, FreeEvp> context{EVP_MD_CTX_new()};
    bool ended = false;

    // OpenSSL itself would go on and give the digest of something.
    void require_open() const {
        if (ended) throw Error(ErrorCode::internal, "a SHA-256 that was read already cannot go on; start a new one");
    }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    if (!state_->context || EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1) {
        throw Error(ErrorCode::resource, "OpenSSL offers no SHA-256 here");
    }
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes) {
    state_->require_open();
    if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1) {
        throw Error(ErrorCode::internal, "OpenSSL failed to go on with a SHA-256");
    }
}

std::string Sha256::hex() {
    state_->require_open();
    state_->ended = true;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size_bytes = 0;
    if (EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size_bytes) != 1) {
        throw Error(ErrorCode::internal, "OpenSSL failed to end a SHA-256");
    }
    return hex_digits(std::span(digest).first(size_bytes));
}

}  // namespace tilewright
