# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts on a machine: library, headers, the CMake package and a pkg-config file. With
# `--component runtime` it is what programs need that are already linked: the shared library alone.
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tilewright)

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)
install(TARGETS tilewright EXPORT tilewright-targets LIBRARY COMPONENT runtime NAMELINK_COMPONENT development)
install(DIRECTORY include/tilewright DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT tilewright-targets NAMESPACE tilewright:: DESTINATION ${package_dir})

configure_package_config_file(cmake/tilewrightConfig.cmake.in tilewrightConfig.cmake INSTALL_DESTINATION ${package_dir}
                              NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(tilewrightConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tilewrightConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/tilewrightConfigVersion.cmake
              cmake/FindOpenCVImgproc.cmake
        DESTINATION ${package_dir})

# A shared library brings what it needs; a static one asks the program that links it. `Requires.private` would be the
# wrong place: pkg-config heeds it with --static only, which would ask the same of GDAL and all below it.
set(TILEWRIGHT_PC_REQUIRES "")
set(TILEWRIGHT_PC_LIBS "")
if(NOT BUILD_SHARED_LIBS)
    set(TILEWRIGHT_PC_REQUIRES "gdal libarchive libjpeg libtiff-4 libpng zlib libcrypto libisal libdeflate libxxhash libhwy")
    set(TILEWRIGHT_PC_LIBS " -lopencv_imgproc -lopencv_core -lpthread")
endif()
# Relative, so that the tree may be installed anywhere (cmake --install --prefix) and moved.
file(RELATIVE_PATH TILEWRIGHT_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/tilewright.pc.in tilewright.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tilewright.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
