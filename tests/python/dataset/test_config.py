# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from tilewright import InvalidArgumentError, NotFoundError
from tilewright.dataset import DatasetConfig, read_config
from tilewright.places import Url


def written(folder, text):
    (folder / "config.yaml").write_text(text)
    return folder / "config.yaml"


def test_reads_what_is_given_and_leaves_the_rest(folder):
    config = read_config(
        written(
            folder,
            """
data:
  manifest: gs://bucket/archives.txt
  hdf5_path: out/dataset.h5
  n_samples: null
  mean: [0.5, 0.5, 1]
  val_size: 0.2
  checkpoint_interval: 60
training: {learning_rate: 0.1}
""",
        )
    )
    assert config == DatasetConfig(
        manifest=Url("gs://bucket/archives.txt"),
        hdf5_path=Path("out/dataset.h5"),
        mean=(0.5, 0.5, 1.0),
        val_size=0.2,
        checkpoint_interval=60.0,
    )
    assert config.work_dir == Path("out/dataset.work")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data: [", "is no YAML"),
        ("- data", "has no section 'data'"),
        ("", "has no section 'data'"),
        ("data:", "has no section 'data'"),
        ("data: {hdf5path: a.h5}", "data.hdf5path: there is no such key; is hdf5_path meant?"),
        ("data: {7: a.h5}", "data.7: there is no such key"),
        ("data: {batch_size: yes}", "data.batch_size: must be an integer, but is True"),
        ("data: {batch_size: 1.5}", "data.batch_size: must be an integer, but is 1.5"),
        ("data: {batch_size: 0}", "data.batch_size: must be at least 1"),
        ("data: {batch_size: null}", "data.batch_size: must be an integer, but is None"),
        ("data: {model: 3}", "data.model: must be a text, but is 3"),
        ("data: {input_dir: 's3://bucket/x'}", "data.input_dir: must be a path of this machine, but is s3://bucket/x"),
        ("data: {mean: 0.5}", "data.mean: must be a list of numbers, but is 0.5"),
        ("data: {mean: [0.5, 0.5]}", "data.mean: must be three finite numbers"),
        ("data: {std: [0.5, 0, 1]}", "data.std: must be above 0"),
        ("data: {std: [0.5, .nan, 1]}", "data.std: must be three finite numbers"),
        ("data: {val_size: 0.5, test_size: 0.5}", "data.test_size: leaves nothing to train on"),
        ("data: {n_samples: 3, n_images: 3}", "data.n_images: excludes n_samples"),
        ("data: {provider: tpu}", "data.provider: must be auto, cpu or cuda"),
        ("data: {seed: -1}", "data.seed: must not be negative"),
    ],
)
def test_refuses_by_key(folder, text, message):
    with pytest.raises(InvalidArgumentError) as refused:
        read_config(written(folder, text))
    assert message in str(refused.value)
    assert str(refused.value).startswith(str(folder / "config.yaml"))


def test_a_file_that_is_not_there(folder):
    with pytest.raises(NotFoundError):
        read_config(folder / "none.yaml")
