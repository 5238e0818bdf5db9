# SPDX-License-Identifier: Apache-2.0
"""Archives that are cut off, flipped, malformed or malicious: what is readable is kept, and the rest is told."""

from __future__ import annotations

import gzip
import io
import os
import random
import stat
import tarfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilewright.dataset import DatasetConfig, extract
from tilewright.dataset.extract import extract_status
from tilewright.dataset.unpack import unpack

from .archives import PACKERS, members_of, tar_of, tree, zip_of

Configured = Callable[..., DatasetConfig]
FILES = members_of(4, 12)
PLAIN = tar_of(FILES, "plain")


def put(config: DatasetConfig, name: str, content: bytes) -> None:
    config.raw_dir.mkdir(parents=True, exist_ok=True)
    (config.raw_dir / name).write_bytes(content)


def unpacked(content: bytes) -> tuple[dict[str, bytes], str]:
    """Unpack an archive; gives the files, and what is wrong."""
    with TemporaryDirectory() as folder:
        archive = Path(folder) / "archive"
        archive.write_bytes(content)
        result = unpack(archive, Path(folder) / "out", threading.Event())
        files = tree(Path(folder) / "out")
        assert result.files == result.written == len(files)
        return files, "; ".join(result.damage)


def ends() -> dict[str, int]:
    """Give where each member's data end in the plain archive."""
    with tarfile.open(fileobj=io.BytesIO(PLAIN)) as archive:
        return {member.name: member.offset_data + member.size for member in archive if member.isfile()}


def whole_before(size: int) -> dict[str, bytes]:
    """Give the files that end within the first bytes of the plain archive."""
    return {name: FILES[name] for name, end in ends().items() if end <= size}


@given(st.integers(0, len(PLAIN) - 1025))
def test_a_plain_archive_cut_off_anywhere(size: int):
    files, damage = unpacked(PLAIN[:size])
    assert files == whole_before(size)
    assert damage


@given(st.data())
def test_a_gzip_archive_cut_off_anywhere(data: st.DataObject):
    packed = gzip.compress(PLAIN, 9, mtime=0)
    size = data.draw(st.integers(0, len(packed) - 1))
    files, damage = unpacked(packed[:size])
    # As much as zlib makes of these bytes, to the last.
    readable = len(gunzipped(packed[:size]))
    assert files == whole_before(readable)
    assert damage


def gunzipped(packed: bytes) -> bytes:
    import zlib

    unpacker = zlib.decompressobj(31)
    return unpacker.decompress(packed) + unpacker.flush()


@given(st.sampled_from(["bzip2", "xz"]), st.floats(0, 1, exclude_max=True))
def test_other_packed_archives_cut_off_anywhere(packed: str, part: float):
    content = PACKERS[packed](PLAIN)
    files, damage = unpacked(content[: int(part * len(content))])
    assert files.items() <= FILES.items()
    assert damage


@given(st.data())
def test_a_flipped_byte_anywhere(data: st.DataObject):
    """Whatever it does: nothing crashes, and what is there of another content was told to be in doubt."""
    packed = bytearray(gzip.compress(PLAIN, 9, mtime=0))
    at = data.draw(st.integers(10, len(packed) - 1))
    packed[at] ^= 1 << data.draw(st.integers(0, 7))
    files, damage = unpacked(bytes(packed))
    assert damage or files == FILES


def test_of_members_with_one_name_the_last_stays_and_is_one_file():
    older = {name: data[::-1] for name, data in list(FILES.items())[:3]}
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, data in (*older.items(), *FILES.items()):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    assert unpacked(content.getvalue()) == (FILES, "")


@given(st.data())
def test_a_flipped_byte_of_a_plain_archive(data: st.DataObject):
    content = bytearray(PLAIN)
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    files, _ = unpacked(bytes(content))
    # One header, or one file's data, or nothing.
    assert len(FILES.items() - files.items()) <= 1


def test_a_crc_error(config_of: Configured):
    """As nine of the real archives have one: all is kept, and it is told."""
    packed = bytearray(gzip.compress(PLAIN, mtime=0))
    packed[-8] ^= 1
    config = config_of()
    put(config, "0004.tar", bytes(packed))
    report = extract(config)
    assert (report.done, report.failed) == (1, {})
    assert report.damaged == {"0004.tar": "CRC error in the gzip data: incorrect data check; 24 files are kept"}
    assert tree(config.input_dir / "0004") == FILES
    assert str(extract_status(config)) == "extract: complete (1 archives, 24 files, 1 damaged)"
    again = extract(config)
    assert (again.kept, again.damaged, again.complete) == (1, report.damaged, True)


def test_what_is_packed_behind_a_crc_error_is_kept():
    middle = ends()["0004/0000004_0001003_0000000_0000001.txt"]
    first = bytearray(gzip.compress(PLAIN[:middle], mtime=0))
    for at, said in ((-5, "data check"), (-1, "length check")):
        damaged = bytearray(first)
        damaged[at] ^= 1
        files, damage = unpacked(bytes(damaged) + bytes(512) + gzip.compress(PLAIN[middle:]))
        assert files == FILES
        assert damage == f"CRC error in the gzip data: incorrect {said}"


