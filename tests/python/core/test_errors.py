# SPDX-License-Identifier: Apache-2.0
import errno
import pickle

import pytest

import tilewright
from tilewright import errors

BUILTINS = {
    "invalid_argument": ValueError,
    "not_found": FileNotFoundError,
    "already_exists": FileExistsError,
    "permission": PermissionError,
    "io": OSError,
    "corrupt": OSError,
    "unsupported": NotImplementedError,
    "resource": MemoryError,
    "cancelled": RuntimeError,
    "internal": RuntimeError,
}


def test_every_code_has_a_class():
    assert set(errors.BY_CODE) == set(BUILTINS)
    for code, error in errors.BY_CODE.items():
        assert error.code == code
        assert getattr(tilewright, error.__name__) is error


@pytest.mark.parametrize("code", BUILTINS)
def test_each_is_the_builtin_that_callers_expect(code):
    assert issubclass(errors.BY_CODE[code], (errors.TilewrightError, BUILTINS[code]))
    with pytest.raises(BUILTINS[code], match=r"^what happened$"):
        raise errors.BY_CODE[code]("what happened", "a/file.tif")


@pytest.mark.parametrize("code", BUILTINS)
def test_errors_travel_to_other_processes(code):
    error = pickle.loads(pickle.dumps(errors.BY_CODE[code]("what", "where", True)))
    assert type(error) is errors.BY_CODE[code]
    assert (str(error), error.where, error.transient) == ("what", "where", True)


def test_what_handlers_of_os_errors_read_is_set():
    error = errors.NotFoundError("no such file: a.tif", "a.tif")
    assert (error.errno, error.filename) == (errno.ENOENT, "a.tif")


def test_a_stop_is_not_mistaken_for_ctrl_c():
    assert not issubclass(errors.CancelledError, KeyboardInterrupt)


def test_an_error_of_the_core_has_its_class_and_its_reason():
    with pytest.raises(tilewright.InvalidArgumentError, match="10 x 10 px into 101 pieces") as caught:
        tilewright.pieces(10, 10, 101)
    assert caught.value.transient is False
