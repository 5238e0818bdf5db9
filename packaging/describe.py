# SPDX-License-Identifier: Apache-2.0
"""Put licences and a bill of materials of all that a wheel was linked of into its .dist-info.

describe.py WORK WHEEL: the wheel is replaced.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PACKAGING = Path(__file__).parent
#: Compiled in without being in sources.txt: name in the bill, where Debian's package keeps its licence.
COMPILER = {"gcc-12": Path("/usr/share/doc/gcc-12-base/copyright")}


def sources() -> list[tuple[str, str, str]]:
    """Give name, version and SHA-256 of each source."""
    lines = [line.split() for line in (PACKAGING / "sources.txt").read_text().splitlines()]
    return [(words[1], words[2], words[3]) for words in lines if words and words[0] == "source"]


def version_of_package(name: str) -> str:
    command = ["dpkg-query", "--show", "--showformat=${Version}", name]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def component(name: str, version: str, digest: str | None) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:deb/debian/{name}@{version}?arch=source&distro=bookworm",
    }
    if digest is not None:  # of its .dsc
        described["hashes"] = [{"alg": "SHA-256", "content": digest}]
    return described


def bill_of_materials(wheel: Path) -> dict[str, Any]:
    """Describe what is linked, as CycloneDX 1.5 has it."""
    _, version, *_ = wheel.name.split("-")
    compiler = [component(name, version_of_package(f"{name}-base"), None) for name in COMPILER]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "library", "name": "tilewright", "version": version}},
        "components": [component(*source) for source in sources()] + compiler,
    }


def main() -> None:
    work, wheel = Path(sys.argv[1]), Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "wheel", "unpack", "--dest", folder, wheel], check=True)
        (root,) = Path(folder).iterdir()
        (info,) = root.glob("*.dist-info")
        licences = info / "licenses" / "bundled"
        licences.mkdir(parents=True)
        for name, _, _ in sources():
            shutil.copy(work / "sources" / name / "debian" / "copyright", licences / f"{name}.txt")
        for name, path in COMPILER.items():
            shutil.copy(path, licences / f"{name}.txt")
        (info / "sboms").mkdir()
        (info / "sboms" / "tilewright.cdx.json").write_text(json.dumps(bill_of_materials(wheel), indent=1) + "\n")
        subprocess.run([sys.executable, "-m", "wheel", "pack", "--dest-dir", wheel.parent, root], check=True)


main()
