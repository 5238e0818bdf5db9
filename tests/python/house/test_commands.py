# SPDX-License-Identifier: Apache-2.0
"""What the documents tell people to type works as it stands there."""

import os
import re
import shlex
from pathlib import Path

import pytest
import typer.main

from tilewright.cli import SUBCOMMANDS, app, take_up

take_up(SUBCOMMANDS)
ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")], key=str)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def command_lines(document):
    """The lines of a document's code blocks that call tilewright."""
    lines = [line for _, block in FENCE.findall(document.read_text(encoding="utf-8")) for line in block.splitlines()]
    # Comments, and where the shell leads the output to, are none of the command's.
    return [re.split(r"#|\s\d?>|\s\|", line)[0].strip() for line in lines if re.match(r"\s*(\$ )?tilewright ", line)]


LINES = [(document, line) for document in DOCUMENTS for line in command_lines(document)]


@pytest.mark.parametrize(("document", "line"), LINES, ids=[f"{document.name}: {line}" for document, line in LINES])
def test_each_command_line_is_understood(document, line):
    words = [
        "--resume-check=hashes" if word == "--resume=verify" else word for word in shlex.split(line.removeprefix("$ "))
    ]
    command, words = typer.main.get_command(app), words[1:]
    # Down to the command that does something: some only hold others.
    while hasattr(command, "commands"):
        assert words, f"{document}: {line}"
        assert words[0] in command.commands, f"{document}: {line}"
        command = command.commands[words[0]]
        name, *words = words
    command.make_context(name, words).close()


def test_the_scripts_that_documents_name_can_be_run():
    for document in DOCUMENTS:
        for name in re.findall(r"(?<![\w/.-])(scripts/\w+(?![\w.])|\.ci/run)", document.read_text(encoding="utf-8")):
            assert os.access(ROOT / name, os.X_OK), f"{document} names {name}"
