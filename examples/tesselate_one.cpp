// SPDX-License-Identifier: Apache-2.0
// Cuts one image, proves the slices, puts them together again and compares: tesselate_one IMAGE FOLDER [PIECES]
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "tilewright/core/error.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/tile/compare.h"
#include "tilewright/tile/reconstruct.h"
#include "tilewright/tile/tesselate.h"
#include "tilewright/tile/verify.h"

namespace tw = tilewright;

namespace {

int tesselate_one(const std::filesystem::path& image, const std::filesystem::path& folder, std::int64_t pieces) {
    // The library starts no threads by itself: whoever calls it lends it some.
    tw::ThreadPool threads(tw::available_processors());
    tw::RunContext context;
    context.executor = &threads;

    tw::TesselateOptions options;
    options.layout = tw::PiecesLayout{pieces};
    const tw::Manifest manifest = tw::tesselate(image, folder / "slices", options, context);
    std::cout << manifest.slices.size() << " slices in " << manifest.folder << "\n";

    const tw::VerifyResult proof = tw::verify(manifest.folder, tw::SourceCheck::required, context);
    std::cout << proof.proven_slices << " of " << proof.slices << " slices proven\n";
    for (const tw::VerifyProblem& problem : proof.problems)
        std::cout << problem.filename << ": " << problem.message << "\n";

    const std::filesystem::path rebuilt = folder / "rebuilt.tif";
    tw::reconstruct(manifest, rebuilt, tw::Compression::fast, context);
    const tw::Comparison comparison = tw::compare(image, rebuilt, context);
    std::cout << comparison.different_samples << " of " << comparison.total_samples << " samples differ\n";
    for (const std::string& difference : comparison.differences) std::cout << difference << "\n";
    return proof.ok() && comparison.identical() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argument_count, char** arguments) {
    if (argument_count < 3 || argument_count > 4) {
        std::cerr << "usage: tesselate_one IMAGE FOLDER [PIECES]\n";
        return 2;
    }
    try {
        return tesselate_one(arguments[1], arguments[2], argument_count == 4 ? std::atoll(arguments[3]) : 8);
    } catch (const tw::Error& error) {
        std::cerr << error.where() << ": " << error.what() << " (" << tw::name(error.code()) << ")\n";
        return 1;
    }
}
