# SPDX-License-Identifier: Apache-2.0
"""What the guide to running at scale reckons with is what was measured."""

import re
from pathlib import Path

GUIDE = Path(__file__).parents[3] / "docs/guide"


def test_costs_are_reckoned_from_measured_rows():
    scale, performance = ((GUIDE / name).read_text(encoding="utf-8") for name in ("scale.md", "performance.md"))
    measured = re.findall(r'^    "[^"]+": \(([\d.]+), \d+\),  # (.+)$', scale, re.MULTILINE)
    assert len(measured) == 5
    rows = [line.replace("`", "") for line in performance.splitlines() if line.startswith("|")]
    for seconds, row in measured:
        name = row.removesuffix(", 30 ms a request")
        assert any(name in line and f"| {seconds} |" in line for line in rows), row
