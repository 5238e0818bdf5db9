// SPDX-License-Identifier: Apache-2.0
// Only of the self-contained module: where the data lie that came in its wheel.
#include <dlfcn.h>
#include <pybind11/pybind11.h>

#include <filesystem>

#include "path_caster.h"
#include "tilewright/core/error.h"
#include "tilewright/raster/bundled_data.h"

namespace py = pybind11;

namespace tilewright::python {

void find_bundled_data() {
    Dl_info module{};
    if (dladdr(reinterpret_cast<void*>(&find_bundled_data), &module) == 0) {
        throw Error(ErrorCode::internal, "the module does not know where it lies");
    }
    use_bundled_data(std::filesystem::path(module.dli_fname).parent_path() / "_data");
    // The curl inside knows of no certificates on this machine. Its folder tells where certifi's are; importing it
    // would take longer.
    const auto certifi = py::module_::import("importlib.util").attr("find_spec")("certifi");
    if (certifi.is_none()) return;
    const auto file = certifi.attr("origin").cast<std::filesystem::path>().parent_path() / "cacert.pem";
    if (std::filesystem::exists(file)) use_certificates(file);
}

}  // namespace tilewright::python
