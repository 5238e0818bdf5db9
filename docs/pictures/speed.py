# SPDX-License-Identifier: Apache-2.0
"""How long six photographs take, from the first table of docs/guide/performance.md."""

import re
from pathlib import Path

import figure

PAGE = Path(__file__).parents[1] / "guide/performance.md"


def draw(images: Path, _: Path) -> None:
    table = PAGE.read_text(encoding="utf-8").partition("against vips' fastest")[2].partition("\n\n")[0]
    rows = [(name.strip(), float(s)) for name, s in re.findall(r"^\| ([^|]+) \| ([\d.]+) \|", table, re.MULTILINE)]
    drawing, axis = figure.new(760, 230)
    colors = [figure.ORANGE if name.startswith("tilewright") else "#9aa5b1" for name, _ in rows]
    bars = axis.barh([name for name, _ in rows], [seconds for _, seconds in rows], color=colors)
    axis.bar_label(bars, fmt="%.1f s", padding=3)
    axis.set_xlim(0, 1.1 * max(seconds for _, seconds in rows))
    axis.invert_yaxis()
    figure.bare(axis, "six photographs of 4096 x 4096 px cut into PNGs by two processors")
    axis.set_yticks(range(len(rows)), [name for name, _ in rows])
    figure.save(drawing, images / "speed.png")
