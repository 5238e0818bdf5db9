# SPDX-License-Identifier: Apache-2.0
"""Runs a command line whose composites are made by stage.py: launched_worker.py FOLDER COMMAND..."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from stage import Stage

from tilewright.cli import main
from tilewright.worker import work

work.write_composite = Stage(Path(sys.argv[1])).write_composite
main(sys.argv[2:])
