# SPDX-License-Identifier: Apache-2.0
"""Six photographs, 8 pieces each, 2 workers: tilewright beside the original's approach and vips, in turns.

tesselate_bench.py WORK [--repetitions 3]: prints a Markdown table. Figures are medians; ratios are of medians of the
same run, in which every contender took its turn once a round.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from measure import Run, bytes_of, run_measured
from photographs import SIDE_PX, make_photographs

WORKERS = 2
HERE = Path(__file__).parent
VENV = HERE.parents[1] / ".venv/bin"
SLICES = (".png", ".tif")


@dataclass
class Contender:
    name: str
    run: Callable[[list[Path], Path], Run]


def pillow(images: list[Path], output: Path) -> Run:
    program = [str(HERE / "pillow_pool.py"), str(output), str(WORKERS), *map(str, images)]
    return run_measured(["/usr/bin/python3", *program])


def vips(suffix: str) -> Callable[[list[Path], Path], Run]:
    """vips cuts one image a call; its own threads share the work. Square tiles of 1024 px are as near as it comes."""

    def run(images: list[Path], output: Path) -> Run:
        output.mkdir()
        script = (
            'for image in "$@"; do vips dzsave "$image" "$OUTPUT/$(basename "$image" .tif)" --depth one '
            '--overlap 0 --tile-size 1024 --suffix "$SUFFIX" || exit; done'
        )
        return run_measured(
            ["sh", "-c", script, "sh", *map(str, images)],
            environment={"VIPS_CONCURRENCY": str(WORKERS), "OUTPUT": str(output), "SUFFIX": suffix},
        )

    return run


def tilewright(compression: str) -> Callable[[list[Path], Path], Run]:
    def run(images: list[Path], output: Path) -> Run:
        return run_measured(
            [
                str(VENV / "tilewright"),
                "tesselate",
                str(images[0].parent),
                str(output),
                "--pieces",
                "8",
                "--workers",
                str(WORKERS),
                "--compression",
                compression,
                "--no-progress",
            ]
        )

    return run


CONTENDERS = [
    Contender("the original's approach (Pillow, 2 processes)", pillow),
    Contender("vips dzsave, default", vips(".png")),
    Contender("vips dzsave, compression=1, filter=sub", vips(".png[compression=1,filter=sub]")),
    Contender("tilewright fast (default)", tilewright("fast")),
    Contender("tilewright balanced", tilewright("balanced")),
    Contender("tilewright small", tilewright("small")),
]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--repetitions", type=int, default=3)
    arguments.add_argument("--only", default="", help="contenders whose name contains this")
    options = arguments.parse_args()

    images, origin = make_photographs(options.work)
    contenders = [contender for contender in CONTENDERS if options.only in contender.name]
    runs: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
    sizes: dict[str, int] = {}
    for _ in range(options.repetitions):
        for contender in contenders:
            output = options.work / "output"
            shutil.rmtree(output, ignore_errors=True)
            runs[contender.name].append(contender.run(images, output))
            sizes[contender.name] = bytes_of(output, SLICES)
    shutil.rmtree(options.work / "output", ignore_errors=True)

    def median(name: str, field: str) -> float:
        return statistics.median(getattr(run, field) for run in runs[name])

    raw_bytes = len(images) * SIDE_PX * SIDE_PX * 3
    base, fastest = CONTENDERS[0].name, CONTENDERS[2].name
    print(
        f"{len(images)} images of {SIDE_PX} x {SIDE_PX} px, RGB uint8, LZW with predictor 2 in strips, made of "
        f"{origin}: {raw_bytes / 1e6:.0f} MB of samples; 8 pieces each, {WORKERS} workers, median of "
        f"{options.repetitions} runs in turns.\n"
    )
    print(
        "| | time, s | CPU, s | MB/s | against Pillow | against vips' fastest | slices, MB | of Pillow's "
        "| peak memory, MiB |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name in runs:
        seconds = median(name, "seconds")
        faster = f"{median(base, 'seconds') / seconds:.1f}x" if base in runs else ""
        than_vips = f"{median(fastest, 'seconds') / seconds:.1f}x" if fastest in runs else ""
        share = f"{sizes[name] / sizes[base]:.3f}" if base in runs else ""
        print(
            f"| {name} | {seconds:.2f} | {median(name, 'cpu_seconds'):.2f} | {raw_bytes / 1e6 / seconds:.0f} "
            f"| {faster} | {than_vips} | {sizes[name] / 1e6:.1f} | {share} "
            f"| {median(name, 'peak_bytes') / 2**20:.0f} |"
        )


if __name__ == "__main__":
    main()
