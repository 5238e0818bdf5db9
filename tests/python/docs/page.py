# SPDX-License-Identifier: Apache-2.0
"""The code blocks of a Markdown page, and what its comments say about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "docs" / "index.md",
        *(ROOT / "docs" / "guide").glob("*.md"),
        *(ROOT / "docs" / "reference").rglob("*.md"),
        *(ROOT / "examples").rglob("README.md"),
    ]
)
FENCE = re.compile(r"^```(?P<language>.*)\n(?P<text>(?:.*\n)*?)```$", re.MULTILINE)
NOT_RUN = re.compile(r"<!-- not run: (?P<reason>.+?) -->\n\Z")
PREPARE = re.compile(r"^<!-- prepare: (?P<name>\w+) -->$", re.MULTILINE)


@dataclass
class Block:
    """A fenced block: `reason` says why it is not run, `expected` is the ``text`` block that follows at once."""

    line: int
    language: str
    text: str
    reason: str = ""
    expected: str | None = None


def blocks_of(page: Path) -> list[Block]:
    """All blocks of a page but the directives of Sphinx."""
    content = page.read_text(encoding="utf-8")
    blocks: list[Block] = []
    end = 0
    for fence in FENCE.finditer(content):
        between, end = content[end : fence.start()], fence.end()
        if fence["language"].startswith("{"):
            continue
        exempted = NOT_RUN.search(between)
        line = content.count("\n", 0, fence.start()) + 1
        block = Block(line, fence["language"], fence["text"], exempted["reason"] if exempted else "")
        if block.language == "text" and blocks and not between.strip() and not blocks[-1].reason:
            blocks[-1].expected = block.text
        blocks.append(block)
    return blocks


def preparation_of(page: Path) -> str | None:
    """The function of prepare.py that makes what the page speaks of."""
    found = PREPARE.search(page.read_text(encoding="utf-8"))
    return found["name"] if found else None
