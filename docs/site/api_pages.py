# SPDX-License-Identifier: Apache-2.0
"""Directives for the pages of docs/reference/api: a room in Python, in C++, and what does the same job in both."""

from __future__ import annotations

import inspect
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from docutils.statemachine import StringList
from public import exports, home
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
HEADERS = ROOT / "cpp" / "include"
XML = ROOT / "build" / "doxygen" / "xml"


class _Made(SphinxDirective, ABC):
    """Stands for the Markdown that markdown() makes."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        made = nodes.container()
        self.state.nested_parse(StringList(self.markdown(), source=""), self.content_offset, made)
        # What comments of C++ refer to lies deeper than MyST looks for places to refer to.
        for target in made.findall(nodes.target):
            if not set(target["names"]) & set(self.state.document.nameids):
                self.state.document.note_explicit_target(target)
        return made.children

    @abstractmethod
    def markdown(self) -> list[str]:
        """Give the lines that stand in the place of the directive."""


class PythonRoom(_Made):
    """``{python} tilewright.chip``: the module's text, then all that it exports, in the order of its source."""

    def markdown(self) -> list[str]:
        (module,) = self.arguments
        _tell_order(module)
        lines = ["```{eval-rst}", f".. rubric:: ``import {module}``", "   :heading-level: 3", ""]
        lines += [f".. automodule:: {module}", "   :no-members:", ""]
        for name, value in exports(module).items():
            if home(name, value) == module:
                lines += [f".. auto{_kind(value)}:: {module}.{name}", *_options(value), ""]
        elsewhere = [
            f"{{py:obj}}`~{home(name, value)}.{name}`"
            for name, value in exports(module).items()
            if home(name, value) != module
        ]
        return [*lines, "```", "", *([f"Exported here as well: {', '.join(elsewhere)}."] if elsewhere else [])]


class CppRoom(_Made):
    """``{cpp} chip``: all that the headers of a room declare, header by header, in their order."""

    def markdown(self) -> list[str]:
        lines = []
        for header in sorted((HEADERS / "tilewright" / self.arguments[0]).glob("*.h")):
            path = header.relative_to(HEADERS)
            # As Doxygen calls the file, for comments that name it.
            lines += [f".. _{header.name.replace('_', '__').replace('.', '_8')}:", ""]
            lines += [f".. rubric:: ``#include <{path}>``", "   :heading-level: 3", ""]
            for declared in sorted(cpp_declarations(), key=lambda declared: declared.line):
                if declared.header == str(path):
                    members = ["   :members:", "   :undoc-members:"] if declared.kind in ("class", "struct") else []
                    lines += [f".. doxygen{declared.kind}:: tilewright::{declared.name}", *members, ""]
        return ["```{eval-rst}", *lines, "```"]


class SameJob(_Made):
    """``{same-job} tilewright.chip``: what modules export, what does the same job in C++, and what it is for.

    Most names are the same. A line ``info = read_raster_info`` of the content names two that are not, and a line
    ``PlannedWindow =`` one that means something else in C++.
    """

    def markdown(self) -> list[str]:
        named = {name.strip(): partner.strip() for name, _, partner in (line.partition("=") for line in self.content)}
        rows = []
        for module in self.arguments[0].split():
            for name, value in exports(module).items():
                at_home = home(name, value)
                if module in (at_home, "tilewright"):
                    partner = named.get(name, name)
                    known = partner and (name in named or partner in cpp_names())
                    cpp = f"{{cpp:any}}`{partner} <tilewright::{partner}>`" if known else ""
                    rows.append(f"| {{py:obj}}`~{at_home}.{name}` | {cpp} | {_first_line(value)} |")
        return ["| Python | C++ | |", "|---|---|---|", *rows]


@dataclass(frozen=True)
class Declared:
    """A type or function of the namespace; a function's name has its parameters behind it."""

    kind: str
    name: str
    header: str
    line: int


