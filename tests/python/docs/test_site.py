# SPDX-License-Identifier: Apache-2.0
"""The site is built without a warning, its links lead somewhere, and all that is public is in its reference."""

import contextlib
import importlib
import operator
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from sphinx.util.inventory import InventoryFile

import tilewright

ROOT = Path(__file__).parents[3]
SITE = ROOT / "build" / "docs"


class Page(HTMLParser):
    """Gathers what a page links to, what it loads, and what can be linked to in it."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loaded, self.anchors = [], [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors.update(found[name] for name in ("id", "name") if found.get(name))
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in ("link", "script", "img") and (found.get("href") or found.get("src")):
            self.loaded.append(found.get("href") or found["src"])


@pytest.fixture(scope="module")
def pages():
    done = subprocess.run([ROOT / "scripts/docs", "--no-setup"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {path: Page(path) for path in SITE.rglob("*.html")}


@pytest.fixture(scope="module")
def explained(pages):
    """What the reference explains: names by kind, ``py:class`` or ``cpp:function``."""
    inventory = InventoryFile.loads((SITE / "objects.inv").read_bytes(), uri="")
    return {kind: set(names) for kind, names in inventory.data.items()}


def test_links_within_the_site_lead_somewhere(pages):
    lost = []
    for path, page in pages.items():
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                lost.append(f"{path.relative_to(SITE)}: {link}")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                lost.append(f"{path.relative_to(SITE)}: {link}: no such place")
    assert lost == []


def test_a_page_loads_nothing_from_elsewhere(pages):
    assert {link for page in pages.values() for link in page.loaded if urlsplit(link).netloc} == set()


def test_every_page_of_the_repository_is_a_page_of_the_site(pages):
    folders = (ROOT / "docs/guide", ROOT / "docs/reference", ROOT / "docs/decisions", ROOT / "examples")
    wanted = [path for folder in folders for path in folder.rglob("*.md")]
    wanted += (ROOT / "docs/reference").glob("*.schema.json")
    assert [path for path in wanted if SITE / path.relative_to(ROOT).with_suffix(".html") not in pages] == []


def test_all_that_python_exports_is_explained(explained):
    public = [
        *tilewright._ROOMS,
        *tilewright._OTHER_MODULES,
        "places",
        "tasks",
        "dispatch",
        "dask_runner",
        "worker.app",
    ]
    modules = [importlib.import_module(f"tilewright.{room}") for room in public if room != "_core"]
    names = {name for kind, found in explained.items() if kind.startswith("py:") for name in found}
    described = set()
    for name in names:
        with contextlib.suppress(AttributeError):  # Some attributes are there only in an object.
            described.add(id(operator.attrgetter(name.removeprefix("tilewright."))(tilewright)))
    missing = [
        f"{module.__name__}.{name}"
        for module in [tilewright, *modules]
        for name in module.__all__
        if name != "__version__" and id(getattr(module, name)) not in described
    ]
    assert missing == []


def test_all_that_headers_declare_is_explained(explained):
    names = {name.split("(")[0] for kind, found in explained.items() if kind.startswith("cpp:") for name in found}
    namespace = ElementTree.parse(ROOT / "build/doxygen/xml/namespacetilewright.xml").getroot()
    declared = {f"tilewright::{member.findtext('name')}" for member in namespace.iter("memberdef")}
    declared |= {inner.text for inner in namespace.iter("innerclass")}
    assert len(declared) > 200
    assert declared - names == set()


def test_the_site_needs_what_setup_installs():
    packages = (ROOT / "scripts/packages.txt").read_text(encoding="utf-8")
    assert re.search(r"^docs +doxygen ", packages, re.MULTILINE)
    assert shutil.which("doxygen")
