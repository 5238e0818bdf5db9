# SPDX-License-Identifier: Apache-2.0
import os

import h5py
import numpy as np
import onnxruntime as ort
import pytest

from tilewright import InvalidArgumentError, IoFailedError, NotFoundError, UnsupportedError, _core
from tilewright.dataset import embed, index
from tilewright.dataset.embed import embed_status
from tilewright.dataset.embedding_parts import EmbeddingParts
from tilewright.dataset.image_table import ImageTable
from tilewright.thumbnail import read_squares

from .made_dataset import lay_out
from .small_backbone import write_backbone

IMAGES = 30


@pytest.fixture
def config(config_of, tmp_path):
    """A dataset of 30 images with an index; batches of 4, flushed every 8."""
    config = config_of(model=write_backbone(tmp_path / "b.onnx"), batch_size=4, flush_interval=8, retries=2)
    lay_out(config.input_dir, {75: 18, 76: 12})
    index(config)
    return config


@pytest.fixture
def reads(monkeypatch):
    """The paths that were decoded, in lists of a call."""
    calls = []
    original = _core.read_squares

    def read(paths, options, workers):
        calls.append([str(path) for path in paths])
        return original(paths, options, workers)

    monkeypatch.setattr(_core, "read_squares", read)
    return calls


def paths_of(config):
    table = ImageTable.read(config.parquet_path)
    pairs = zip(table.texts("Subpath"), table.texts("Image filename"), strict=True)
    return [config.input_dir / folder / name for folder, name in pairs]


def values_of(config):
    with h5py.File(config.hdf5_path) as file:
        return {
            "embeddings": file["backbone_embeddings"][()],
            "mask": file["metadata/backbone_completed_mask"][()],
            "valid": file["images/valid_indices"][()],
            "unreadable": file["images/unreadable_indices"][()].tolist(),
            "reasons": file["images/unreadable_reasons"].asstr()[()].tolist(),
            "size": int(file.attrs["backbone_output_size"]),
        }


def test_embeddings_are_those_of_the_model(config):
    report = embed(config)
    assert (report.found, report.done, report.kept, report.failed, report.damaged) == (IMAGES, IMAGES, 0, {}, {})
    images, _ = read_squares(paths_of(config), 32)
    (expected,) = ort.InferenceSession(config.model).run(None, {"image": images})
    values = values_of(config)
    np.testing.assert_allclose(values["embeddings"], expected, rtol=1e-6)
    assert values["embeddings"].dtype == np.float32
    assert values["mask"].all()
    assert values["valid"].tolist() == list(range(IMAGES))
    assert values["size"] == 8
    assert embed_status(config, IMAGES).details == "30/30 rows complete"
    assert not list(config.work_dir.glob("embeddings-*"))


def test_again_decodes_nothing(config, reads):
    embed(config)
    reads.clear()
    report = embed(config)
    assert (report.done, report.kept) == (0, IMAGES)
    assert reads == []


def test_a_run_that_broke_off_decodes_only_what_is_missing(config, reads):
    class Broken(BaseException):
        pass

    flushes = []

    def break_off():
        flushes.append(1)
        if len(flushes) == 2:
            raise Broken

    with pytest.raises(Broken):
        embed(config, on_flush=break_off)
    status = embed_status(config, IMAGES)
    assert (status.status, status.details, status.remaining) == ("in-progress", "16/30 rows complete", 14)
    with h5py.File(config.hdf5_path) as file:
        assert "backbone_embeddings" not in file
    reads.clear()
    report = embed(config)
    assert (report.done, report.kept) == (14, 16)
    assert sum(map(len, reads)) == 14
    images, _ = read_squares(paths_of(config), 32)
    (expected,) = ort.InferenceSession(config.model).run(None, {"image": images})
    np.testing.assert_allclose(values_of(config)["embeddings"], expected, rtol=1e-6)


