# SPDX-License-Identifier: Apache-2.0
# The extension module with all that packaging/build_dependencies made inside it. It shows Python one function, and
# nothing of GDAL, PROJ, curl or the C++ library, so that it lives beside other modules that bring theirs along.
set(work $ENV{TILEWRIGHT_WHEEL_WORK})
set(libraries gdal proj sqlite3 curl ssl crypto archive tiff webp openjp2 jpeg png16 Lerc lzma zstd deflate z
              opencv_imgproc opencv_core)
enable_language(C)
target_sources(_core PRIVATE ${CMAKE_CURRENT_LIST_DIR}/older_glibc.c)
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/older_glibc.c PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
list(TRANSFORM libraries REPLACE "(.+)" ${work}/prefix/lib/lib\\1.a)
target_link_libraries(_core PRIVATE -Wl,--start-group ${libraries} -Wl,--end-group dl rt m)
target_link_options(
    _core PRIVATE -static-libstdc++ -Wl,--version-script=${CMAKE_CURRENT_LIST_DIR}/exported.map -Wl,-Bsymbolic
    -Wl,--gc-sections -Wl,--as-needed -Wl,-z,relro -s)
foreach(function IN ITEMS exp exp2 log log2 pow pthread_cond_clockwait)
    target_link_options(_core PRIVATE -Wl,--wrap=${function})
endforeach()
set_target_properties(_core PROPERTIES LINK_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/exported.map)

install(FILES ${work}/prefix/share/proj/proj.db DESTINATION tilewright/_data/proj COMPONENT python)
install(DIRECTORY ${work}/prefix/share/gdal/ DESTINATION tilewright/_data/gdal COMPONENT python)
