# SPDX-License-Identifier: Apache-2.0
"""What the documents name is there."""

import re
import shutil
import subprocess
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


def test_a_release_gathers_the_fragments(tmp_path: Path) -> None:
    for part in ("scripts/changelog", "docs/changes", "CHANGELOG.md"):
        (tmp_path / part).parent.mkdir(exist_ok=True)
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
        copy(ROOT / part, tmp_path / part)  # type: ignore[operator]
    fragments = [path for path in (tmp_path / "docs/changes").glob("*.md") if path.name != "README.md"]
    texts = [path.read_text(encoding="utf-8").partition("\n")[2].strip() for path in fragments]
    assert fragments
    subprocess.run([tmp_path / "scripts/changelog", "1.2.3"], check=True)
    released = (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "\n## 1.2.3 (" in released
    assert all(text.replace("\n", "\n  ") in released for text in texts)
    assert [path.name for path in (tmp_path / "docs/changes").glob("*.md")] == ["README.md"]
    again = subprocess.run([tmp_path / "scripts/changelog", "1.2.4"], check=False, capture_output=True, text=True)
    assert again.returncode != 0
    assert "nothing to release" in again.stderr