def test_damaged_images_are_masked_and_named(config):
    paths = paths_of(config)
    paths[3].write_bytes(paths[3].read_bytes()[:100])
    paths[29].write_bytes(b"no image")
    report = embed(config)
    assert report.complete
    assert set(report.damaged) == {str(paths[3]), str(paths[29])}
    values = values_of(config)
    assert np.flatnonzero(~values["mask"]).tolist() == values["unreadable"] == [3, 29]
    assert all(values["reasons"])
    assert not values["embeddings"][[3, 29]].any()
    assert values["valid"].tolist() == [row for row in range(IMAGES) if row not in (3, 29)]


def test_errors_that_pass_are_tried_again(config, monkeypatch):
    original = _core.read_squares
    failures = []

    def read(paths, options, workers):
        images, errors = original(paths, options, workers)
        if len(failures) < 2:
            failures.append(1)
            images[0] = 0
            errors[0] = IoFailedError(f"{paths[0]}: the disk is away", str(paths[0]))
        return images, errors

    monkeypatch.setattr(_core, "read_squares", read)
    monkeypatch.setattr("tilewright.dataset.image_loader._FIRST_WAIT_S", 0.0)
    assert embed(config).complete
    assert len(failures) == 2
    values = values_of(config)
    assert values["mask"].all()
    assert values["embeddings"].any(axis=1).all()


def test_errors_that_stay_leave_the_stage_incomplete(config, monkeypatch):
    monkeypatch.setattr("tilewright.dataset.image_loader._FIRST_WAIT_S", 0.0)
    paths = paths_of(config)
    content = paths[5].read_bytes()
    paths[5].unlink()
    report = embed(config)
    assert not report.complete
    assert list(report.failed) == [str(paths[5])]
    with h5py.File(config.hdf5_path) as file:
        assert "backbone_embeddings" not in file
    # The next run needs this one image only.
    paths[5].write_bytes(content)
    report = embed(config)
    assert (report.done, report.kept) == (1, IMAGES - 1)
    assert values_of(config)["mask"].all()


