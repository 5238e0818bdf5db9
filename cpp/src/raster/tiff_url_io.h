// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tiffio.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>

#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {

/// What libtiff reads a file through that system calls cannot reach. One thread at a time; outlives the TIFF.
class TiffUrlIo {
public:
    explicit TiffUrlIo(std::shared_ptr<RandomAccessFile> file) : file_(std::move(file)) {}

    /// Null if libtiff cannot open it.
    TIFF* open(const std::string& name, TIFFOpenOptions* options);

    /// libtiff learns only that a read failed. @throws what the first such read threw
    void rethrow_error() const {
        if (error_) std::rethrow_exception(error_);
    }

private:
    tmsize_t read(void* into, tmsize_t size);
    std::uint64_t seek(std::uint64_t offset, int whence);

    std::shared_ptr<RandomAccessFile> file_;
    std::uint64_t offset_ = 0;
    std::exception_ptr error_;
};

}  // namespace tilewright::inline v0_1
