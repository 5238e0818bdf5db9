# SPDX-License-Identifier: Apache-2.0
"""What the documents name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")], key=lambda path: str(path)
)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
#: A path of the tree as the documents write it: `scripts/test`, `tests/python/`.
TREE_PATH = re.compile(r"(?<![\w./-])((?:scripts|docs|cpp|python|tests|examples|notebooks|\.ci)/[\w./-]*)")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_links_lead_somewhere(document: Path) -> None:
    targets = [link for link in LINK.findall(document.read_text(encoding="utf-8")) if "://" not in link]
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_paths_of_the_tree_exist(document: Path) -> None:
    text = re.sub(r"https?://\S+", "", document.read_text(encoding="utf-8"))
    named = {path.rstrip(".") for path in TREE_PATH.findall(text)}
    assert sorted(path for path in named if "NNN" not in path and not (ROOT / path).exists()) == []


def test_every_fragment_has_a_kind_and_a_text() -> None:
    for path in (ROOT / "docs/changes").glob("*.md"):
        if path.name != "README.md":
            kind, _, text = path.read_text(encoding="utf-8").partition("\n")
            assert kind in {"added", "changed", "fixed", "removed"}, path
            assert text.strip(), path
