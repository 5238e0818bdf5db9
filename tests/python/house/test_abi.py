# SPDX-License-Identifier: Apache-2.0
"""The C++ sources carry the version of their interface."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_all_sources_carry_the_version() -> None:
    check = [sys.executable, ROOT / "scripts/abi", "--check"]
    done = subprocess.run(check, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"run scripts/abi; these differ from the version in CMakeLists.txt:\n{done.stdout}"
