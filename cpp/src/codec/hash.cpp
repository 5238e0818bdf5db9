// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/hash.h"

#include <openssl/evp.h>
#include <xxhash.h>
#ifdef TILEWRIGHT_XXH_DISPATCH
#include <xxh_x86dispatch.h>  // the same functions, each chosen for the processor at run time
#endif

#include <array>

#include "codec/hex_digits.h"
#include "codec/sha256_lanes.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

struct FreeXxh {
    void operator()(XXH3_state_t* state) const noexcept { XXH3_freeState(state); }
};

struct FreeEvp {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

// One of OpenSSL's digests, fed piece by piece.
class Digest {
public:
    bool start(const EVP_MD* algorithm) {
        return context_ && EVP_DigestInit_ex(context_.get(), algorithm, nullptr) == 1;
    }

    void update(std::span<const std::byte> bytes) {
        require_open();
        if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) {
            throw Error(ErrorCode::internal, "OpenSSL failed to go on with a digest");
        }
    }

    std::string hex() {
        require_open();
        ended_ = true;
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size_bytes = 0;
        if (EVP_DigestFinal_ex(context_.get(), digest.data(), &size_bytes) != 1) {
            throw Error(ErrorCode::internal, "OpenSSL failed to end a digest");
        }
        return hex_digits(std::as_bytes(std::span(digest).first(size_bytes)));
    }

private:
    // OpenSSL itself would go on and give the digest of something.
    void require_open() const {
        if (ended_) throw Error(ErrorCode::internal, "a hash that was read already cannot go on; start a new one");
    }

    std::unique_ptr<EVP_MD_CTX, FreeEvp> context_{EVP_MD_CTX_new()};
    bool ended_ = false;
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
    return hex_digits(std::as_bytes(std::span(canonical.digest)));
}

struct Sha256::State : Digest {};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    if (!state_->start(EVP_sha256())) throw Error(ErrorCode::resource, "OpenSSL offers no SHA-256 here");
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes) {
    state_->update(bytes);
}

std::string Sha256::hex() {
    return state_->hex();
}

std::vector<std::string> sha256_of(std::span<const MessageReader> messages) {
    // With fewer messages most of a vector's work would be for nothing.
    constexpr std::size_t least_messages = sha256_lanes / 2;
    if (messages.size() >= least_messages && sha256_lanes_pay()) return sha256_in_lanes(messages);
    std::vector<std::string> digests;
    std::vector<std::byte> part(std::size_t{1} << 18);
    for (const auto& message : messages) {
        Sha256 hash;
        std::size_t count = 0;
        do {
            count = message(part);
            hash.update(std::span(part).first(count));
        } while (count == part.size());
        digests.push_back(hash.hex());
    }
    return digests;
}

struct Md5::State : Digest {};

Md5::Md5() : state_(std::make_unique<State>()) {
    if (!state_->start(EVP_md5())) throw Error(ErrorCode::unsupported, "OpenSSL offers no MD5 here (FIPS mode?)");
}
Md5::~Md5() = default;
Md5::Md5(Md5&&) noexcept = default;
Md5& Md5::operator=(Md5&&) noexcept = default;

void Md5::update(std::span<const std::byte> bytes) {
    state_->update(bytes);
}

std::string Md5::hex() {
    return state_->hex();
}

}  // namespace tilewright::inline v0_1
