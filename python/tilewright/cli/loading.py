# SPDX-License-Identifier: Apache-2.0
"""What makes the command start sooner.

Loading GDAL's hundred libraries is half of a command's start, so this module imports little itself before it has them
loaded beside everything else.
"""

from __future__ import annotations

import _thread
import ctypes
import gc
import os
from importlib import import_module
from importlib.machinery import PathFinder

import tilewright

__all__ = ["begin_loading", "end_loading"]

_collects_garbage = gc.isenabled()
_process = ctypes.CDLL(None)

# Parameters of glibc's malloc, and bytes. Left alone it gives memory back that the next image asks for again, and the
# system clears its pages each time: a twentieth of the time of thumbnails.
_MALLOC = {"M_TRIM_THRESHOLD": (-1, 64 << 20), "M_TOP_PAD": (-2, 4 << 20), "M_MMAP_THRESHOLD": (-3, 32 << 20)}


def begin_loading() -> None:
    """Have GDAL's libraries loaded while Python reads its own modules.

    An import loads them under the interpreter's lock; a call of the C library's ``dlopen`` leaves it free. What goes
    wrong here goes wrong again at the import, which says why.
    """
    if hasattr(_process, "mallopt") and hasattr(_process, "gnu_get_libc_version"):
        for parameter, value in _MALLOC.values():
            _process.mallopt(parameter, value)
    # What imports make stays: looking for garbage among it takes a tenth of their time.
    gc.disable()
    # One library is loaded at a time: these, which the command line needs, would have to wait for all of GDAL's.
    _import("_bz2", "_json", "_lzma", "_typing", "_uuid")
    extension = PathFinder.find_spec("tilewright._core", tilewright.__path__)
    if extension and extension.origin and hasattr(_process, "dlopen"):
        _thread.start_new_thread(_process.dlopen, (os.fsencode(extension.origin), os.RTLD_LAZY))
        # The command line's own parts need these; they need _core first.
        _import("typer", "base64", "html", "json", "tempfile")


def end_loading() -> None:
    """Say that all modules are there."""
    if _collects_garbage:
        gc.enable()


def _import(*modules: str) -> None:
    for module in modules:
        try:
            import_module(module)
        except ImportError:
            continue
