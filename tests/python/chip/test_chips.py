# SPDX-License-Identifier: Apache-2.0
import csv
import hashlib
import importlib.util
import json
import logging
import os
import re
import shutil
import struct
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tilewright
from tilewright import batch, chip, chip_index, raster
from tilewright.chip import ChipJob, ChipLayout

WGS_84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],'
    'UNIT["degree",0.0174532925199433]]'
)


@pytest.fixture
def images(folder, photograph):
    """Three images to cut, two of one stem, one too small, and one that is none."""
    for name in ("cap-29792.tif", "north/scene.tif", "south/scene.tiff"):
        Path("in", name).parent.mkdir(parents=True, exist_ok=True)
        raster.write(f"in/{name}", photograph)
    raster.write("in/small.tif", photograph[:, :50, :50])
    Path("in/broken.tif").write_bytes(b"no image")
    return Path("in")


def extract(**options):
    return tilewright.extract_chips("in", "out", size_px=128, max_workers=2, **options)


def chip_files():
    return {str(path.relative_to("out")) for path in Path("out").glob("[0-9][0-9]/*.png")}


def run_command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "tilewright", "chips", *arguments], capture_output=True, text=True, check=False
    )


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 9), st.integers(1, 700), st.integers(0, 2**64 - 1))
def test_chips_lie_inside_the_margin_and_never_overlap(width, height, count, size, seed):
    taken = set()
    for prefix in "ABC":
        placed = chip.place_chips(width, height, ChipLayout(count, size, seed=seed), prefix=prefix, source="a.tif")
        assert len(placed) == count
        for one in placed:
            assert (one.window is None) == bool(one.reason)
            if one.window:
                x, y = one.window.x_px, one.window.y_px
                assert min(x, y) >= 10
                assert x + size + 10 <= width
                assert y + size + 10 <= height
                assert all(abs(x - other_x) >= size or abs(y - other_y) >= size for other_x, other_y in taken)
                taken.add((x, y))


@given(st.text("abcXYZ019-_. äß漢", min_size=1), st.integers(1, 99))
def test_folders_are_those_of_the_former_tool(stem, folders):
    number = int(hashlib.md5(stem.encode()).hexdigest(), 16) % folders + 1
    assert chip.chip_folder(stem, folders) == f"{number:02d}"


def test_chips_are_the_samples_of_their_windows(images, photograph):
    report = extract()
    assert (report.done, report.skipped, report.failed) == (3, 1, 1)
    assert report["details"]["chips"] == 12
    assert sum(report["details"]["chips_per_folder"].values()) == 12
    assert "09/A_cap-29792_01.png" in chip_files()
    assert len(chip_files()) == 12
    for chip_set in chip.read_chip_sets("out"):
        assert chip_set.folder == chip.chip_folder("scene" if "scene" in chip_set.source else "cap-29792")
        for one in chip_set.chips:
            samples = raster.read(Path("out", chip_set.folder, one.filename))
            w = one.window
            assert np.array_equal(samples, photograph[:, w.y_px : w.y_px + 128, w.x_px : w.x_px + 128])


def test_a_second_run_cuts_only_what_is_missing(images):
    extract()
    before = {name: Path("out", name).read_bytes() for name in chip_files()}
    assert extract().done == 0
    Path("out/09/A_cap-29792_02.png").unlink()
    report = extract()
    assert [(o.key, o.outputs) for o in report.outcomes if o.status == "done"] == [("cap-29792.tif", 1)]
    assert {name: Path("out", name).read_bytes() for name in chip_files()} == before


def test_rounds_lie_beside_each_other(images):
    extract()
    extract(prefix="B")
    assert len(chip_files()) > 12
    with pytest.raises(tilewright.InvalidArgumentError, match="could overlap"):
        extract(prefix="C", count=2)


