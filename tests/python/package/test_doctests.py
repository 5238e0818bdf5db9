# SPDX-License-Identifier: Apache-2.0
import doctest
import importlib
import pkgutil

import pytest

import tilewright

MODULES = ["tilewright"] + [
    module.name for module in pkgutil.walk_packages(tilewright.__path__, "tilewright.") if "__main__" not in module.name
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_hold(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert results.failed == 0