def test_flipped_in_the_middle_of_gzip_data():
    """What is unpacked of the bytes before is kept, to the last file."""
    packed = bytearray(gzip.compress(PLAIN, mtime=0))
    at = len(packed) // 2
    packed[at : at + 400] = random.Random(1).randbytes(400)
    files, damage = unpacked(bytes(packed))
    sure = whole_before(len(gunzipped(bytes(packed[: at - 64]))))
    assert len(sure) > 8
    assert sure.items() <= files.items()
    assert "gzip" in damage


def test_a_malformed_header():
    """As archive 0069 has one: the members behind it are found."""
    name = "0004/0000004_0001003_0000000_0000001.jpg"
    with tarfile.open(fileobj=io.BytesIO(PLAIN)) as archive:
        header = archive.getmember(name).offset
    for spoiled in (random.Random(1).randbytes(512), bytes(512), PLAIN[header : header + 148] + b"x" * 364):
        content = PLAIN[:header] + spoiled + PLAIN[header + 512 :]
        files, damage = unpacked(tar_packed(content))
        assert files == {path: data for path, data in FILES.items() if path != name}
        assert "a header is malformed" in damage or "zeros, where it should end" in damage


def test_the_last_header_is_missing():
    name = list(FILES)[-1]
    with tarfile.open(fileobj=io.BytesIO(PLAIN)) as archive:
        header = archive.getmember(name).offset
    for spoiled in (bytes(512), b"x" * 512):
        files, damage = unpacked(PLAIN[:header] + spoiled + PLAIN[header + 512 :])
        assert files == {path: data for path, data in FILES.items() if path != name}
        assert damage


def tar_packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def test_no_end_mark():
    files, damage = unpacked(PLAIN.rstrip(b"\0") + bytes(-len(PLAIN.rstrip(b"\0")) % 512))
    assert files == FILES
    assert damage == "its end mark is missing: members may be, too"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Not found</html>",
        b"\x1f\x8b",
        tar_packed(b""),
        tar_packed(PLAIN)[:600],
        b"PK\x03\x04",
        b"x" * 9999,
    ],
    ids=["empty", "a page", "gzip's magic", "gzip of nothing", "a gzip's head", "zip's magic", "text"],
)
def test_nothing_can_be_read(config_of: Configured, content: bytes):
    """An archive by its name is failed, not done, and tried again."""
    config = config_of()
    put(config, "0001.tar", content)
    put(config, "0002.tar", tar_packed(PLAIN))
    for _ in range(2):
        report = extract(config)
        assert list(report.failed) == ["0001.tar"]
        assert "nothing of it can be read: " in report.failed["0001.tar"]
        assert not report.complete
    assert tree(config.input_dir) == {f"0002/{name}": data for name, data in FILES.items()}
    assert extract_status(config).status == "in-progress"


def test_an_archive_of_nothing(config_of: Configured):
    config = config_of()
    put(config, "0001.tar", tar_of({}))
    report = extract(config)
    assert (report.done, report.failed, report.damaged) == (1, {}, {})


