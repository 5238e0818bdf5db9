# SPDX-License-Identifier: Apache-2.0
"""Every file that a batch writes is known to the documents, and every JSON file fits its schema."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tilewright import batch, layout, raster
from tilewright.batch import BatchJob

RANDOM = np.random.default_rng(7)
HEIGHT, WIDTH = 61, 83
TYPES = [
    "uint8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64", "complex64", "complex128",
]  # fmt: skip
TRANSVERSE_MERCATOR = (
    'PROJCS["tm",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],'
    'UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],'
    'PARAMETER["central_meridian",9],PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],'
    'PARAMETER["false_northing",0],UNIT["metre",1]]'
)


def samples(bands, dtype):
    values = RANDOM.normal(0, 1000, (bands, HEIGHT, WIDTH))
    if np.dtype(dtype).kind in "ui":
        return values.astype(np.int64).astype(dtype)
    return values.astype(dtype)


def write_rich_images(folder):
    """One image for each thing that a manifest may have to tell."""
    elevation = samples(1, np.float32)
    elevation[:, :, :9] = np.nan
    band = raster.BandInfo(
        color_interpretation="Gray", nodata=float("nan"), unit="m", scale=0.5, offset=-3.0, description="Höhe",
        categories=["water", "land"], metadata={"": {"SENSOR": "lidar"}},
    )  # fmt: skip
    raster.write(
        folder / "elevation.tif",
        elevation,
        info=raster.info_of(
            elevation,
            band=[band],
            crs_wkt=TRANSVERSE_MERCATOR,
            geotransform=(412000.0, 0.5, 0.0, 5655000.0, 0.0, -0.5),
            metadata={"": {"AREA_OR_POINT": "Area", "FLOWN": "2024-06-01"}},
        ),
    )
    points = [
        raster.GroundControlPoint(id=str(i), column_px=x, row_px=y, x=9.0 + x / 1000, y=50.0 - y / 1000)
        for i, (x, y) in enumerate([(0.0, 0.0), (80.5, 0.0), (0.0, 60.0), (80.0, 60.25)])
    ]
    grey = samples(1, np.uint16)
    raster.write(folder / "gcps.tif", grey, info=raster.info_of(grey, gcps=points, gcp_crs_wkt=TRANSVERSE_MERCATOR))
    classes = RANDOM.integers(0, 3, (1, HEIGHT, WIDTH)).astype(np.uint8)
    palette = [raster.ColorEntry(1, 2, 3, 255), raster.ColorEntry(9, 9, 9, 0), raster.ColorEntry(255, 255, 255, 255)]
    raster.write(
        folder / "palette.tif",
        classes,
        info=raster.info_of(
            classes, band=[raster.BandInfo(color_interpretation="Palette", color_table=palette, nodata=2)]
        ),
    )
    one_bit = (classes > 1).astype(np.uint8)
    raster.write(
        folder / "one_bit.tif",
        one_bit,
        info=raster.info_of(one_bit, band=[raster.BandInfo(color_interpretation="Gray", bits_per_sample=1)]),
    )
    raster.write(folder / "masked.tif", samples(3, np.uint8), mask=classes[0] > 0)
    Image.fromarray(grey[0].astype(np.uint8)).save(
        folder / "pages.tif",
        save_all=True,
        append_images=[Image.fromarray(classes[0])],
        icc_profile=b"not a profile that anybody can use",
        description="latin: \xe9".encode("latin-1"),
        dpi=(300, 300),
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A folder as people have them: many kinds of images, some that cannot be cut, JPEGs of a phone."""
    folder = tmp_path_factory.mktemp("archive") / "in"
    for name in ("types", "rich", "phone", "more/odd names"):
        (folder / name).mkdir(parents=True)
    for dtype in TYPES:
        for bands in (1, 3, 4):
            raster.write(folder / "types" / f"{dtype}_{bands}.tif", samples(bands, dtype))
    write_rich_images(folder / "rich")
    raster.write(folder / "more" / "small.TIFF", np.zeros((3, 10, 200), np.uint8))
    raster.write(folder / "more" / "odd names" / "Übersicht\n1.tif", samples(3, np.uint8))
    raster.write(folder / "plain.tif", samples(1, np.uint8))
    (folder / "plain.tif").rename(folder / os.fsdecode(b"latin-\xe9.tif"))
    whole = (folder / "types" / "uint16_3.tif").read_bytes()
    (folder / "more" / "half.tif").write_bytes(whole[: len(whole) // 2])
    (folder / "more" / "empty.tif").write_bytes(b"")
    (folder / "more" / "gone.tif").symlink_to("nowhere.tif")
    Image.fromarray(np.zeros((50, 60, 3), np.uint8)).save(folder / "phone" / "IMG_1.jpg")
    return folder


def job(folder, output, **fields):
    return BatchJob(folder, output, min_image_size=20, **fields)


#: What docs/reference/files.md and docs/guide/lossless.md name.
KNOWN = re.compile(
    r"metadata\.json|batch_(metadata|report|state)\.json|journal\.jsonl|batch_processing\.log|batch_report\.html"
    r"|slice_\d+_\d+_\d+_\d+_\d+\.(png|tif|pgw)"
)


def expect_valid(output, schemas):
    """Hold each file below a folder to its schema; give how many of each there were."""
    counted = {}
    for path in output.rglob("*"):
        if not path.is_file() or path.name.startswith("."):
            continue
        assert KNOWN.fullmatch(path.name), f"{path} is a file that no document names"
        counted[path.name] = counted.get(path.name, 0) + 1
        if path.suffix == ".json":
            schemas[path.stem].validate(json.loads(path.read_text(encoding="utf-8")))
        elif path.suffix == ".jsonl":
            for line in path.read_text(encoding="utf-8").splitlines():
                schemas["journal"].validate(json.loads(line))
    return counted


CASES = [
    (layout.PiecesLayout(7), "auto"),
    (layout.GridLayout(2, 3), "copy"),
    (layout.TilesLayout(40, 30, overlap_px=5, edge="partial"), "tiff"),
    (layout.TilesLayout(40, 30, overlap_px=5, edge="shift"), "auto"),
    (layout.TilesLayout(40, 30, edge="pad"), "tiff"),
    (layout.StripsLayout(3, direction="horizontal"), "copy"),
    (layout.StripsLayout(3, direction="vertical"), "auto"),
]


@pytest.mark.parametrize(("chosen", "format"), CASES, ids=lambda part: str(part).partition("(")[0])
def test_every_file_fits_its_schema(archive, tmp_path, schemas, chosen, format):
    report = batch.run_batch(job(archive, tmp_path / "out", layout=chosen, format=format, pages="all"))
    assert {outcome.key for outcome in report.outcomes if outcome.status == "failed"} == {
        "more/empty.tif", "more/gone.tif", "more/half.tif",
    }  # fmt: skip
    assert [outcome.key for outcome in report.outcomes if outcome.status == "skipped"] == ["more/small.TIFF"]
    counted = expect_valid(tmp_path / "out", schemas)
    assert counted["metadata.json"] == counted["batch_metadata.json"] == report.done
    assert report.done == len(TYPES) * 3 + 7 + 2
    for name in ("batch_report.json", "batch_state.json", "journal.jsonl", "batch_report.html", "batch_processing.log"):
        assert counted[name] == 1, name


def test_files_of_a_second_and_of_a_stopped_run_fit_too(archive, tmp_path, schemas):
    class StopError(Exception):
        pass

    def stop(_):
        raise StopError

    with pytest.raises(StopError):
        batch.run_batch(job(archive, tmp_path / "out", max_workers=1), on_outcome=stop)
    expect_valid(tmp_path / "out", schemas)
    stopped = json.loads((tmp_path / "out" / "batch_report.json").read_text())
    assert stopped["interrupted"] is True
    assert stopped["batch_summary"]["cancelled"] > 0
    for _ in range(2):
        batch.run_batch(job(archive, tmp_path / "out"))
        expect_valid(tmp_path / "out", schemas)


def test_files_of_an_empty_folder_and_of_a_single_image_fit_too(archive, tmp_path, schemas):
    (tmp_path / "empty").mkdir()
    batch.run_batch(job(tmp_path / "empty", tmp_path / "nothing"))
    assert expect_valid(tmp_path / "nothing", schemas)["batch_report.json"] == 1
    batch.run_batch(job(archive / "rich" / "palette.tif", tmp_path / "one"))
    assert expect_valid(tmp_path / "one", schemas)["metadata.json"] == 1


def test_the_original_tool_s_keys_stand_where_they_stood(archive, tmp_path):
    """The keys of the tool that came before, and their order in the manifest."""
    batch.run_batch(job(archive / "types", tmp_path / "out"))
    manifest = json.loads((tmp_path / "out" / "uint8_3" / "metadata.json").read_text())
    assert list(manifest)[:4] == ["original_image", "cut_parameters", "slices", "total_slices"]
    assert list(manifest["original_image"]) == ["path", "width", "height"]
    assert list(manifest["cut_parameters"]) == [
        "slice_width", "slice_height", "type", "requested_pieces", "actual_pieces", "optimal_grid",
    ]  # fmt: skip
    first = ["index", "filename", "x", "y", "width", "height", "x_end", "y_end", "cut_type"]
    assert all(list(piece)[: len(first)] == first for piece in manifest["slices"])
    assert [piece["index"] for piece in manifest["slices"]] == list(range(manifest["total_slices"]))

    with_batch = json.loads((tmp_path / "out" / "uint8_3" / "batch_metadata.json").read_text())
    info = with_batch.pop("batch_info")
    assert with_batch == manifest
    assert list(info) == ["original_path", "relative_path", "processed_at", "processing_time", "batch_config"]
    fields = [
        "input_dir", "output_dir", "num_pieces", "max_workers", "min_image_size", "skip_existing", "resume_mode",
        "log_level",
    ]  # fmt: skip
    state = json.loads((tmp_path / "out" / "batch_state.json").read_text())
    report = json.loads((tmp_path / "out" / "batch_report.json").read_text())
    for configuration in (info["batch_config"], state["config"], report["configuration"]):
        assert list(configuration)[: len(fields)] == fields
    assert {"processed_files", "stats", "config", "timestamp"} <= state.keys()
    assert Path(info["original_path"]).name == info["relative_path"] == "uint8_3.tif"
