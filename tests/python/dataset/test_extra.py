# SPDX-License-Identifier: Apache-2.0
"""What datasets need is installed for them alone, and loaded by them alone."""

import subprocess
import sys

import pytest

HEAVY = ["h5py", "httpx", "onnxruntime", "pyarrow", "scipy", "yaml"]


def python(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "program",
    [
        "import tilewright, tilewright.batch, tilewright.raster, tilewright.thumbnail",
        "from tilewright.cli import SUBCOMMANDS, take_up; take_up(SUBCOMMANDS)",
    ],
)
def test_nothing_else_loads_it(program):
    done = python(f"import sys\n{program}\nprint([name for name in {HEAVY} if name in sys.modules])")
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize("absent", HEAVY)
@pytest.mark.parametrize("stage", ["run", "status", "download"])
def test_says_what_to_install(absent, stage):
    program = f"import sys; sys.modules['{absent}'] = None; from tilewright.cli import main; "
    done = python(f"{program}main(['dataset', '{stage}', '--config', 'c.yaml'])")
    assert done.returncode == 2
    assert done.stderr.startswith(f"Error: {absent}")
    assert done.stderr.endswith(" is not installed; pip install 'tilewright[dataset]'\n")
    assert done.stderr.count("\n") == 1