@cache
def cpp_declarations() -> tuple[Declared, ...]:
    """All types and functions of the namespace."""
    found = []
    namespace = ElementTree.parse(XML / "namespacetilewright.xml").getroot()
    for inner in namespace.iterfind("compounddef/innerclass"):
        compound = ElementTree.parse(XML / f"{inner.get('refid')}.xml").getroot().find("compounddef")
        name = (inner.text or "").removeprefix("tilewright::")
        if "::" not in name:
            found.append(_declared(compound, name))
    for member in namespace.iterfind("compounddef/sectiondef/memberdef"):
        name = member.findtext("name", "")
        if member.get("kind") == "function":
            name += f"({', '.join(' '.join(kind.itertext()) for kind in member.iterfind('param/type'))})"
        found.append(_declared(member, name))
    return tuple(found)


def _declared(element: ElementTree.Element | None, name: str) -> Declared:
    assert element is not None
    location = element.find("location")
    assert location is not None
    return Declared(element.get("kind", ""), name, location.get("file", ""), int(location.get("line", "0")))


@cache
def cpp_names() -> frozenset[str]:
    return frozenset(declared.name.partition("(")[0] for declared in cpp_declarations())


def _first_line(value: object) -> str:
    explained = inspect.isclass(value) or inspect.isroutine(value)
    line = (inspect.getdoc(value) or "").partition("\n")[0] if explained else ""
    # Roles of reStructuredText are none in a Markdown table.
    return re.sub(r":\w+:(?=`)", "", line)


def _kind(value: object) -> str:
    if inspect.isclass(value):
        return "exception" if issubclass(value, Exception) else "class"
    return "function" if inspect.isroutine(value) else "data"


def _options(value: object) -> list[str]:
    if inspect.isclass(value):
        members = [name for name in vars(value) if not name.startswith("_")]
        return [f"   :members: {', '.join(members)}", "   :undoc-members:"] if members else []
    return ["   :annotation:"] if isinstance(value, dict) else []


def _tell_order(module: str) -> None:
    """Tell autodoc the order of the members of compiled classes, which it looks for in the source of their module."""
    analyzer = ModuleAnalyzer.for_module(module)
    analyzer.analyze()
    for name, value in exports(module).items():
        for number, member in enumerate(vars(value) if inspect.isclass(value) else ()):
            analyzer.tagorder.setdefault(f"{name}.{member}", number)


# Of "Threads; 0: one a processor." in the text of a property napoleon would make a type and a text.
_COLON = "\N{RATIO}"


def _hide_colons(_: Sphinx, what: str, name: str, value: object, options: object, lines: list[str]) -> None:
    if what == "property":
        lines[:] = [line.replace(":", _COLON) for line in lines]


def _show_colons(_: Sphinx, what: str, name: str, value: object, options: object, lines: list[str]) -> None:
    lines[:] = [line.replace(_COLON, ":") for line in lines]


def _write_dots(*told: Any) -> tuple[str | None, str | None]:
    """Write a default that the stub does not tell as the stub does."""
    *_, signature, returned = told
    return signature and signature.replace("= Ellipsis", "= ..."), returned


def _resolve_short_name(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Lead from ``tilewright.run_batch`` to the module that explains it."""
    package, _, name = node["reftarget"].rpartition(".")
    if node.get("refdomain") != "py" or package != "tilewright" or name not in exports(package):
        return None
    target = f"{home(name, exports(package)[name])}.{name}"
    return env.domains["py"].resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, content)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("missing-reference", _resolve_short_name)
    app.connect("autodoc-process-docstring", _hide_colons, priority=400)
    app.connect("autodoc-process-docstring", _show_colons, priority=600)
    app.connect("autodoc-process-signature", _write_dots)
    app.add_directive("python", PythonRoom)
    app.add_directive("cpp", CppRoom)
    app.add_directive("same-job", SameJob)
    return {"parallel_read_safe": True}
