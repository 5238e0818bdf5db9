// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace tilewright::inline v0_1 {

/// One way of making DEFLATE blocks; what Deflater hands its parts to. One instance serves one thread at a time.
class DeflateEngine {
public:
    virtual ~DeflateEngine() = default;

    /// Appends the blocks of `part`, ending on a whole byte and, unless `last`, without a final block.
    /// The blocks refer to nothing before the part, and nothing is kept from one call to the next.
    ///
    /// @param part  at most max_part_bytes; empty only if `last`
    virtual void compress(std::span<const std::byte> part, bool last, std::vector<std::byte>& out) = 0;

    /// How many bytes compress(part, true) appends; some engines know without writing them.
    virtual std::size_t compressed_bytes(std::span<const std::byte> part) {
        std::vector<std::byte> out;
        compress(part, true, out);
        return out.size();
    }

    /// What every engine can take at once; ISA-L and zlib count in 32 bits.
    static constexpr std::size_t max_part_bytes = std::size_t{1} << 30;
};

/// ISA-L's igzip at level 2. Level 3 is slower and no smaller on filtered rows, and its bytes depend on whether the
/// processor has AVX2 or AVX-512; level 2 gives the same on every x86-64 with SSE4.2.
std::unique_ptr<DeflateEngine> make_igzip_engine();

/// Literals, and runs of equal bytes, under Huffman codes made for them: several times as fast as any search for
/// matches and as small on photographs, but no match for repeating patterns. The same bytes on every processor.
std::unique_ptr<DeflateEngine> make_runs_engine();

/// @param level  1 (fastest) to 12 (smallest), as libdeflate counts them
std::unique_ptr<DeflateEngine> make_libdeflate_engine(int level);

/// Runs, or `matches` where a sample of a part says that it is smaller by so much.
///
/// @param least_gain_percent  what the time is worth, 0 to 100
std::unique_ptr<DeflateEngine> make_choosing_engine(std::unique_ptr<DeflateEngine> matches, int least_gain_percent);

}  // namespace tilewright::inline v0_1