def test_a_torn_part_is_made_again(config):
    with pytest.raises(KeyboardInterrupt):
        embed(config, on_flush=lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    (part,) = config.work_dir.glob("embeddings-*/part-*.npz")
    part.write_bytes(part.read_bytes()[:200])
    assert embed(config).done == IMAGES
    assert values_of(config)["mask"].all()


def test_another_model_is_refused_until_rebuilt(config, tmp_path):
    embed(config)
    before = values_of(config)["embeddings"]
    write_backbone(tmp_path / "b.onnx", seed=2)
    with pytest.raises(InvalidArgumentError, match="changed since: the model's file. `--rebuild`"):
        embed(config)
    assert np.array_equal(values_of(config)["embeddings"], before)
    assert embed(config, rebuild=True).done == IMAGES
    assert not np.array_equal(values_of(config)["embeddings"], before)


def test_other_options_are_refused_with_what_they_were(config, config_of):
    embed(config)
    other = config_of(model=config.model, mean=(0.5, 0.5, 0.5))
    with pytest.raises(InvalidArgumentError, match=r"mean \(was \[0.485, 0.456, 0.406\], is \[0.5, 0.5, 0.5\]\)"):
        embed(other)


def test_splits_made_anew_keep_embeddings(config, config_of, reads):
    embed(config)
    before = values_of(config)["embeddings"]
    other = config_of(model=config.model, seed=7)
    index(other, rebuild=True)
    reads.clear()
    assert embed(other).kept == IMAGES
    assert reads == []
    assert np.array_equal(values_of(config)["embeddings"], before)


def test_no_index_and_no_model(config_of, tmp_path):
    config = config_of(model=tmp_path / "none.onnx")
    with pytest.raises(NotFoundError, match="there is no index yet"):
        embed(config)
    lay_out(config.input_dir, {1: 3})
    index(config)
    with pytest.raises(NotFoundError, match="there is no such model"):
        embed(config)
    with pytest.raises(InvalidArgumentError, match="data.model: is needed"):
        embed(config_of())
    (tmp_path / "none.onnx").write_bytes(b"no model")
    with pytest.raises(UnsupportedError, match="onnxruntime cannot load it"):
        embed(config)


@pytest.mark.parametrize(
    ("made", "options", "message"),
    [
        ({"flat": False}, {}, r"gives \[2, 8, 1, 1\] for 2 images, not \(image, number\)"),
        ({}, {"image_size": 64}, "data.image_size: is 64, but .* takes 32"),
        ({}, {"input_name": "x"}, "has no input 'x'; it has image"),
        ({"metadata": {"mean": [1, 2]}}, {}, "its metadata's mean is '.1, 2.', not three numbers"),
        ({"metadata": {"std": "x"}}, {}, "its metadata's std is"),
    ],
)
def test_models_that_do_not_fit(config, config_of, made, options, message):
    write_backbone(config.model, **made)
    with pytest.raises((InvalidArgumentError, UnsupportedError), match=message):
        embed(config_of(model=config.model, **options))


@pytest.mark.filterwarnings("ignore::UserWarning")  # onnxruntime's, about the same
@pytest.mark.parametrize(
    ("there", "message"),
    [
        (["CPUExecutionProvider"], "this onnxruntime has no CUDA; install onnxruntime-gpu"),
        (["CUDAExecutionProvider", "CPUExecutionProvider"], "CUDA cannot be used here"),
    ],
)
def test_a_cuda_that_is_not_there_is_refused(config, config_of, monkeypatch, there, message):
    if "CUDAExecutionProvider" in ort.get_available_providers():
        pytest.skip("this onnxruntime has CUDA")
    monkeypatch.setattr(ort, "get_available_providers", lambda: there)
    with pytest.raises(UnsupportedError, match=message):
        embed(config_of(model=config.model, provider="cuda"))
    assert embed(config_of(model=config.model, provider="auto")).done == IMAGES


def test_the_model_says_how_it_wants_its_images(config, config_of, tmp_path):
    told = {"image_size": 48, "mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6]}
    write_backbone(tmp_path / "b.onnx", size_px=None, metadata=told, batch=4)
    embed(config_of(model=config.model, batch_size=7))
    images, _ = read_squares(paths_of(config), 48, mean=told["mean"], std=told["std"])
    session = ort.InferenceSession(config.model)
    expected = [session.run(None, {"image": images[first : first + 4]})[0] for first in range(0, 28, 4)]
    np.testing.assert_allclose(values_of(config)["embeddings"][:28], np.concatenate(expected), rtol=1e-6)


def test_numbers_that_are_none_are_masked(config, monkeypatch):
    monkeypatch.setattr(
        "tilewright.dataset.backbone.Backbone.embed",
        lambda self, images: np.full((len(images), self.output_size), np.nan, np.float32),
    )
    report = embed(config)
    assert set(report.damaged.values()) == {"the model gives no finite numbers for it"}
    assert not values_of(config)["mask"].any()


def test_parts_in_any_order_give_all_rows(tmp_path):
    random = np.random.default_rng(3)
    rows = random.permutation(40_000)
    embeddings = random.standard_normal((40_000, 3)).astype(np.float32)
    parts = EmbeddingParts(tmp_path / "parts", 40_000)
    for some in np.array_split(rows[:-7], 23):
        parts.add(np.sort(some), embeddings[np.sort(some)], {})
    parts.add(np.empty(0, np.int64), np.empty((0, 0), np.float32), {int(row): "why" for row in rows[-7:]})
    again = EmbeddingParts(tmp_path / "parts", 40_000)
    assert again.done.all()
    assert again.unreadable == dict.fromkeys(rows[-7:].tolist(), "why")
    embeddings[rows[-7:]] = 0
    for first, block in again.blocks(3):
        np.testing.assert_array_equal(block, embeddings[first : first + len(block)])


def test_what_is_left_is_reckoned_by_what_was_done(tmp_path):
    parts = EmbeddingParts(tmp_path / "parts", 100)
    assert parts.seconds_for(40) is None
    for number in range(3):
        rows = np.arange(20 * number, 20 * number + 20)
        parts.add(rows, np.ones((20, 2), np.float32), {})
    for number, path in enumerate(sorted((tmp_path / "parts").iterdir())):
        os.utime(path, (1000 + 5 * number, 1000 + 5 * number))
    # Those after the first were 40 rows in 10 s.
    assert parts.seconds_for(40) == pytest.approx(10)