def test_files_are_as_their_schemas_say(images, schemas):
    extract(annotators=3)
    for path in Path("out/records").glob("*.json"):
        schemas["chips"].validate(json.loads(path.read_text()))
    schemas["chip_round"].validate(json.loads(Path("out/rounds/A.json").read_text()))
    schemas["batch_report"].validate(json.loads(Path("out/batch_report.json").read_text()))
    schemas["batch_state"].validate(json.loads(Path("out/batch_state.json").read_text()))
    with Path("out/chips.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["chip"] for row in rows} == chip_files()
    for row in rows:
        assert hashlib.sha256(Path("out", row["chip"]).read_bytes()).hexdigest() == row["sha256"]
    listed = []
    for number in (1, 2, 3):
        with Path(f"out/tasks/annotator_0{number}.csv").open(newline="", encoding="utf-8") as file:
            listed += [row["chip"] for row in csv.DictReader(file)]
    assert sorted(listed) == sorted(chip_files())
    in_folders = []
    for number in range(1, 11):
        with Path(f"out/tasks/folder_{number:02d}.csv").open(newline="", encoding="utf-8") as file:
            in_folders += [f"{number:02d}/{row['chip']}" for row in csv.DictReader(file)]
    assert sorted(in_folders) == sorted(chip_files())
    assert json.loads(Path("out/chips.geojson").read_text())["features"] == []


def test_footprints_are_polygons_in_wkb():
    assert chip_index._polygon([]) is None
    wkb = chip_index._polygon([(0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)])
    order, kind, rings, points = struct.unpack_from("<BIII", wkb)
    assert (order, kind, rings, points) == (1, 3, 1, 5)
    # Counter-clockwise, though the corners come clockwise.
    assert struct.unpack_from("<10d", wkb, 13) == (0, 1, 0, 0, 1, 0, 1, 1, 0, 1)


def test_the_parquet_index_is_written_where_pyarrow_is(images):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    import pyarrow.parquet as pq

    extract()
    table = pq.read_table("out/chips.parquet")
    assert set(table["chip"].to_pylist()) == chip_files()
    assert json.loads(table.schema.metadata[b"geo"])["primary_column"] == "geometry"


@pytest.mark.parametrize("geotransform", [(12.0, 0.001, 0.0, 50.0, 0.0, -0.001), (12.0, 0.001, 0.0, 50.0, 0.0, 0.001)])
def test_indexes_tell_where_on_earth_chips_lie(folder, photograph, geotransform):
    """Also of an image whose rows run northwards."""
    raster.write("in.tif", photograph, info=raster.info_of(photograph, crs_wkt=WGS_84, geotransform=geotransform))
    tilewright.extract_chips("in.tif", "out", size_px=128)
    (chip_set,) = chip.read_chip_sets("out")
    features = json.loads(Path("out/chips.geojson").read_text())["features"]
    with Path("out/chips.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(features) == len(rows) == 4
    for one, feature, row in zip(chip_set.chips, features, rows, strict=True):
        w = one.window
        west, east = (12 + 0.001 * x for x in (w.x_px, w.x_px + 128))
        south, north = sorted(50 + geotransform[5] * y for y in (w.y_px, w.y_px + 128))
        (ring,) = feature["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        assert len(ring) == 5
        xs, ys = zip(*ring, strict=True)
        assert (min(xs), max(xs), min(ys), max(ys)) == pytest.approx((west, east, south, north))
        # Counter-clockwise, as RFC 7946 asks.
        assert sum(x * v - u * y for (x, y), (u, v) in pairwise(ring)) > 0
        assert feature["properties"]["chip"] == row["chip"] == f"{chip_set.folder}/{one.filename}"
        assert feature["properties"]["valid_fraction"] == float(row["valid_fraction"]) == 1
        numbers = row["footprint"].removeprefix("POLYGON ((").removesuffix("))").replace(",", "").split()
        assert list(map(float, numbers)) == pytest.approx([number for corner in ring for number in corner])
        world_file = Path("out", chip_set.folder, one.filename).with_suffix(".pgw")
        world = list(map(float, world_file.read_text().split()))
        assert world[4] == pytest.approx(12 + 0.001 * (w.x_px + 0.5))
        assert world[5] == pytest.approx(50 + geotransform[5] * (w.y_px + 0.5))
    table = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed").read_table("out/chips.parquet")
    for wkb, feature in zip(table["geometry"].to_pylist(), features, strict=True):
        (ring,) = feature["geometry"]["coordinates"]
        numbers = struct.unpack_from("<10d", wkb, 13)
        assert list(zip(numbers[::2], numbers[1::2], strict=True)) == [tuple(corner) for corner in ring]


def test_workers_share_a_round_and_the_report_writes_its_index(images, schemas):
    extract(annotators=2)
    names = [path for path in Path("out").rglob("*") if path.suffix in {".csv", ".geojson", ".json", ".png"}]
    alone = {path.relative_to("out"): path.read_bytes() for path in names if not path.name.startswith("batch_")}
    shutil.rmtree("out")
    for index in range(3):
        ran = run_command("in", "out", "--size", "128", "--annotators", "2", "--shard", f"{index}/3", "--plan", "plan")
        assert ran.returncode in {0, 1}, ran.stderr
        assert f"worker  {index} of 3" in ran.stdout
        assert "pyarrow" not in ran.stderr
    assert not Path("out/chips.csv").exists()
    shown = subprocess.run(
        [sys.executable, "-m", "tilewright", "report", "out"], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 1, "one image is none"
    assert re.search(r"^chips +12$", shown.stdout, re.MULTILINE)
    assert re.search(r"^annotators +01: \d+, 02: \d+$", shown.stdout, re.MULTILINE)
    assert "slice" not in shown.stdout
    assert {name: Path("out", name).read_bytes() for name in alone} == alone
    report = json.loads(Path("out/batch_report.json").read_text())
    schemas["batch_report"].validate(report)
    assert (report["outputs"], report["batch_summary"]["chips_written"]) == ("chips", 12)
    assert report["shards"] == 3
    for index in range(3):
        folder = batch.shard_folder("out", batch.Shard(index, 3))
        schemas["batch_report"].validate(json.loads((folder / "batch_report.json").read_text()))
    assert Path("out/chips.parquet").exists() == bool(importlib.util.find_spec("pyarrow"))


def test_the_page_counts_chips_by_folder_and_annotator(images):
    extract(annotators=2)
    page = Path("out/batch_report.html").read_text(encoding="utf-8")
    assert "12 chips" in page
    assert "annotator_02" in page
    assert "slice" not in page.lower()


def test_without_pyarrow_all_else_is_written(images, monkeypatch, caplog):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with caplog.at_level(logging.INFO, logger="tilewright.chip"):
        extract()
    assert "pyarrow is not installed" in caplog.text
    assert Path("out/chips.csv").is_file()
    assert not Path("out/chips.parquet").exists()


def test_a_pyarrow_that_cannot_be_loaded_stops_no_run(images, tmp_path):
    """As one that wants another NumPy than the one that is there."""
    (tmp_path / "broken/pyarrow").mkdir(parents=True)
    (tmp_path / "broken/pyarrow/__init__.py").write_text("raise ImportError('pyarrow requires NumPy 2.0 or newer')")
    command = [sys.executable, "-m", "tilewright", "chips", "in", "out", "--no-progress"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "broken")}
    ran = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert ran.returncode in {0, 1}, ran.stderr
    assert "no chips.parquet: pyarrow cannot be loaded: pyarrow requires NumPy 2.0 or newer" in ran.stderr
    assert Path("out/chips.csv").exists()


def test_an_index_can_be_written_anew(images):
    extract()
    Path("out/chips.csv").unlink()
    counts = chip.write_index("out", annotators=2)
    assert counts.chips == 12
    assert [name for name, _ in counts.annotators] == ["annotator_01", "annotator_02"]
    assert sum(n for _, n in counts.folders) == 12
    assert Path("out/chips.csv").is_file()


def test_a_plan_tells_what_would_be_done_and_does_nothing(images):
    plan = chip.plan_chips(ChipJob("in", "out", size_px=128))
    found = {str(image.source): image for image in plan.images}
    assert found["small.tif"].skip_reason == "image_too_small"
    assert isinstance(found["broken.tif"].error, tilewright.TilewrightError)
    assert found["cap-29792.tif"].chips == 4
    assert found["north/scene.tif"].name == "scene"
    assert found["south/scene.tiff"].name.startswith("scene-")
    assert json.loads(plan.to_json()) == plan.to_dict()
    assert not Path("out").exists()


def test_the_command_cuts_and_tells(images):
    done = run_command("in", "out", "--size", "128", "--annotators", "2")
    assert done.returncode == 1, "one image is none"
    assert "5 images: 3 done, 1 skipped, 1 failed" in done.stdout
    assert re.search(r"^chips +12$", done.stdout, re.MULTILINE)
    assert re.search(r"^folders .*09: \d+", done.stdout, re.MULTILINE)
    assert len(chip_files()) == 12
    told = json.loads(run_command("in", "out", "--size", "128", "--json").stdout)
    assert told["details"]["chips"] == 12
    plan = json.loads(run_command("in", "out", "--size", "128", "--prefix", "B", "--dry-run", "--json").stdout)
    assert plan["totals"]["found"] == 5
    refused = run_command("in", "out", "--size", "64", "--prefix", "B")
    assert refused.returncode == 2
    assert "could overlap" in refused.stderr
    assert run_command("in", "out", "--prefix", "a_b").returncode == 2
    assert run_command("none", "out").returncode == 2


def test_chips_without_data_are_drawn_again_then_skipped(folder, photograph):
    half = photograph[:1, :300, :600].copy()
    half[:, :, :300] = 0
    info = raster.info_of(half, band=[raster.BandInfo(color_interpretation="Gray", nodata=0.0)])
    Path("in").mkdir()
    raster.write("in/half.tif", half, info=info)
    options = ("--count", "2", "--size", "128", "--json")
    everything = run_command("in", "all", *options)
    assert everything.returncode == 0, everything.stderr
    assert json.loads(everything.stdout)["details"]["chips"] == 2
    some = run_command("in", "some", *options, "--max-nodata", "0.2")
    assert some.returncode == 0, some.stderr
    details = json.loads(some.stdout)["details"]
    assert (details["chips"], details["chips_skipped"]) == (1, 1)
    record = json.loads(Path("some/records/A_half.json").read_text())
    assert [chip["skipped"] for chip in record["chips"] if "skipped" in chip] == ["nodata"]
    for wrong in ("1.5", "-0.1", "half"):
        refused = run_command("in", "none", *options, "--max-nodata", wrong)
        assert refused.returncode == 2
        assert "--max-nodata" in refused.stderr
