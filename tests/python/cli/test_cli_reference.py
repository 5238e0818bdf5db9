# SPDX-License-Identifier: Apache-2.0
"""docs/reference/cli.md says what --help says: commands, arguments, options, choices, defaults, exit codes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tilewright.cli import exits

REFERENCE = (Path(__file__).parents[3] / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
COMMANDS = [
    *("tesselate", "reconstruct", "verify", "compare", "chips", "median", "mosaic", "thumbnails"),
    *("worker", "dispatch", "report", "info", "dataset"),
]
#: Commands that hold others, in their order.
GROUPS = {"dataset": ["download", "extract", "index", "embed", "neighbours", "run", "status"]}
#: All that do something by themselves.
CALLED = [
    *((command,) for command in COMMANDS if command not in GROUPS),
    *((group, command) for group, commands in GROUPS.items() for command in commands),
]
called = pytest.mark.parametrize("command", CALLED, ids=" ".join)
#: In every command, and told of once.
EVERYWHERE = {"--help"}


def help_of(*command):
    done = subprocess.run(
        [sys.executable, "-m", "tilewright", *command, "--help"], capture_output=True, text=True, check=True
    )
    return done.stdout


def blocks(text, title):
    """Entries of a list in a help text, each as one line: a name, two spaces or more, a description."""
    _, _, rest = text.partition(f"\n{title}:\n")
    entries = []
    for line in rest.partition("\n\n")[0].splitlines():
        if line.startswith("  ") and line[2] != " ":
            entries.append(line.strip())
        else:
            entries[-1] += "  " + line.strip()
    return entries


def told_options(command):
    """Options by name as --help tells them: ("--workers", "N") -> default, or "" where there is none."""
    told = {}
    for entry in blocks(help_of(*command), "Options"):
        names, _, text = entry.partition("  ")
        default = re.search(r"\[default: ([^;\]]+)", re.sub(r"\s+", " ", text))
        told[tuple(re.sub(r"[<>\[\]]", "", names).replace(" / ", " ").split())] = default[1] if default else ""
    return {names: default for names, default in told.items() if names[0] not in EVERYWHERE}


def section(*command):
    """The text below the heading of a command, to the next one."""
    title = " ".join(command)
    found = re.search(rf"^##+ {re.escape(title)}\n(.*?)(?=^##+ |\Z)", REFERENCE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/reference/cli.md has no section {title}"
    return found[1]


def documented_options(command):
    rows = [
        re.split(r"(?<!\\)\|", line)[1:4] for line in section(*command).splitlines() if line.startswith("| `--")
    ]  # the first three cells
    return {
        tuple(" ".join(re.findall(r"`([^`]+)`", names)).replace("\\|", "|").split()): default.strip()
        for names, default, _ in rows
    }


def test_every_command_has_its_section_and_its_line():
    listed = [entry.split()[0] for entry in blocks(help_of(), "Commands")]
    assert listed == COMMANDS
    assert re.findall(r"^\| \[`(\w+)`\]\(#(\w+)\)", REFERENCE, re.MULTILINE) == [(name, name) for name in COMMANDS]
    assert [title for title in re.findall(r"^## (.+)$", REFERENCE, re.MULTILINE) if title in COMMANDS] == COMMANDS
    assert {entry.split()[0] for entry in blocks(help_of(), "Options")} == {"--version", "--help"}


@pytest.mark.parametrize("group", GROUPS)
def test_every_command_of_a_group_has_its_section_and_its_line(group):
    listed = [entry.split()[0] for entry in blocks(help_of(group), "Commands")]
    assert listed == GROUPS[group]
    assert re.findall(rf"^\| \[`{group} (\w+)`\]\(#{group}-(\w+)\)", REFERENCE, re.MULTILINE) == [
        (name, name) for name in listed
    ]
    assert re.findall(rf"^### {group} (.+)$", REFERENCE, re.MULTILINE) == listed
    assert {entry.split()[0] for entry in blocks(help_of(group), "Options")} == EVERYWHERE
    assert f"\n`tilewright {group} COMMAND`\n" in section(group)


@called
def test_options_choices_and_defaults_are_those_of_the_help(command):
    assert documented_options(command) == told_options(command)


@called
def test_arguments_are_those_of_the_help(command):
    arguments = [entry.split()[0].strip("{}") for entry in blocks(help_of(*command), "Arguments")]
    assert f"\n`{' '.join(['tilewright', *command, *arguments])}`\n" in section(*command)


def test_exit_codes_are_those_of_the_program():
    codes = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", REFERENCE, re.MULTILINE) for code in row.split(",")}
    assert codes == {0, exits.FAILED, exits.DIFFERENT, exits.USAGE, exits.INTERRUPTED, exits.TERMINATED}
