# SPDX-License-Identifier: Apache-2.0
"""How scripts/docs makes the site: from the Markdown of the repository as it stands, the headers and the package.

The repository's root is the source folder, so that links from page to page are the same here and on a code host.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs" / "site"))

import compiled_core  # noqa: E402

compiled_core.install()

from sphinx.application import Sphinx  # noqa: E402

import tilewright  # noqa: E402

KINDS = ("added", "changed", "fixed", "removed")


def add_what_is_new(_: Sphinx, docname: str, source: list[str]) -> None:
    """Show in the changelog the fragments that the next release will gather there."""
    if docname == "CHANGELOG":
        head, mark, older = source[0].partition("\n## ")
        texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "changes").glob("[!R]*.md"))]
        new = ["## Not yet released"]
        for kind in KINDS:
            entries = [text.partition("\n")[2].strip() for text in texts if text.startswith(kind)]
            if entries:
                new += [f"### {kind.capitalize()}", *("- " + entry.replace("\n", "\n  ") for entry in entries)]
        source[0] = f"{head.rstrip()}\n\n" + "\n\n".join(new) + f"\n{mark}{older}"


def setup(app: Sphinx) -> None:
    app.connect("source-read", add_what_is_new)


project = "tilewright"
author = "the tilewright authors"
project_copyright = author
version = release = tilewright.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "breathe",
    "sphinx_copybutton",
    "api_pages",
    "schema_pages",
]
root_doc = "docs/index"
include_patterns = [
    "*.md",
    "docs/index.md",
    "docs/guide/**.md",
    "docs/reference/**.md",
    "docs/reference/*.schema.json",
    "docs/decisions/*.md",
    "docs/changes/README.md",
    "packaging/README.md",
    "examples/**.md",
]
# Not looked into at all.
exclude_patterns = [".*", "build*", "cpp", "python", "tests", "notebooks", "dist"]

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

# What our own texts name has to be there; NumPy, the standard libraries and type variables are explained elsewhere.
nitpicky = True
nitpick_ignore_regex = [("cpp:.*", ".*"), ("py:.*", r"(?!tilewright\b).*"), ("py:.*", r"tilewright\._core\..*")]

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 88
cpp_maximum_signature_line_length = 88
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

breathe_projects = {"tilewright": str(ROOT / "build" / "doxygen" / "xml")}
breathe_default_project = "tilewright"
breathe_default_members = ("members",)

html_theme = "furo"
html_title = "tilewright"
html_static_path = ["site/static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
highlight_language = "none"
pygments_style = "friendly"
pygments_dark_style = "github-dark"
