# SPDX-License-Identifier: Apache-2.0
import json
import logging
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

import tilewright
from tilewright import batch, raster, tile
from tilewright.batch import BatchJob, BatchTesselator
from tilewright.layout import GridLayout


@pytest.fixture
def images(folder, photograph):
    """Three images to cut, one too small, one that is none, and a folder of JPEGs."""
    Path("in/sub").mkdir(parents=True)
    for name in ("a.tif", "sub/b.TIF", "sub/c.tiff"):
        raster.write(f"in/{name}", photograph)
    raster.write("in/small.tif", photograph[:, :50, :50])
    Path("in/broken.tif").write_bytes(b"no image")
    Path("in/jpegs").mkdir()
    Path("in/jpegs/one.jpg").write_bytes(b"\xff\xd8\xff")
    return Path("in")


def job(**fields):
    return BatchJob("in", "out", min_image_size=100, max_workers=2, **fields)


def test_fields_and_defaults_are_those_of_the_former_tool():
    known = BatchJob("in", "out")
    assert (known.input_dir, known.output_dir) == (Path("in"), Path("out"))
    assert (known.num_pieces, known.max_workers, known.min_image_size) == (8, 4, 1024)
    assert (known.skip_existing, known.resume_mode, known.log_level) == (True, True, "INFO")
    assert BatchJob("in", "out", 12, 6, 2048, False, False, "DEBUG").log_level == "DEBUG"
    with pytest.raises(TypeError, match="positional"):
        BatchJob("in", "out", 12, 6, 2048, False, False, "DEBUG", GridLayout(2, 2))
    with pytest.raises(TypeError, match="needs 'output_dir'"):
        BatchJob("in")
    with pytest.raises(tilewright.InvalidArgumentError, match="auto"):
        BatchJob("in", "out", format="jpeg")


def test_a_plan_tells_what_would_be_done_and_does_nothing(images):
    plan = batch.plan_batch(job(num_pieces=6))
    found = {str(image.source): image for image in plan.images}
    assert set(found) == {"a.tif", "sub/b.TIF", "sub/c.tiff", "small.tif", "broken.tif"}
    assert found["a.tif"].slices == 6
    assert found["a.tif"].info.shape == (3, 600, 800)
    assert found["small.tif"].skip_reason == "below_min_size"
    assert isinstance(found["broken.tif"].error, tilewright.TilewrightError)
    assert plan.slices == 18
    assert plan.raw_bytes == 3 * 3 * 600 * 800
    assert [name for name, _ in plan.skipped_folders] == ["jpegs"]
    assert json.loads(plan.to_json()) == plan.to_dict()
    assert not Path("out").exists()


def test_a_batch_counts_everything_it_found(images):
    outcomes, progress = [], []
    report = batch.run_batch(job(), on_progress=progress.append, on_outcome=outcomes.append)
    assert (report.done, report.skipped, report.failed, report.cancelled) == (3, 1, 1, 0)
    assert {o.key: o.status for o in outcomes} == {o.key: o.status for o in report.outcomes}
    failed = next(o for o in report.outcomes if o.status == "failed")
    assert (failed.key, failed.code) == ("broken.tif", "corrupt")
    assert failed.message
    assert next(o for o in report.outcomes if o.key == "a.tif").code is None
    assert progress[-1].done == 3
    assert progress[-1].total == 5
    assert not report.interrupted
    assert all(result.ok for result in tile.verify_folder("out"))


def test_a_report_is_a_mapping_with_the_former_keys(images):
    report = BatchTesselator(job()).run_batch()
    assert report["batch_summary"]["successfully_processed"] == 3
    assert dict(report).keys() == report.to_dict().keys()
    assert set(report.keys()) >= {"batch_summary", "configuration", "errors", "timestamp"}
    assert json.loads(Path("out/batch_report.json").read_text())["batch_summary"] == report["batch_summary"]


def test_a_second_run_does_nothing_again(images):
    batch.run_batch(job())
    before = {path: path.stat().st_mtime_ns for path in Path("out").rglob("slice_*")}
    report = batch.run_batch(job())
    assert report.done == 0
    assert {o.reason for o in report.outcomes if o.status == "skipped"} == {"already_exists", "below_min_size"}
    assert before == {path: path.stat().st_mtime_ns for path in Path("out").rglob("slice_*")}


def test_messages_go_to_the_logger(images, caplog):
    with caplog.at_level(logging.INFO, "tilewright.batch"):
        batch.run_batch(job())
    assert any("broken.tif" in record.message for record in caplog.records)


def test_an_error_in_a_callback_stops_the_batch_and_comes_out(images):
    class StopError(Exception):
        pass

    def stop(_):
        raise StopError("enough")

    with pytest.raises(StopError, match="enough"):
        batch.run_batch(job(), on_outcome=stop)
    report = batch.run_batch(job())
    assert report.done + report.skipped + report.failed == 5


def test_batches_run_in_any_thread(images):
    reports = []
    thread = threading.Thread(target=lambda: reports.append(batch.run_batch(job())))
    thread.start()
    thread.join()
    assert reports[0].done == 3


def test_jobs_that_can_never_work_are_refused(images):
    with pytest.raises(tilewright.InvalidArgumentError):
        batch.run_batch(job(num_pieces=0))
    with pytest.raises(tilewright.NotFoundError):
        batch.run_batch(BatchJob("nowhere", "out"))


def test_results_are_packed_beside_the_folder(images):
    batch.run_batch(job())
    archive = batch.zip_results("out")
    assert archive.resolve() == Path("out_results.zip").resolve()
    with zipfile.ZipFile(archive) as packed:
        assert packed.testzip() is None
        files = {str(path.relative_to("out")) for path in Path("out").rglob("*") if path.is_file()}
        assert set(packed.namelist()) == files
    assert not list(Path().glob(".*part"))


def test_options_are_in_the_slices(images):
    batch.run_batch(job(layout=GridLayout(2, 3), format="tiff", compression="small"))
    manifest = tile.read_manifest("out/a")
    assert len(manifest.slices) == 6
    assert {record.format for record in manifest.slices} == {"tiff"}
    assert np.array_equal(tile.reconstruct_array(manifest), raster.read("in/a.tif"))
