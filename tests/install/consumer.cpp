// SPDX-License-Identifier: Apache-2.0
// A program outside the tree: cuts an image in memory, proves the slices and puts them together: consumer FOLDER
#include <cstring>
#include <iostream>

#include "tilewright/core/error.h"
#include "tilewright/tile/reconstruct.h"
#include "tilewright/tile/tesselate.h"
#include "tilewright/tile/verify.h"

namespace tw = tilewright;

int main(int argument_count, char** arguments) try {
    if (argument_count != 2) return 2;
    tw::Image image({80, 60}, 3, tw::PixelType::uint16);
    for (std::size_t i = 0; i < image.size_bytes(); ++i) image.data()[i] = static_cast<std::byte>(i * 7);
    tw::RasterInfo info;
    info.size = image.size();
    info.bands = image.bands();
    info.type = image.type();
    info.band.resize(3);

    tw::TesselateOptions options;
    options.layout = tw::PiecesLayout{13};
    const tw::Manifest manifest = tw::tesselate(image.view(), info, arguments[1], options);
    const tw::Image rebuilt = tw::reconstruct_image(manifest);
    const bool same = std::memcmp(image.data(), rebuilt.data(), image.size_bytes()) == 0;
    const bool proven = tw::verify(manifest.folder).ok();
    std::cout << manifest.slices.size() << " slices, " << (proven ? "proven" : "not proven") << ", rebuilt "
              << (same ? "bit for bit" : "differently") << "\n";
    return manifest.slices.size() == 13 && same && proven ? 0 : 1;
} catch (const tw::Error& error) {
    std::cerr << error.where() << ": " << error.what() << "\n";
    return 1;
}
