# SPDX-License-Identifier: Apache-2.0
"""Thumbnails of photographs, 2 workers: tilewright beside Pillow and vipsthumbnail, in turns.

thumbnail_bench.py WORK [--repetitions 3] [--cog-side 10000]: prints a Markdown table. Figures are medians; ratios are
of medians of the same run, in which every contender took its turn once a round. On a busy machine those of processor
time say more. The images are the JPEGs and TIFFs of
good/aerial and good/jpeg in TILEWRIGHT_DATA or ../shared/data, and a COG with overviews made of one of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from measure import Run, run_measured

WORKERS = 2
SIDES_PX = (100, 512)
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TILEWRIGHT = str(ROOT / ".venv/bin/tilewright")
ENDINGS = {".jpg", ".jpeg", ".tif", ".tiff"}
#: Some of the photographs are damaged or of 12 bits; tilewright and vipsthumbnail say so.
SOME_FAIL = (0, 1, 255)

Contender = Callable[[Path, Path, int], Run]


def images_of(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)


def tilewright(folder: Path, output: Path, side: int) -> Run:
    options = ["--size", str(side), "--workers", str(WORKERS), "--no-progress"]
    return run_measured([TILEWRIGHT, "thumbnails", str(folder), str(output), *options], expect=SOME_FAIL)


def pillow(folder: Path, output: Path, side: int) -> Run:
    program = str(HERE / "pillow_thumbnails.py")
    return run_measured(["/usr/bin/python3", program, str(output), str(side), str(WORKERS), *images_of(folder)])


def vips(folder: Path, output: Path, side: int) -> Run:
    """One process for all images, as its manual has it; its threads share the work of each."""
    output.mkdir()
    images = images_of(folder)
    command = ["vipsthumbnail", *images, "--size", f"{side}x{side}>", "-o", f"{output}/%s.jpg[Q=75]"]
    return run_measured(command, environment={"VIPS_CONCURRENCY": str(WORKERS)}, expect=SOME_FAIL)


CONTENDERS: dict[str, Contender] = {"tilewright": tilewright, "Pillow": pillow, "vipsthumbnail": vips}


def copy_photographs(work: Path) -> Path | None:
    """Gather the photographs in one folder: links, so that names that occur twice stay apart."""
    data = Path(os.environ.get("TILEWRIGHT_DATA", ROOT.parent / "shared/data"))
    sources = [data / "good" / name for name in ("aerial", "jpeg")]
    if not all(source.is_dir() for source in sources):
        return None
    folder = work / "thumbnail_sources"
    shutil.rmtree(folder, ignore_errors=True)
    for source in sources:
        (folder / source.name).mkdir(parents=True)
        for image in images_of(source):
            shutil.copy(image, folder / source.name)
    return folder


def make_cog(work: Path, photograph: str, side: int) -> Path:
    folder = work / f"cog_{side}"
    target = folder / "large.tif"
    if not target.exists():
        folder.mkdir(exist_ok=True)
        part = folder / ".part.tif"
        options = ["-outsize", str(side), str(side), "-r", "bilinear", "-of", "COG", "-co", "COMPRESS=DEFLATE"]
        bands = [word for band in ("1", "2", "3") for word in ("-b", band)]
        subprocess.run(["gdal_translate", "-q", *options, *bands, photograph, str(part)], check=True)
        part.rename(target)
    return folder


def measure(folder: Path, work: Path, side: int, repetitions: int, names: list[str]) -> dict[str, list[Run]]:
    output = work / "thumbnails_out"
    runs: dict[str, list[Run]] = {name: [] for name in names}
    for _ in range(repetitions):
        for name in names:
            shutil.rmtree(output, ignore_errors=True)
            runs[name].append(CONTENDERS[name](folder, output, side))
    return runs


def print_rows(what: str, side: int, runs: dict[str, list[Run]]) -> None:
    def median(name: str, field: str) -> float:
        return statistics.median(getattr(run, field) for run in runs[name])

    for name, own in runs.items():
        seconds, cpu = median(name, "seconds"), median(name, "cpu_seconds")
        peak = max(run.peak_bytes for run in own)
        slower = seconds / median("tilewright", "seconds")
        dearer = cpu / median("tilewright", "cpu_seconds")
        print(
            f"| {what} | {side} | {name} | {seconds:.2f} | {cpu:.2f} | {peak / 2**20:.0f} | {slower:.1f} "
            f"| {dearer:.1f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--cog-side", type=int, default=10_000)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    photographs = copy_photographs(given.work)
    if photographs is None:
        print("no photographs: set TILEWRIGHT_DATA", file=sys.stderr)
        return
    print("| images | side, px | program | s | CPU s | peak MiB | times tilewright's | its CPU |")
    print("|---|---|---|---|---|---|---|---|")
    for side in SIDES_PX:
        runs = measure(photographs, given.work, side, given.repetitions, list(CONTENDERS))
        print_rows(f"{len(images_of(photographs))} photographs", side, runs)
    cog = make_cog(given.work, max(images_of(photographs), key=lambda path: Path(path).stat().st_size), given.cog_side)
    runs = measure(cog, given.work, SIDES_PX[0], given.repetitions, list(CONTENDERS))
    print_rows(f"COG {given.cog_side} x {given.cog_side}", SIDES_PX[0], runs)


if __name__ == "__main__":
    main()