def evil(*members: tuple[str, bytes, str]) -> bytes:
    """Make an archive of members of a kind: name, type, link."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, kind, link in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            data = b"evil" if kind == tarfile.REGTYPE else b""
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        info = tarfile.TarInfo("good.txt")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"good"))
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "kind", "link", "reason"),
    [
        ("../evil", tarfile.REGTYPE, "", "leads out of the folder"),
        ("a/../../evil", tarfile.REGTYPE, "", "leads out of the folder"),
        ("a/..", tarfile.DIRTYPE, "", "leads out of the folder"),
        ("/tmp/evil", tarfile.REGTYPE, "", "is absolute"),
        ("link", tarfile.SYMTYPE, "/etc", "it is a link"),
        ("link", tarfile.SYMTYPE, "good.txt", "it is a link"),
        ("link", tarfile.LNKTYPE, "good.txt", "it is a link"),
        ("null", tarfile.CHRTYPE, "", "it is a device"),
        ("disk", tarfile.BLKTYPE, "", "it is a device"),
        ("pipe", tarfile.FIFOTYPE, "", "it is a pipe"),
        (".tilewright.part", tarfile.REGTYPE, "", "no file can have such a name"),
        ("x" * 300, tarfile.REGTYPE, "", "File name too long"),
    ],
)
def test_members_that_are_refused(config_of: Configured, name: str, kind: bytes, link: str, reason: str):
    config = config_of()
    put(config, "0001.tar", evil((name, kind, link)))
    report = extract(config)
    assert (report.done, report.failed) == (1, {})
    assert report.damaged["0001.tar"].startswith(f"1 member is not extracted: {name}: ")
    assert reason in report.damaged["0001.tar"]
    assert tree(config.input_dir) == {"0001/good.txt": b"good"}
    assert not list(config.input_dir.parent.rglob("evil"))


def test_a_file_is_no_folder(config_of: Configured):
    config = config_of()
    put(config, "0001.tar", evil(("good.txt/x", tarfile.REGTYPE, "")))
    put(config, "0002.tar", evil(("x", tarfile.REGTYPE, ""), ("x/y", tarfile.REGTYPE, ""), ("x", tarfile.DIRTYPE, "")))
    report = extract(config)
    assert tree(config.input_dir) == {"0001/good.txt/x": b"evil", "0002/x": b"evil", "0002/good.txt": b"good"}
    assert "good.txt: it cannot be written: Is a directory" in report.damaged["0001.tar"]
    assert "2 members are not extracted: x/y" in report.damaged["0002.tar"]


def test_a_link_that_is_there_leads_nowhere(config_of: Configured, tmp_path: Path):
    """One that somebody made in the folder before."""
    config = config_of()
    (tmp_path / "outside").mkdir()
    (config.input_dir / "0001").mkdir(parents=True)
    (config.input_dir / "0001/a").symlink_to(tmp_path / "outside")
    (config.input_dir / "0001/good.txt").symlink_to(tmp_path / "outside/other")
    put(config, "0001.tar", evil(("a/evil", tarfile.REGTYPE, "")))
    report = extract(config)
    assert "1 member is not extracted: a/evil" in report.damaged["0001.tar"]
    assert list((tmp_path / "outside").iterdir()) == []
    assert (config.input_dir / "0001/good.txt").read_bytes() == b"good"


def test_many_refused_members_are_counted(config_of: Configured):
    config = config_of()
    put(config, "0001.tar", evil(*((f"../{number}", tarfile.REGTYPE, "") for number in range(100))))
    told = extract(config).damaged["0001.tar"]
    assert told.startswith("100 members are not extracted: ../0: ")
    assert told.endswith(", and 95 more; 1 file is kept")


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_foreign_names(form: int):
    files = {
        f"{'d' * 90}/{'e' * 60}/{'f' * 90}.txt": b"long",
        "0001/Straße \N{SNOWMAN}.txt": b"text",
        "0001/\udcff.txt": b"no text",
        f"x/{'y' * (30 if form == tarfile.USTAR_FORMAT else 200)}": b"z" * 5000,
    }
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=form, encoding="utf-8", errors="surrogateescape") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = 1_400_000_000.25 if form == tarfile.PAX_FORMAT else 1_400_000_000
            archive.addfile(info, io.BytesIO(data))
    assert unpacked(content.getvalue()) == (files, "")


def test_zip_with_damaged_members():
    content = bytearray(zip_of(FILES))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        hurt = [archive.infolist()[at] for at in (3, 7)]
    for member in hurt:
        content[member.header_offset + 30 + len(member.filename) + member.compress_size // 2] ^= 0xFF
    files, damage = unpacked(bytes(content))
    assert files == {name: data for name, data in FILES.items() if name not in [member.filename for member in hurt]}
    assert damage.startswith(f"2 members are not extracted: {hurt[0].filename}: ")


def test_zip_with_members_that_are_refused():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in ("../evil", "/evil", "good.txt"):
            archive.writestr(name, "content")
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        pipe = zipfile.ZipInfo("pipe")
        pipe.external_attr = (stat.S_IFIFO | 0o666) << 16
        archive.writestr(pipe, "")
        archive.mkdir("folder") if hasattr(archive, "mkdir") else archive.writestr("folder/", "")
    files, damage = unpacked(content.getvalue())
    assert files == {"good.txt": b"content"}
    assert damage.startswith("4 members are not extracted: ")
    for told in ("../evil: its path leads out", "/evil: its path is absolute", "link: it is a link", "pipe: it is a"):
        assert told in damage


@given(st.floats(0, 1, exclude_max=True), st.sampled_from([False, True]))
def test_a_zip_cut_off_anywhere(part: float, streamed: bool):
    """Its list of members, at the end, is gone: the members tell of themselves."""
    content = streamed_zip() if streamed else zip_of(FILES)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        after = {
            member.filename: member.header_offset + 30 + len(member.filename) + member.compress_size
            for member in archive.infolist()
        }
    size = int(part * len(content))
    files, damage = unpacked(content[:size])
    # Behind the data of what was written to a pipe, 16 bytes tell size and CRC.
    assert files == {name: FILES[name] for name, end in after.items() if end + 16 * streamed <= size}
    assert damage


def streamed_zip() -> bytes:
    """Make a zip as programs write it to a pipe: each member's sizes stand behind it."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    return pipe.getvalue()


def test_no_file_is_left_open():
    """However an archive ends."""
    opened = len(os.listdir("/proc/self/fd"))
    for content in (PLAIN, tar_packed(PLAIN)[:5000], zip_of(FILES), zip_of(FILES)[:5000], b""):
        unpacked(content)
    assert len(os.listdir("/proc/self/fd")) == opened
