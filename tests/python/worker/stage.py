# SPDX-License-Identifier: Apache-2.0
"""Composites that take as long as a test wants: begun, going on, and ended by files in a folder.

What they keep of the true ones: outputs are whole or absent, the same again is skipped, on_progress is called all the
time and may stop them.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from types import SimpleNamespace


class Stage:
    """Stands for tilewright.composite.write_composite()."""

    def __init__(self, folder: Path, error: Exception | None = None):
        self.folder = folder
        self.error = error

    @property
    def begun(self) -> list[str]:
        """The names of the outputs that were begun, in order."""
        file = self.folder / "begun.txt"
        return file.read_text().split() if file.exists() else []

    def hold(self, *, deaf=False):
        """Have composites go on until they are let go, or hear that they are to stop."""
        if deaf:
            (self.folder / "deaf").touch()
        (self.folder / "hold").touch()

    def let_go(self):
        (self.folder / "hold").unlink()

    def write_composite(self, target, datasets, *, window, options, stack, files, on_progress, **share):
        assert share.keys() == {"memory_bytes", "workers"}
        made_of = [list(datasets), list(window), *map(str, (options, stack, files))]
        proof = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
        target = Path(target)
        with open(self.folder / "begun.txt", "a") as file:
            file.write(f"{target.name}\n")
        if target.exists() and target.read_text() == proof:
            return SimpleNamespace(skipped=True)
        part = target.with_name(f"{target.name}.part")
        try:
            with open(part, "w") as file:
                file.write(proof[:10])
                file.flush()
                while (self.folder / "hold").exists():
                    if not (self.folder / "deaf").exists():
                        on_progress(0)
                    time.sleep(0.01)
                file.write(proof[10:])
            if self.error:
                raise self.error
            os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)
        return SimpleNamespace(skipped=False)
