# SPDX-License-Identifier: Apache-2.0
# Finds two modules of OpenCV, core and imgproc, by themselves: OpenCVImgproc::imgproc. OpenCV's own package asks for
# all of its modules, and with them for half a desktop.
find_path(OpenCVImgproc_INCLUDE_DIR opencv2/imgproc.hpp PATH_SUFFIXES opencv4)
find_library(OpenCVImgproc_LIBRARY opencv_imgproc)
find_library(OpenCVImgproc_CORE_LIBRARY opencv_core)
mark_as_advanced(OpenCVImgproc_INCLUDE_DIR OpenCVImgproc_LIBRARY OpenCVImgproc_CORE_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCVImgproc REQUIRED_VARS OpenCVImgproc_LIBRARY OpenCVImgproc_CORE_LIBRARY
                                                              OpenCVImgproc_INCLUDE_DIR)

if(OpenCVImgproc_FOUND AND NOT TARGET OpenCVImgproc::imgproc)
    add_library(OpenCVImgproc::core UNKNOWN IMPORTED)
    set_target_properties(OpenCVImgproc::core PROPERTIES IMPORTED_LOCATION "${OpenCVImgproc_CORE_LIBRARY}")
    target_include_directories(OpenCVImgproc::core SYSTEM INTERFACE "${OpenCVImgproc_INCLUDE_DIR}")
    add_library(OpenCVImgproc::imgproc UNKNOWN IMPORTED)
    set_target_properties(OpenCVImgproc::imgproc PROPERTIES IMPORTED_LOCATION "${OpenCVImgproc_LIBRARY}")
    target_link_libraries(OpenCVImgproc::imgproc INTERFACE OpenCVImgproc::core)
endif()
