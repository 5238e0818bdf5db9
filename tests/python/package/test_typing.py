# SPDX-License-Identifier: Apache-2.0
import ast
import subprocess
import sys
from pathlib import Path

import tilewright
from tilewright import _core

PACKAGE = Path(tilewright.__file__).parent
SOURCE = Path(__file__).parents[3]


def members_of_stub(body):
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name, node
        elif isinstance(node, ast.AnnAssign) and not (
            isinstance(node.annotation, ast.Name) and node.annotation.id == "TypeAlias"
        ):
            yield node.target.id, node


def stub_names():
    names = set()
    for name, node in members_of_stub(ast.parse((PACKAGE / "_core.pyi").read_text()).body):
        names.add(name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{name}.{member}" for member, _ in members_of_stub(node.body)}
    return names


def module_names():
    names = {"__version__"}
    for name, value in vars(_core).items():
        if name.startswith("_"):
            continue
        names.add(name)
        if isinstance(value, type):
            names |= {f"{name}.{member}" for member in vars(value)}
    return names


# What every class has, and what pybind11 adds for itself.
UNLISTED = {"__doc__", "__module__", "__getstate__", "__setstate__", "__repr__", "_pybind11_conduit_v1_"}


def listed(names):
    return {name for name in names if name.rpartition(".")[2] not in UNLISTED}


def test_the_stub_names_what_the_module_has():
    stub, module = stub_names(), module_names()
    # A class whose __hash__ is None says so by an annotation; __init__ stands in the stub where Python may call it.
    assert listed(module) - listed(stub) - {name for name in module if name.endswith(".__init__")} == set()
    assert listed(stub) - listed(module) == set()


def test_the_package_is_typed():
    assert (PACKAGE / "py.typed").is_file()
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", SOURCE / "pyproject.toml", SOURCE / "python" / "tilewright"],
        capture_output=True,
        text=True,
        cwd=SOURCE,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_python_sources_are_clean():
    result = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "."], capture_output=True, text=True, cwd=SOURCE, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_version_stands_in_one_place():
    assert f"project(tilewright VERSION {tilewright.__version__} " in (SOURCE / "CMakeLists.txt").read_text()
