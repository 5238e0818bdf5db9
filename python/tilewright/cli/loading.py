# SPDX-License-Identifier: Apache-2.0
"""What makes the command start sooner."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
from importlib import import_module
from importlib.util import find_spec
from threading import Thread

__all__ = ["begin_loading", "end_loading"]

_collects_garbage = gc.isenabled()


def begin_loading() -> None:
    """Have GDAL's hundred libraries loaded while Python reads its own modules.

    An import loads them under the interpreter's lock; a call of the C library's ``dlopen`` leaves it free. What goes
    wrong here goes wrong again at the import, which says why.
    """
    # What imports make stays: looking for garbage among it takes a tenth of their time.
    gc.disable()
    # One library is loaded at a time: these, which the command line needs, would have to wait for all of GDAL's.
    for module in ("_bz2", "_json", "_lzma", "_typing", "_uuid"):
        with contextlib.suppress(ImportError):
            import_module(module)
    extension = find_spec("tilewright._core")
    if extension and extension.origin and hasattr(ctypes.CDLL(None), "dlopen"):
        arguments = (os.fsencode(extension.origin), os.RTLD_LAZY)
        Thread(target=ctypes.CDLL(None).dlopen, args=arguments, daemon=True).start()


def end_loading() -> None:
    """Say that all modules are there."""
    if _collects_garbage:
        gc.enable()
