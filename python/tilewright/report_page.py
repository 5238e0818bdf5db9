# SPDX-License-Identifier: Apache-2.0
"""The page a person reads after a batch: batch_report.html, one file that needs nothing from elsewhere."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

from tilewright import _core
from tilewright.core import available_processors
from tilewright.display import escape, picture
from tilewright.errors import TilewrightError, reason
from tilewright.places import Url, place
from tilewright.raster import StrPath

__all__ = ["page_at_end", "report_page", "write_report_page"]

Report = Mapping[str, Any]

STATUSES = ("done", "skipped", "failed", "cancelled")
PREVIEWS = 24
PREVIEW_PX = 240
# A picture of a raster without overviews costs its decoding; the page must not take longer than the batch.
LARGEST_PREVIEWED_PX = 200_000_000
ROWS = 500
#: What is said of what was written, by what a report calls it.
PROOFS = {
    "slices": "Slices and their proofs: <code>tilewright verify</code> checks them without the originals.",
    "chips": "Chips and their proofs: <code>tilewright chips --resume=verify</code> mends what is wrong.",
    "thumbnails": "thumbnails.jsonl tells the SHA-256 of each thumbnail and what it was made of.",
}


def write_report_page(folder: StrPath) -> Path | Url:
    """Write batch_report.html beside a folder's batch_report.json.

    Returns
    -------
    pathlib.Path or Url
        The page.

    Raises
    ------
    FileNotFoundError
        If the folder holds no batch_report.json.
    """
    results = place(folder)
    report = json.loads((results / "batch_report.json").read_text(encoding="utf-8"))
    page = results / "batch_report.html"
    _core.write_bytes(page, report_page(report, results).encode())
    return page


@contextlib.contextmanager
def page_at_end(folder: StrPath) -> Iterator[None]:
    """Write the page when a run ends, an interrupted one too: the JSON report is there whenever the run began.

    Not after an error of the run itself: a store that does not answer would be asked once more.
    """
    refused = False
    try:
        yield
    except TilewrightError:
        refused = True
        raise
    finally:
        if not refused and (place(folder) / "batch_report.json").is_file():
            write_report_page(folder)


def report_page(report: Report, folder: StrPath) -> str:
    """Make the page of a report; `folder` holds the results, for previews of what was cut."""
    outcomes: Sequence[Mapping[str, Any]] = report["images"]
    failures: Sequence[Mapping[str, Any]] = report["errors"]
    style = Path(__file__).with_name("report_page.css").read_text(encoding="utf-8")
    parts = [
        heading(report),
        totals(report),
        notices(report),
        chips(report),
        errors(failures),
        histogram([o["seconds"] for o in outcomes if o["status"] == "done"]),
        previews(outcomes, place(folder)),
        passed_over(report),
        every_image(outcomes),
        configuration(report),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Batch report: {escape(report['configuration'].get('input_dir', ''))}</title>"
        f"<style>{style}</style></head><body><main>{''.join(parts)}"
        f"<footer>Written by tilewright {escape(report.get('tilewright_version', ''))}. "
        f"{PROOFS.get(report['outputs'], '')}</footer></main></body></html>\n"
    )


def heading(report: Report) -> str:
    config = report["configuration"]
    return (
        "<h1>Batch report</h1>"
        f'<p class="lead">{escape(config.get("input_dir", ""))} → {escape(config.get("output_dir", ""))}</p>'
    )


def totals(report: Report) -> str:
    summary = report["batch_summary"]
    counts = {status: count_of(report, status) for status in STATUSES}
    found = sum(counts.values())
    seconds = float(summary["total_processing_time"])
    cards = [
        (f"{found:,}", "images found"),
        (f"{counts['done']:,}", "done and proven"),
        (duration(seconds), "wall time"),
        (f"{float(summary['images_per_hour']):,.0f}", "images per hour"),
        (f"{float(summary['throughput_mb_per_s']):,.0f} MB/s", "samples, decoded"),
        (size(float(summary["written_bytes"])), "written"),
    ]
    boxes = "".join(f'<div class="card"><b>{value}</b><span>{label}</span></div>' for value, label in cards)
    bar = "".join(f'<i class="{s}" style="flex:{n}" title="{n} {s}"></i>' for s, n in counts.items() if n)
    key = "".join(f'<span><i class="{s}"></i>{n:,} {s}</span>' for s, n in counts.items())
    return f'<div class="cards">{boxes}</div><div class="bar">{bar}</div><p class="key">{key}</p>'


def notices(report: Report) -> str:
    if not report["interrupted"]:
        return ""
    return (
        '<p class="notice">This run was interrupted. What is done is kept and proven; the same command goes on '
        "where it stopped.</p>"
    )


def chips(report: Report) -> str:
    """How many chips each folder and each annotator has."""
    details = report.get("details")
    if not details:
        return ""
    tables = []
    for title, counts in (("Folder", details["chips_per_folder"]), ("Annotator", details["chips_per_annotator"])):
        rows = "".join(f'<tr><td>{escape(name)}</td><td class="number">{n:,}</td></tr>' for name, n in counts.items())
        if rows:
            tables.append(
                f'<table><thead><tr><th>{title}</th><th class="number">chips</th></tr></thead>'
                f"<tbody>{rows}</tbody></table>"
            )
    skipped = f"; {details['chips_skipped']:,} had no place" if details["chips_skipped"] else ""
    return f"<h2>{details['chips']:,} chips</h2><p>Of all rounds in the folder{skipped}.</p>{''.join(tables)}"


def errors(failures: Sequence[Mapping[str, Any]]) -> str:
    if not failures:
        return ""
    rows = "".join(
        f'<tr><td class="path">{escape(f["relative_path"])}</td><td class="code">{escape(plain(f["error_type"]))}</td>'
        f"<td>{escape(reason(f['error'], f['relative_path']))}</td></tr>"
        for f in failures
    )
    return (
        f"<h2>{len(failures):,} failed</h2><table><thead><tr><th>Image</th><th>Error</th><th>Reason</th></tr>"
        f"</thead><tbody>{rows}</tbody></table>"
    )


def histogram(seconds: Sequence[float]) -> str:
    """How long images took: at most 24 bins of a round width."""
    if len(seconds) < 2:
        return ""
    longest = max(seconds)
    width = bin_width(longest / min(24, max(6, math.isqrt(len(seconds)) * 2)))
    bins = [0] * (int(longest / width) + 1)
    for value in seconds:
        bins[int(value / width)] += 1
    highest = max(bins)
    step = 640 / len(bins)
    bars = []
    for i, count in enumerate(bins):
        height = 120 * count / highest
        label = f"{i * width:.3g} to {(i + 1) * width:.3g} s: {count}"
        bars.append(
            f'<rect x="{i * step + 1:.1f}" y="{130 - height:.1f}" width="{max(1.0, step - 2):.1f}" '
            f'height="{height:.1f}" rx="2"><title>{label}</title></rect>'
        )
    median = sorted(seconds)[len(seconds) // 2]
    return (
        "<h2>Time per image</h2>"
        '<svg class="histogram" viewBox="0 0 640 152" width="640" style="max-width:100%;height:auto" role="img" '
        'aria-label="Histogram of seconds per image">'
        f'{"".join(bars)}<line x1="0" y1="130.5" x2="640" y2="130.5"/><text x="0" y="147">0 s</text>'
        f'<text x="640" y="147" text-anchor="end">{len(bins) * width:.3g} s</text>'
        f'<text x="320" y="147" text-anchor="middle">median {duration(median)}, longest {duration(longest)}</text>'
        "</svg>"
    )


def previews(outcomes: Sequence[Mapping[str, Any]], folder: Path | Url) -> str:
    cut = [outcome for outcome in outcomes if outcome["output_folder"]][:PREVIEWS]
    found: dict[int, str] = {}

    # Reading and packing pictures happens in C++, outside the interpreter's lock.
    def find(first: int) -> None:
        for index in range(first, len(cut), threads_wanted):
            found[index] = preview(cut[index], folder)

    threads_wanted = min(available_processors(), len(cut))
    threads = [Thread(target=find, args=(first,)) for first in range(threads_wanted)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    figures = "".join(found.get(index, "") for index in range(len(cut)))
    return f'<h2>What was cut</h2><div class="previews">{figures}</div>' if figures else ""


def preview(outcome: Mapping[str, Any], folder: Path | Url) -> str:
    try:
        manifest = json.loads((folder / outcome["output_folder"] / "metadata.json").read_text(encoding="utf-8"))
        image = manifest["original_image"]
        slices = manifest["slices"]
        page = manifest["raster"]["storage"]["page"]
    except (OSError, ValueError, KeyError):
        return ""  # Taken away since.
    small = image["width"] * image["height"] <= LARGEST_PREVIEWED_PX
    drawing = picture(
        image["path"] if small else "",
        [(s["x"], s["y"], s["width"], s["height"]) for s in slices],
        width_px=image["width"],
        height_px=image["height"],
        page=page,
        shown_px=PREVIEW_PX,
    )
    return (
        f"<figure>{drawing}<figcaption><b>{escape(outcome['path'])}</b>"
        f"{image['width']:,} &times; {image['height']:,} px, {len(slices):,} slices</figcaption></figure>"
    )


def passed_over(report: Report) -> str:
    reasons: Mapping[str, int] = report["batch_summary"]["skipped_reasons"]
    folders = report.get("skipped_folders", [])
    if not reasons and not folders:
        return ""
    rows = [f'<tr><td>{escape(plain(reason))}</td><td class="number">{n:,}</td></tr>' for reason, n in reasons.items()]
    if folders:
        rows.append(f'<tr><td>folders</td><td class="number">{len(folders):,}</td></tr>')
    names = "".join(
        f'<tr><td class="path">{escape(f["path"] or ".")}</td><td>{escape(plain(f["reason"]))}</td></tr>'
        for f in folders[:ROWS]
    )
    listed = f"<details><summary>The folders</summary><table><tbody>{names}</tbody></table></details>" if names else ""
    return f"<h2>Passed over</h2><table><tbody>{''.join(rows)}</tbody></table>{listed}"


def every_image(outcomes: Sequence[Mapping[str, Any]]) -> str:
    if not outcomes:
        return ""
    rows = "".join(
        f'<tr><td class="path">{escape(o["path"])}</td><td>{escape(o["status"])}</td>'
        f'<td class="number">{o["seconds"]:.2f}</td><td class="number">{size(o["raw_bytes"])}</td>'
        f'<td class="number">{size(o["written_bytes"])}</td></tr>'
        for o in outcomes[:ROWS]
    )
    more = f"<p>{len(outcomes) - ROWS:,} more stand in batch_report.json.</p>" if len(outcomes) > ROWS else ""
    return (
        "<h2>Every image</h2><details><summary>Show the list</summary><table><thead><tr><th>Image</th><th>Outcome</th>"
        '<th class="number">s</th><th class="number">samples</th><th class="number">written</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{more}</details>"
    )


def configuration(report: Report) -> str:
    # Its line ends are JSON's own; those of values are escaped there.
    lines = json.dumps(report["configuration"], indent=2, ensure_ascii=False).split("\n")
    text = "\n".join(map(escape, lines))
    return f"<h2>Configuration</h2><details><summary>Show</summary><pre>{text}</pre></details>"


def count_of(report: Report, status: str) -> int:
    return sum(1 for outcome in report["images"] if outcome["status"] == status)


def plain(reason: str) -> str:
    """Turn a reason code into words."""
    return reason.replace("_", " ")


def bin_width(least: float) -> float:
    """Round up to 1, 2, 5 or 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(max(least, 1e-6)))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)


def duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def size(size_bytes: float) -> str:
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= factor:
            return f"{size_bytes / factor:.1f} {unit}"
    return f"{size_bytes:.0f} B"
