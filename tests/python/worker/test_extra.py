# SPDX-License-Identifier: Apache-2.0
"""What the worker needs is installed for it alone, and loaded by it alone."""

import subprocess
import sys

import pytest

HEAVY = ["fastapi", "pydantic", "starlette", "uvicorn", "httpx", "google", "prometheus_client"]


def python(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "program",
    [
        "import tilewright, tilewright.batch, tilewright.raster, tilewright.tasks, tilewright.task_request",
        "import tilewright.dispatch, tilewright.dataset_list",
        "from tilewright.cli import SUBCOMMANDS, take_up; take_up(SUBCOMMANDS)",
    ],
)
def test_nothing_else_loads_it(program):
    done = python(f"import sys\n{program}\nprint([name for name in {HEAVY} if name in sys.modules])")
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize(
    ("absent", "arguments", "install"),
    [
        ("fastapi", ["worker", "--auth", "none"], "worker"),
        ("uvicorn", ["worker", "--auth", "none"], "worker"),
        ("prometheus_client", ["worker", "--auth", "none"], "worker"),
        ("google.auth", ["worker", "--auth", "oidc"], "worker"),
        ("httpx", ["dispatch", "out", "a.tif", "--url", "http://127.0.0.1:1"], "worker"),
        ("google.auth", ["dispatch", "out", "a.tif", "--url", "http://127.0.0.1:1", "--auth", "oidc"], "worker"),
        ("google.cloud", ["dispatch", "out", "a.tif", "--pubsub", "projects/p/topics/windows"], "pubsub"),
    ],
)
def test_without_it_the_command_says_what_to_install(folder, photograph, absent, arguments, install):
    from tilewright import raster

    raster.write("a.tif", photograph)
    done = python(f"import sys\nsys.modules[{absent!r}] = None\nfrom tilewright.cli import main\nmain({arguments!r})")
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("Error: ")
    assert f"pip install 'tilewright[{install}]'" in done.stderr
    assert done.stderr.count("\n") == 1
