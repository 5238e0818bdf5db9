# SPDX-License-Identifier: Apache-2.0
"""Archives of every kind, whole: each file once, under its name, with its time."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tilewright.dataset import DatasetConfig, extract, extract_state
from tilewright.dataset import unpack as unpacking
from tilewright.dataset.extract import extract_status, extracted_contents
from tilewright.errors import CorruptError

from .archives import MTIME, PACKERS, members_of, tar_of, tree, zip_of

Configured = Callable[..., DatasetConfig]


def put(config: DatasetConfig, name: str, content: bytes, mtime: float | None = None) -> Path:
    path = config.raw_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if mtime is not None:
        os.utime(path, (mtime, mtime))
    return path


def below(folder: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": content for name, content in files.items()}


@pytest.mark.parametrize("packed", PACKERS)
@pytest.mark.parametrize("name", ["0075.tar", "0075.tar.gz", "0075.tgz", "0075.TXZ", "set/0075.zip", "0075"])
def test_the_content_tells_the_format(config_of: Configured, packed: str, name: str):
    config = config_of()
    files = members_of(75, 6)
    put(config, name, tar_of(files, packed))
    put(config, "Readme.txt", b"Read me.\n" * 200)
    report = extract(config)
    assert (report.found, report.done, report.kept, report.failed, report.damaged) == (2, 1, 1, {}, {})
    assert tree(config.input_dir) == below("0075", files)
    assert all(path.stat().st_mtime == MTIME for path in config.input_dir.rglob("*.jpg"))


def test_zip(config_of: Configured):
    config = config_of()
    files = members_of(3, 6)
    put(config, "0003.tar", zip_of(files))
    assert extract(config).done == 1
    assert tree(config.input_dir) == below("0003", files)


def test_extracted_twice(config_of: Configured):
    config = config_of()
    assert str(extract_status(config)) == "extract: complete (no archives)"
    assert extracted_contents(config) == {}
    for number in range(4):
        put(config, f"{number:04d}.tar", tar_of(members_of(number, 3)))
    assert str(extract_status(config)) == "extract: pending (0/4 archives, 0 files)"
    assert (extract_status(config).remaining, extract_status(config).unit) == (4, "archives")
    told = []
    assert extract(config, on_progress=lambda *args: told.append(args)).done == 4
    assert told[-1] == (4, 4, "archives")
    assert str(extract_status(config)) == "extract: complete (4 archives, 24 files)"
    times = {path: path.stat().st_ctime_ns for path in config.input_dir.rglob("*")}
    contents = extracted_contents(config)
    assert list(contents) == [f"{number:04d}.tar" for number in range(4)]
    assert len(set(contents.values())) == 4
    again = extract(config)
    assert (again.done, again.kept) == (0, 4)
    assert times == {path: path.stat().st_ctime_ns for path in config.input_dir.rglob("*")}
    assert extracted_contents(config) == contents


def test_the_content_is_known_by_its_fingerprint(config_of: Configured):
    """However it is packed, and whenever."""
    config = config_of()
    for packed in PACKERS:
        put(config, f"{packed}.tar", tar_of(members_of(1, 3), packed))
    put(config, "zip.zip", zip_of(members_of(1, 3)))
    put(config, "other.tar", tar_of({**members_of(1, 3), "0001/more.txt": b""}))
    extract(config)
    contents = extracted_contents(config)
    assert len(set(contents.values())) == 2
    assert contents["other.tar"] != contents["gzip.tar"]


def test_another_archive_of_the_name(config_of: Configured):
    """What was extracted of the one before does not stay."""
    config = config_of()
    put(config, "0001.tar", tar_of(members_of(1, 5)))
    extract(config)
    before = extracted_contents(config)
    put(config, "0001.tar", tar_of(members_of(1, 3)))
    assert extract_status(config).status == "pending"
    assert extracted_contents(config) == before
    assert extract(config).done == 1
    assert tree(config.input_dir) == below("0001", members_of(1, 3))
    assert extracted_contents(config) != before


def test_a_wiped_folder_is_extracted_again(config_of: Configured):
    config = config_of()
    put(config, "0001.tar", tar_of(members_of(1, 5)))
    extract(config)
    contents = extracted_contents(config)
    config.input_dir.rename(config.input_dir.with_name("away"))
    assert extracted_contents(config) == contents
    assert extract(config).done == 1
    assert extracted_contents(config) == contents


def test_files_that_somebody_extracted_are_not_trusted(config_of: Configured):
    config = config_of()
    files = members_of(1, 2)
    put(config, "0001.tar", tar_of(files))
    other = {name: bytes(len(content)) for name, content in files.items()}
    for name, content in other.items():
        (config.input_dir / "0001" / name).parent.mkdir(parents=True, exist_ok=True)
        (config.input_dir / "0001" / name).write_bytes(content)
    (config.input_dir / "0001/own.txt").write_text("mine")
    extract(config)
    assert tree(config.input_dir) == below("0001", {**files, "own.txt": b"mine"})


def test_archives_of_one_stem(config_of: Configured):
    config = config_of()
    for name in ("0003.tar", "0003.tar.gz", "deep/0004.tar", "0004.tar", "0005.tar"):
        put(config, name, tar_of(members_of(3, 1)))
    report = extract(config)
    assert (report.found, report.done, report.kept) == (5, 1, 0)
    assert report.failed["0003.tar"] == (
        "0003.tar and 0003.tar.gz would be extracted into one folder '0003'; rename one"
    )
    assert report.failed.keys() == {"0003.tar", "0003.tar.gz", "deep/0004.tar", "0004.tar"}
    assert not (config.input_dir / "0003").exists()
    status = extract_status(config)
    assert str(status) == "extract: in-progress (1/5 archives, 2 files)"
    assert (status.remaining, status.seconds_left is None) == (4, False)


def test_archives_of_a_manifest(config_of: Configured, tmp_path: Path):
    """Those it names, and no others; what is missing is failed."""
    names = ["set/0001.tar", "set/0002.tar", "Readme.txt"]
    config = config_of("".join(f"file://{tmp_path}/x\n\tout={name}\n" for name in names))
    put(config, "set/0001.tar", tar_of(members_of(1, 1)))
    put(config, "set/0003.tar", tar_of(members_of(3, 1)))
    put(config, "Readme.txt", b"Read me.\n")
    report = extract(config)
    assert (report.found, report.done, report.kept) == (3, 1, 1)
    assert report.failed == {"set/0002.tar": "it is not downloaded"}
    assert str(extract_status(config)) == "extract: in-progress (1/2 archives, 2 files)"


def test_unfinished_downloads_are_no_archives(config_of: Configured):
    config = config_of()
    content = tar_of(members_of(1, 1))
    for name in ("0001.tar.part", "0001.tar.part.json", ".0002.tar", ".hidden/0003.tar"):
        put(config, name, content)
    assert extract(config).found == 0


def test_images_below_the_folder_of_archives(config_of: Configured, tmp_path: Path):
    """An archive within an archive stays one."""
    config = DatasetConfig(raw_dir=tmp_path, input_dir=tmp_path / "in", hdf5_path=tmp_path / "d.h5")
    inner = tar_of(members_of(2, 1))
    put(config, "0001.tar", tar_of({"0001/0002.tar": inner}))
    extract(config)
    assert extract(config).found == 1
    assert tree(config.input_dir) == {"0001/0001/0002.tar": inner}


def test_a_record_of_what_is_gone_is_forgotten(config_of: Configured):
    config = config_of()
    for number in (1, 2, 3):
        put(config, f"000{number}.tar", tar_of(members_of(number, 1)))
    extract(config)
    (config.raw_dir / "0001.tar").unlink()
    (config.raw_dir / "0002.tar").unlink()
    (config.input_dir / "0001").rename(config.input_dir.with_name("away"))
    assert extracted_contents(config).keys() == {"0001.tar", "0002.tar", "0003.tar"}
    extract(config)
    assert extracted_contents(config).keys() == {"0002.tar", "0003.tar"}


def test_many_files_of_one_path(config_of: Configured):
    """The last one counts, as for tar, and for a run that goes on."""
    config = config_of()
    path = put(config, "0001.tar", tar_of({"a": b"one"}, "plain")[:1024] + tar_of({"a": b"two"}, "plain"))
    extract(config)
    assert tree(config.input_dir) == {"0001/a": b"two"}
    go_on(config, path)
    extract(config)
    assert tree(config.input_dir) == {"0001/a": b"two"}


def go_on(config: DatasetConfig, path: Path) -> None:
    """Make it so that a run goes on with an archive, as if it had been killed at its end."""
    record = next((config.work_dir / "extract").glob("*.json"))
    status = path.stat()
    told = f'{{"archive_bytes": {status.st_size}, "archive_mtime_ns": {status.st_mtime_ns}}}'
    record.with_suffix(".begun").write_text(told)


def test_a_run_that_goes_on_keeps_whole_files(config_of: Configured):
    config = config_of()
    files = members_of(1, 4)
    path = put(config, "0001.tar", tar_of(files))
    extract(config)
    contents = extracted_contents(config)
    images = sorted((config.input_dir / "0001").rglob("*.jpg"))
    images[0].unlink()
    images[1].write_bytes(b"short")
    (images[2].parent / ".tilewright.part").write_bytes(b"torn")
    times = {image: image.stat().st_ctime_ns for image in images[2:]}
    go_on(config, path)
    assert extract_status(config).status == "in-progress"
    assert extract(config).done == 1
    assert tree(config.input_dir) == below("0001", files)
    assert times == {image: image.stat().st_ctime_ns for image in images[2:]}
    assert extracted_contents(config) == contents


class FullDisk:
    """A file on a disk that is full after so many bytes."""

    def __init__(self, path: Path, room: list[int]) -> None:
        self.file = path.open("wb")
        self.room = room

    def __enter__(self) -> FullDisk:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def write(self, piece: bytes) -> int:
        self.room[0] -= len(piece)
        self.file.write(piece[: max(len(piece) + min(self.room[0], 0), 0)])
        if self.room[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return len(piece)


def test_a_full_disk(config_of: Configured, monkeypatch: pytest.MonkeyPatch):
    config = config_of(num_workers=1)
    for number in (1, 2):
        put(config, f"000{number}.tar", tar_of(members_of(number, 4)))
    room = [sum(len(content) for content in members_of(1, 4).values()) + 2000]
    with monkeypatch.context() as patched:
        patched.setattr(unpacking, "open_part", lambda path: FullDisk(path, room))
        report = extract(config)
    assert (report.done, list(report.failed)) == (1, ["0002.tar"])
    assert report.failed["0002.tar"].startswith(f"{config.input_dir}/0002/0002/0000002_")
    assert report.failed["0002.tar"].endswith(": cannot be written: the disk is full")
    assert not list(config.input_dir.rglob(".*"))
    expected = below("0001", members_of(1, 4)) | below("0002", members_of(2, 4))
    assert tree(config.input_dir).items() <= expected.items()
    assert extract_status(config).status == "in-progress"
    assert (extract(config).done, tree(config.input_dir)) == (1, expected)


def test_a_folder_that_nobody_may_write(config_of: Configured):
    config = config_of()
    put(config, "0001.tar", tar_of(members_of(1, 1)))
    config.input_dir.mkdir()
    (config.input_dir / "0001").write_text("a file")
    report = extract(config)
    assert "0001: cannot be a folder" in report.failed["0001.tar"]
    assert extract_status(config).remaining == 1


def test_an_archive_that_changes_while_it_is_read(config_of: Configured, monkeypatch: pytest.MonkeyPatch):
    config = config_of()
    path = put(config, "0001.tar", tar_of(members_of(1, 1)), mtime=1_000_000_000)

    def unpack_late(*args: Any, **options: Any) -> Any:
        result = unpacking.unpack(*args, **options)
        path.write_bytes(tar_of(members_of(1, 2)))
        return result

    with monkeypatch.context() as patched:
        patched.setattr(extract_state, "unpack", unpack_late)
        report = extract(config)
    assert report.failed == {"0001.tar": f"{path}: it changed while it was read"}
    assert extract(config).done == 1
    assert tree(config.input_dir) == below("0001", members_of(1, 2))


def test_a_damaged_record_is_told(config_of: Configured):
    config = config_of()
    put(config, "0001.tar", tar_of(members_of(1, 1)))
    extract(config)
    record = next((config.work_dir / "extract").glob("*.json"))
    for text in ("{", "[]", "{}"):
        record.write_text(text)
        with pytest.raises(CorruptError, match=re.escape(str(record))):
            extract(config)
        assert extract_status(config).status == "error"
