# SPDX-License-Identifier: Apache-2.0
# This machine's compiler over the older C library, and no other libraries than those of packaging/build_dependencies.
# TILEWRIGHT_WHEEL_WORK, in the environment: where packaging/build_dependencies worked.
set(work $ENV{TILEWRIGHT_WHEEL_WORK})
set(CMAKE_C_COMPILER gcc)
set(CMAKE_CXX_COMPILER g++)
set(CMAKE_SYSROOT ${work}/sysroot)
# gcc would look into this machine's own folders before those of the sysroot.
foreach(kind IN ITEMS EXE SHARED MODULE)
    set(CMAKE_${kind}_LINKER_FLAGS_INIT "-L${CMAKE_SYSROOT}/lib/x86_64-linux-gnu -L${CMAKE_SYSROOT}/usr/lib/x86_64-linux-gnu")
endforeach()
set(CMAKE_FIND_ROOT_PATH ${work}/prefix ${work}/sysroot)
list(APPEND CMAKE_PREFIX_PATH ${work}/prefix)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)  # pybind11 lies with the Python packages
