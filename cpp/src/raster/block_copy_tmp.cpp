#include "tilewright/raster/block_copy.h"
namespace tilewright {
struct BlockCopier::State {};
BlockCopier::BlockCopier(const std::filesystem::path&, int) {}
BlockCopier::~BlockCopier() = default;
bool BlockCopier::can_copy(const Window&) const noexcept { return false; }
WrittenFile BlockCopier::copy(const Window&, const RasterInfo&, const std::filesystem::path&) { return {}; }
}
