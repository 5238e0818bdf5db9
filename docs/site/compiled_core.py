# SPDX-License-Identifier: Apache-2.0
"""The compiled core as autodoc can read it: signatures from its stub, texts from the module itself.

A compiled module tells neither the types of its parameters nor those of its attributes. The stub does, and has no text.
So the stub is run as the module, with the module's texts in it.
"""

import __future__

import ast
import sys
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import public


def install() -> None:
    """Put the stub in the place of ``tilewright._core``; before anything imports it."""
    package = util.find_spec("tilewright")
    assert package is not None
    assert package.origin is not None
    stub = Path(package.origin).with_name("_core.pyi")
    from tilewright import _core as compiled

    tree = ast.parse(stub.read_text(encoding="utf-8"))
    _complete(tree.body, compiled)
    module = ModuleType("tilewright._core", compiled.__doc__)
    module.__file__ = str(stub)
    flags = __future__.annotations.compiler_flag
    exec(compile(ast.fix_missing_locations(tree), str(stub), "exec", flags=flags, dont_inherit=True), vars(module))
    module.__version__ = compiled.__version__
    for name in [name for name in sys.modules if name.partition(".")[0] == "tilewright"]:
        del sys.modules[name]
    sys.modules["tilewright._core"] = module
    # Classes say that they are of the module that explains them, so that types in signatures lead there.
    for room in public.MODULES:
        for value in public.exports(room).values():
            if getattr(value, "__module__", None) == "tilewright._core":
                value.__module__ = room  # type: ignore[attr-defined]


def _complete(body: list[ast.stmt], owner: object) -> None:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            member = getattr(owner, node.name, None)
            text = _text(member)
            if isinstance(node, ast.ClassDef):
                _complete(node.body, member)
            elif node.name == "__init__":
                _add_defaults(node.args, owner)
            if text and not node.name.startswith("__"):
                node.body.insert(0, ast.Expr(ast.Constant(text)))


def _add_defaults(arguments: ast.arguments, owner: Any) -> None:
    """Write the values that a record has if nothing is given where the stub has ``...``."""
    required = len(arguments.args) - 1 - len(arguments.defaults)
    try:
        record = owner(*["x"] * required)
    except Exception:  # Not all can be made of nothing but texts.
        return
    positional = zip(arguments.args[required + 1 :], arguments.defaults, strict=True)
    for argument, default in [*positional, *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]:
        value = getattr(record, argument.arg, ...)
        if isinstance(default, ast.Constant) and (value is None or isinstance(value, bool | int | float | str)):
            default.value = value


def _text(member: object) -> str:
    """What it is for, without the signatures that the compiler of bindings writes before it."""
    lines = (getattr(member, "__doc__", None) or "").splitlines()
    while lines and (" -> " in lines[0] or not lines[0].strip()):
        lines = lines[1:]
    return "\n".join(lines).strip()
