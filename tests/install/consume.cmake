# SPDX-License-Identifier: Apache-2.0
# cmake -D WAY=<way> ... -P consume.cmake: gets the library the given way, builds a program on it, runs it.
cmake_minimum_required(VERSION 3.22)
set(work ${WORK}/${WAY})
set(prefix ${work}/prefix)
file(REMOVE_RECURSE ${prefix} ${work}/installed ${work}/program)

function(run)
    execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# The same flags as the build this is a test of, so that ccache need not compile the library again.
set(ENV{CCACHE_NOHASHDIR} 1)
set(toolchain -G ${GENERATOR} -D CMAKE_BUILD_TYPE=${BUILD_TYPE} -D CMAKE_CXX_COMPILER=${CXX}
              -D CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} "-DCMAKE_CXX_FLAGS=${FLAGS}" "-D${TYPE_FLAGS}"
              -D CMAKE_COMPILE_WARNING_AS_ERROR=${WARNING_AS_ERROR} -D CMAKE_UNITY_BUILD=${UNITY_BUILD})
set(program_source ${CMAKE_CURRENT_LIST_DIR}/${WAY})

if(WAY STREQUAL "find_package_shared")
    set(program_source ${CMAKE_CURRENT_LIST_DIR}/find_package)
    # Beside the build this is a test of, so that sources have the same paths as seen from it, and ccache knows them.
    set(library ${BUILD}-shared)
    run(${CMAKE_COMMAND} -S ${SOURCE} -B ${library} ${toolchain} -D BUILD_SHARED_LIBS=ON -D TILEWRIGHT_TESTS=OFF)
    run(${CMAKE_COMMAND} --build ${library})
    run(${CMAKE_COMMAND} --install ${library} --prefix ${work}/installed)
elseif(NOT WAY STREQUAL "fetch_content")
    run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${work}/installed)
endif()

# What is installed may be moved.
if(EXISTS ${work}/installed)
    file(RENAME ${work}/installed ${prefix})
    file(GLOB_RECURSE texts ${prefix}/*.cmake ${prefix}/*.pc)
    foreach(text ${texts})
        file(READ ${text} content)
        if(content MATCHES "${work}|${BUILD}|${SOURCE}/cpp")
            message(FATAL_ERROR "${text} names a folder of the build")
        endif()
    endforeach()
endif()

# A shared library shows functions and types of public headers, in the namespace of the version.
if(WAY STREQUAL "find_package_shared")
    file(GLOB_RECURSE shared ${prefix}/*.so)
    file(GLOB_RECURSE headers ${prefix}/*.h)
    set(public "")
    foreach(header ${headers})
        file(READ ${header} content)
        string(APPEND public "${content}")
    endforeach()
    execute_process(COMMAND nm --dynamic --defined-only --demangle --format=posix ${shared} OUTPUT_VARIABLE symbols
                            COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX REPLACE "[];[]" " " symbols "${symbols}")
    string(REPLACE "\n" ";" symbols "${symbols}")
    list(LENGTH symbols count)
    if(count LESS 100)
        message(FATAL_ERROR "${shared} shows ${count} symbols, less than its public headers")
    endif()
    foreach(symbol ${symbols})
        if(symbol MATCHES "^tilewright_[0-9.]+ A")
            continue()  # the version of all others
        elseif(NOT symbol MATCHES "^([a-z ]+ )?tilewright::v[0-9]+_[0-9]+::([A-Za-z0-9_]+)")
            message(FATAL_ERROR "${shared} shows what is not tilewright's: ${symbol}")
        elseif(NOT public MATCHES "[^A-Za-z0-9_]${CMAKE_MATCH_2}[^A-Za-z0-9_]")
            message(FATAL_ERROR "${shared} shows what no public header declares: ${symbol}")
        endif()
    endforeach()
    message(STATUS "${count} symbols, all public")
endif()

if(WAY STREQUAL "pkg_config")
    file(GLOB pkgconfig_folder ${prefix}/lib*/pkgconfig ${prefix}/lib/*/pkgconfig)
    set(ENV{PKG_CONFIG_PATH} "${pkgconfig_folder}:$ENV{PKG_CONFIG_PATH}")
    set(program_source ${CMAKE_CURRENT_LIST_DIR}/pkg_config)
endif()

# As part of a program's own build the library is compiled here, and ccache does not know it by its other paths; so it
# is compiled in as little time as can be.
if(WAY STREQUAL "fetch_content")
    list(APPEND toolchain -D CMAKE_BUILD_TYPE=Debug -D CMAKE_CXX_FLAGS_DEBUG=-O0 -D TILEWRIGHT_LIBRARY_BATCH=0)
endif()
run(${CMAKE_COMMAND} -S ${program_source} -B ${work}/program ${toolchain} -D CMAKE_PREFIX_PATH=${prefix}
    -D TILEWRIGHT_SOURCE=${SOURCE})
run(${CMAKE_COMMAND} --build ${work}/program)
run(${work}/program/consumer ${work}/slices)
