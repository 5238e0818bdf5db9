# SPDX-License-Identifier: Apache-2.0
"""Pictures of what was done: previews with cut lines, for notebooks and the report page. Needs no other package."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterable, Sequence
from html import escape as html_escape
from pathlib import Path
from typing import Any

from tilewright import _core
from tilewright.errors import TilewrightError, reason
from tilewright.printable import printable

__all__ = ["cut_lines_svg", "data_uri", "escape", "picture"]

Rectangle = tuple[int, int, int, int]

LISTED = 50


def escape(text: object) -> str:
    """Write a name or message in HTML; a browser would show its line ends as spaces, and its bytes not at all."""
    return html_escape(printable(text))


def data_uri(path: str | Path, *, max_side_px: int, page: int = 1) -> str:
    """Pack a preview of a raster, 8-bit grey or RGB, into a ``data:image/png`` address.

    Parameters
    ----------
    path
        The raster. Whatever its samples, they become viewable: three bands and more show as the first three, and what
        is not uint8 is stretched between its 2nd and 98th percentile. NaN and infinities are black.
    max_side_px
        Longest side of the picture, in pixels.
    page
        Page of a multi-page TIFF, from 1.
    """
    with tempfile.TemporaryDirectory() as folder:
        picture_path = Path(folder) / "picture.png"
        _core.write_picture(path, picture_path, max_side_px, _core.OpenOptions(page=page))
        return "data:image/png;base64," + base64.b64encode(picture_path.read_bytes()).decode("ascii")


def cut_lines_svg(
    width_px: int, height_px: int, rectangles: Iterable[Rectangle], *, image: str = "", shown_px: int = 320
) -> str:
    """Draw rectangles (x, y, width, height, in pixels of the image) over an image of a size, as an SVG element.

    Parameters
    ----------
    width_px, height_px
        Size of the image, in pixels.
    rectangles
        What was cut; drawn in this order.
    image
        Address of the picture below the lines; grey if empty.
    shown_px
        Longest side of the drawing, in CSS pixels.
    """
    boxes = list(rectangles)
    # Padding reaches past the image, and must be seen to.
    right = max([width_px, *(x + w for x, _, w, _ in boxes)])
    bottom = max([height_px, *(y + h for _, y, _, h in boxes)])
    scale = shown_px / max(right, bottom)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right} {bottom}" width="{right * scale:.0f}" '
        f'height="{bottom * scale:.0f}" role="img" aria-label="{len(boxes)} slices of {width_px} x {height_px} px">'
    ]
    parts.append(f'<rect width="{width_px}" height="{height_px}" fill="#8a949e"/>')
    if image:
        parts.append(
            f'<image href="{html_escape(image)}" width="{width_px}" height="{height_px}" preserveAspectRatio="none"/>'
        )
    # Two strokes, so that the lines show on any picture; their widths do not scale with the image.
    for color, stroke in (("#00000099", 3), ("#ffd84d", 1.2)):
        lines = "".join(f"M{x} {y}h{w}v{h}h{-w}z" for x, y, w, h in boxes)
        parts.append(
            f'<path d="{lines}" fill="none" stroke="{color}" stroke-width="{stroke}" '
            'vector-effect="non-scaling-stroke"/>'
        )
    parts.append("</svg>")
    return "".join(parts)


def picture(
    path: str | Path,
    rectangles: Sequence[Rectangle],
    *,
    width_px: int,
    height_px: int,
    shown_px: int = 320,
    page: int = 1,
) -> str:
    """Show an image with the lines along which it was cut; without the picture if the image cannot be read any more."""
    try:
        image = data_uri(path, max_side_px=shown_px, page=page)
    except (TilewrightError, OSError):
        image = ""  # The original may be gone; the lines still say what was done.
    return cut_lines_svg(width_px, height_px, rectangles, image=image, shown_px=shown_px)


def manifest_html(manifest: Any) -> str:
    """Show a manifest in a notebook: the picture with the cut lines, and what it proves."""
    size = manifest.raster.size
    drawing = picture(
        manifest.source_path,
        [(s.window.x_px, s.window.y_px, s.window.width_px, s.window.height_px) for s in manifest.slices],
        width_px=size.width_px,
        height_px=size.height_px,
        page=manifest.raster.page,
    )
    return (
        f"<figure>{drawing}<figcaption><b>{escape(manifest.source_path)}</b><br>"
        f"{size.width_px} x {size.height_px} px, {manifest.raster.bands} x {manifest.raster.type}, "
        f"{len(manifest.slices)} slices<br>"
        f"<code>{escape(manifest.pixel_hash)}</code></figcaption></figure>"
    )


def plan_html(plan: Any) -> str:
    """Show a batch plan in a notebook: what would be cut, skipped or fail, and why."""
    rows = []
    for image in plan.images[:LISTED]:
        info = image.info
        size = f"{info.size.width_px} x {info.size.height_px}" if info else ""
        samples = f"{info.bands} x {info.type}" if info else ""
        note = escape(image.skip_reason.replace("_", " ") or image.error or "")
        rows.append(
            f'<tr><td style="text-align:left">{escape(image.source)}</td>'
            f'<td style="white-space:nowrap">{size}</td><td style="white-space:nowrap">{samples}</td>'
            f'<td>{image.slices or ""}</td><td style="text-align:left">{note}</td></tr>'
        )
    more = f"<p>… and {len(plan.images) - LISTED:,} more.</p>" if len(plan.images) > LISTED else ""
    folders = "".join(
        f"<li>{escape(str(path) or '.')}: {escape(reason)}</li>" for path, reason in plan.skipped_folders[:LISTED]
    )
    return (
        "<table><thead><tr><th>image</th><th>size, px</th><th>samples</th><th>slices</th><th></th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>{more}"
        f"<p>{len(plan.images):,} images found, {plan.slices:,} slices.</p>"
        + (f"Folders passed over:<ul>{folders}</ul>" if folders else "")
    )


def layout_html(layout: Any) -> str:
    """Show a layout in a notebook: where it would cut an image of 4000 x 3000 px."""
    cut = _core.windows(4000, 3000, layout)
    drawing = cut_lines_svg(4000, 3000, [(w.x_px, w.y_px, w.width_px, w.height_px) for w in cut], shown_px=240)
    caption = f"{escape(repr(layout))}: {len(cut):,} windows of 4000 x 3000 px"
    return f"<figure>{drawing}<figcaption>{caption}</figcaption></figure>"


def report_html(report: Any) -> str:
    """Show a batch report in a notebook: the counts, what failed, and where the whole page lies."""
    counts = [(status, getattr(report, status)) for status in ("done", "skipped", "failed", "cancelled")]
    cells = "".join(f"<th>{status}</th>" for status, _ in counts)
    values = "".join(f"<td>{count:,}</td>" for _, count in counts)
    failures = "".join(
        f"<li><b>{escape(o.key)}</b>: {escape(reason(o.message, o.key))}</li>"
        for o in report.outcomes
        if o.status == "failed"
    )
    return (
        f"<table><tr>{cells}<th>seconds</th><th>images per hour</th></tr>"
        f"<tr>{values}<td>{report.seconds:.1f}</td><td>{report.images_per_hour:,.0f}</td></tr></table>"
        + (f"<ul>{failures}</ul>" if failures else "")
    )


# Classes of the compiled core get their notebook faces here, since pictures are made in Python.
for _class, _html in (
    (_core.Manifest, manifest_html),
    (_core.BatchPlan, plan_html),
    (_core.BatchReport, report_html),
    (_core.PiecesLayout, layout_html),
    (_core.GridLayout, layout_html),
    (_core.TilesLayout, layout_html),
    (_core.StripsLayout, layout_html),
):
    setattr(_class, "_repr_html_", _html)  # noqa: B010 - the stub need not know
