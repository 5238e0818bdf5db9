# SPDX-License-Identifier: Apache-2.0
"""Files that other tools read, and that nothing here runs: they parse, and name what is there."""

import os
import re
from pathlib import Path

import pytest
import tomllib
import yaml

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def pins(extra):
    """What an extra says of each of its packages: {"ruff": ">=0.4"}."""
    return {re.match(r"[\w.-]+", line)[0]: re.sub(r"^[\w.-]+(\[.*\])?", "", line) for line in EXTRAS[extra]}


@pytest.mark.parametrize("path", [path for path in FORMS if path.name != "config.yml"], ids=lambda path: path.name)
def test_forms_ask_something(path):
    form = read(path)
    assert {"name", "description", "body"} <= form.keys()
    asked = [part["id"] for part in form["body"] if part["type"] != "markdown"]
    assert asked
    assert len(asked) == len(set(asked))
    assert any(part.get("validations", {}).get("required") for part in form["body"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_give_no_right_that_is_not_needed(path):
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["runs-on"] == "ubuntu-latest"
        assert job.get("permissions", {}).keys() <= {"id-token", "pages"}


def test_the_citation_is_of_this_project():
    citation = read(ROOT / "CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert citation["title"] == PROJECT["project"]["name"]
    assert citation["license"] == PROJECT["project"]["license"]
    assert citation["authors"]
    assert "version" not in citation, "the version stands in CMakeLists.txt and nowhere else"


def hooks():
    (repository,) = read(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local", "hooks of others are fetched, and have versions of their own"
    return repository["hooks"]


def test_hooks_are_tools_that_the_project_installs():
    for hook in hooks():
        assert hook["language"] == "system"
        for tool in re.findall(r"\.venv/bin/([\w-]+)", hook["entry"]):
            assert tool in pins("lint"), f"{hook['id']}: {tool} is not in the extra `lint`"
        if hook["entry"].startswith("scripts/"):
            assert os.access(ROOT / hook["entry"], os.X_OK)
    packages = (ROOT / "scripts/packages.txt").read_text(encoding="utf-8")
    assert re.search(r"^lint +clang-tidy ", packages, re.MULTILINE)


def test_a_tool_has_one_version():
    """Linters say other things in other versions, so that a hook and a test of one tool must mean the same."""
    for name in pins("lint").keys() & pins("test").keys():
        assert pins("lint")[name] == pins("test")[name], name


def test_wheels_are_built_for_the_pythons_that_are_promised():
    built = [re.fullmatch(r"cp3(\d+)-\*", build)[1] for build in PROJECT["tool"]["cibuildwheel"]["build"]]
    assert PROJECT["project"]["requires-python"] == f">=3.{built[0]}"
    assert [int(minor) for minor in built] == list(range(int(built[0]), int(built[0]) + len(built)))
    dockerfile = (ROOT / "packaging/Dockerfile").read_text(encoding="utf-8")
    assert {f"3.{minor}" for minor in built} <= set(re.search(r"for version in ([\d. ]+)", dockerfile)[1].split())
