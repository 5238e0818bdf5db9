# SPDX-License-Identifier: Apache-2.0
"""run_page.py PAGE: runs the blocks of a page from top to bottom in the current folder, all Python in one namespace.

Stops at the first that fails, or that says something else than the ``text`` block behind it.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Namespace = dict[str, Any]
TIME = re.compile(r"\b\d+(\.\d+)? (ms|s|MB/s)(?!\w)")


def run_python(page: Path, line: int, text: str, namespace: Namespace) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        if text.startswith(">>>"):
            example = doctest.DocTestParser().get_doctest(text, namespace, page.name, str(page), line)
            example.globs = namespace
            results = doctest.DocTestRunner().run(example, clear_globs=False)
            if results.failed:
                raise AssertionError(said.getvalue())
        else:
            # As many empty lines as stand above it, so that a traceback tells the page's own.
            exec(compile("\n" * line + text, str(page), "exec"), namespace)
    return said.getvalue()


def run_bash(page: Path, line: int, text: str, namespace: Namespace) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"exit code {done.returncode}\n{done.stdout}")
    return done.stdout


def run_cpp(page: Path, line: int, text: str, namespace: Namespace) -> str:
    """Run the program that tests/docs/CMakeLists.txt makes of the page."""
    built = page.parents[2] / "build" / "dev" / "tests" / "docs"
    source = built / f"{page.stem}.cpp"
    if not source.is_file() or source.read_text(encoding="utf-8") != text:
        raise AssertionError("not built as it stands: cmake --preset dev && cmake --build --preset dev")
    done = subprocess.run([built / f"docs_{page.stem}"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def parse_json(page: Path, line: int, text: str, namespace: Namespace) -> str:
    json.loads(text)
    return ""


def parse_yaml(page: Path, line: int, text: str, namespace: Namespace) -> str:
    list(yaml.safe_load_all(text))
    return ""


RUNNERS: dict[str, Callable[[Path, int, str, Namespace], str]] = {
    "python": run_python,
    "bash": run_bash,
    "cpp": run_cpp,
    "json": parse_json,
    "yaml": parse_yaml,
}


def comparable(text: str) -> str:
    """Leave out what differs from run to run: times, and the folder that the page is run in."""
    return TIME.sub(r"some \2", text.replace(f"{Path.cwd()}/", "")).strip()


def main() -> None:
    from page import blocks_of

    page = Path(sys.argv[1])
    namespace: Namespace = {"__name__": "__main__"}
    for block in blocks_of(page):
        if block.reason or block.language not in RUNNERS:
            continue
        try:
            said = RUNNERS[block.language](page, block.line, block.text, namespace)
            if block.expected is not None and comparable(said) != comparable(block.expected):
                raise AssertionError(f"it says:\n{said}\nand not:\n{block.expected}")
        except BaseException:
            print(f"{page}:{block.line}: this {block.language} block fails", file=sys.stderr)
            raise


if __name__ == "__main__":
    main()
