# SPDX-License-Identifier: Apache-2.0
"""The command line as a person or script meets it: a process, its output and its exit code."""

import contextlib
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest

from tilewright import raster
from tilewright.cli.progress import told


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "tilewright", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.fixture
def dataset(tmp_path):
    """Two good images, a small one, a broken one, a folder of JPEGs."""
    random = np.random.default_rng(1)
    folder = tmp_path / "in"
    (folder / "a").mkdir(parents=True)
    (folder / "jpegs").mkdir()
    raster.write(folder / "a" / "photo.tif", random.integers(0, 255, (3, 300, 400), np.uint8))
    raster.write(folder / "a" / "elevation.tif", random.normal(size=(1, 260, 270)).astype(np.float32))
    raster.write(folder / "small.tif", np.zeros((1, 20, 20), np.uint8))
    (folder / "broken.tif").write_bytes(b"II*\0")
    (folder / "jpegs" / "x.jpg").write_bytes(b"")
    return folder


def test_a_batch_counts_everything_and_fails_for_the_broken_one(dataset, tmp_path):
    done = run("tesselate", dataset, tmp_path / "out", "--min-size", "100", "--json")
    assert done.returncode == 1, done.stderr
    summary = json.loads(done.stdout)["batch_summary"]
    assert (summary["total_images_found"], summary["successfully_processed"]) == (4, 2)
    assert (summary["skipped"], summary["errors"], summary["folders_skipped"]) == (1, 1, 1)


def test_pipes_get_plain_lines_and_a_second_run_skips(dataset, tmp_path):
    (dataset / "broken.tif").unlink()
    first = run("tesselate", dataset, tmp_path / "out", "--min-size", "100")
    assert first.returncode == 0
    assert "\x1b" not in first.stdout + first.stderr
    assert "2 done, 1 skipped, 0 failed" in first.stdout
    second = run("tesselate", dataset, tmp_path / "out", "--min-size", "100", "--resume=verify", "--verify")
    assert second.returncode == 0
    assert "0 done, 3 skipped, 0 failed" in second.stdout
    third = run("tesselate", dataset, tmp_path / "out", "--min-size", "100", "--no-resume")
    assert "2 done, 1 skipped" in third.stdout


def test_resume_with_hashes_cuts_again_what_was_altered_and_without_them_does_not_look(dataset, tmp_path):
    def done(*options):
        return run("tesselate", dataset / "a", tmp_path / "out", "--min-size", "100", "--no-progress", *options).stdout

    assert "2 done" in done()
    victim = sorted((tmp_path / "out" / "photo").glob("slice_*.png"))[3]
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-20] + bytes(20))
    assert "0 done, 2 skipped" in done("--resume")
    assert "1 done, 1 skipped" in done("--resume=verify")
    assert victim.read_bytes() == whole
    assert "0 done, 2 skipped" in done("--resume=verify")


def test_verify_proves_what_earlier_runs_cut_too(dataset, tmp_path):
    arguments = ("tesselate", dataset / "a", tmp_path / "out", "--min-size", "100")
    assert run(*arguments).returncode == 0
    proven = run(*arguments, "--verify")
    assert proven.returncode == 0
    assert proven.stdout.endswith("verified: every slice matches its proof\n")
    victim = sorted((tmp_path / "out" / "photo").glob("slice_*.png"))[3]
    victim.write_bytes(victim.read_bytes()[:-20] + bytes(20))
    failed = run(*arguments, "--verify")
    assert "0 done, 2 skipped" in failed.stdout
    assert f"photo/metadata.json: {victim.name}: " in failed.stdout
    assert failed.stdout.endswith("verification FAILED\n")
    assert failed.returncode == 1
    assert json.loads(run(*arguments, "--verify", "--json").stdout)["verified"] is False
    nothing = run("tesselate", dataset / "small.tif", tmp_path / "none", "--min-size", "100", "--verify")
    assert nothing.returncode == 0
    assert nothing.stdout.endswith("nothing to verify: no image was cut\n")


def test_one_file_by_name_is_cut_whatever_its_size(dataset, tmp_path):
    done = run("tesselate", dataset / "small.tif", tmp_path / "out", "--pieces", "3")
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out" / "small").glob("slice_*"))) == 3


def test_round_trip(dataset, tmp_path):
    source = dataset / "a" / "elevation.tif"
    assert (
        run("tesselate", source, tmp_path / "out", "--tile", "100x90", "--overlap", "7", "--edge", "shift").returncode
        == 0
    )
    folder = tmp_path / "out" / "elevation"
    assert run("verify", folder).returncode == 0
    assert run("reconstruct", folder / "metadata.json", tmp_path / "again.tif").returncode == 0
    compared = run("compare", source, tmp_path / "again.tif")
    assert compared.returncode == 0, compared.stdout
    assert compared.stdout.rstrip().endswith("identical")
    assert run("compare", source, dataset / "small.tif").returncode == 1


def test_reconstruct_tells_a_damaged_slice_from_a_bad_argument(dataset, tmp_path):
    source = dataset / "a" / "photo.tif"
    run("tesselate", source, tmp_path / "out")
    folder = tmp_path / "out" / "photo"
    for output in (source, tmp_path / "again.jpg", tmp_path / "no" / "folder.tif", sorted(folder.glob("slice_*"))[0]):
        refused = run("reconstruct", folder, output)
        assert refused.returncode == 2, refused.stderr
        assert str(output) in refused.stderr
    assert run("compare", source, dataset / "broken.tif").returncode == 2
    victim = sorted(folder.glob("slice_*.png"))[5]
    victim.unlink()
    done = run("reconstruct", folder, tmp_path / "again.tif")
    assert done.returncode == 1
    assert victim.name in done.stderr
    assert not (tmp_path / "again.tif").exists()
    assert run("reconstruct", tmp_path, tmp_path / "again.tif").returncode == 2


def test_verify_names_the_slice_that_was_altered(dataset, tmp_path):
    run("tesselate", dataset / "a" / "photo.tif", tmp_path / "out")
    victim = sorted((tmp_path / "out" / "photo").glob("slice_*.png"))[3]
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    done = run("verify", tmp_path / "out")
    assert done.returncode == 1
    assert victim.name in done.stderr


def test_dry_run_writes_nothing(dataset, tmp_path):
    done = run("tesselate", dataset, tmp_path / "out", "--dry-run")
    assert done.returncode == 0
    assert "400 x 300" in done.stdout
    assert not (tmp_path / "out").exists()
    plan = json.loads(run("tesselate", dataset, tmp_path / "out", "--dry-run", "--json").stdout)
    assert len(plan["images"]) == 4


def test_zip_and_report(dataset, tmp_path):
    run("tesselate", dataset, tmp_path / "out", "--min-size", "100", "--zip")
    with zipfile.ZipFile(tmp_path / "out_results.zip") as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    assert "a/photo/metadata.json" in names
    assert "batch_report.html" in names
    (tmp_path / "out" / "batch_report.html").unlink()
    done = run("report", tmp_path / "out")
    assert done.returncode == 1  # one image failed
    assert done.stderr == ""
    assert "below min size: 1" in done.stdout
    assert (tmp_path / "out" / "batch_report.html").exists()


def test_each_failure_is_told_once_by_its_name_below_the_input(dataset, tmp_path):
    """In a terminal or a file with both streams once; where stdout is kept apart, there too."""
    both = run_merged("tesselate", dataset, tmp_path / "out", "--min-size", "100")
    assert both.count("broken.tif") == 1
    assert "failed    broken.tif: " in both
    assert "4 images: 2 done, 1 skipped, 1 failed in " in both
    assert "; 1 folder passed over\n" in both
    apart = run("tesselate", dataset, tmp_path / "out", "--min-size", "100")
    silent = run("tesselate", dataset, tmp_path / "out", "--min-size", "100", "--no-progress")
    assert "failed    broken.tif: " in apart.stderr
    assert silent.stderr == ""
    for output in (apart.stdout, silent.stdout, run("report", tmp_path / "out").stdout):
        assert [line for line in output.splitlines() if "broken.tif" in line and line.startswith("failed  ")]
        assert str(dataset) not in output


def test_messages_name_an_image_once():
    assert told("a/x.tif", "/in/a/x.tif: cut off: at 3") == "a/x.tif: cut off: at 3"
    assert told("a/x.tif", "a/x.tif: cut off") == "a/x.tif: cut off"
    assert told("a/x.tif#page=2", "/in/a/x.tif: cut off") == "a/x.tif#page=2: cut off"
    assert told("a/x.tif", "no space for /out/a/x.tif: 3 bytes") == "a/x.tif: no space for /out/a/x.tif: 3 bytes"
    assert told("a/x.tif", "/out/x/slice_0.png: disk full") == "a/x.tif: /out/x/slice_0.png: disk full"
    assert told("x.tif", "/in/other_x.tif: odd") == "x.tif: /in/other_x.tif: odd"
    assert told("x.tif", "") == "x.tif"


def run_merged(*arguments):
    """Both streams in one pipe, as in a terminal."""
    command = [sys.executable, "-m", "tilewright", *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout


def test_a_plan_in_a_pipe_has_an_image_a_line(dataset, tmp_path):
    name = "a photograph with a name that is longer than any terminal is wide " + "x" * 60 + ".tif"
    (dataset / "small.tif").rename(dataset / name)
    lines = run("tesselate", dataset, tmp_path / "out", "--dry-run").stdout.splitlines()
    assert sum(line.startswith(name) for line in lines) == 1
    assert lines[-1].startswith("4 images found, ")


UNRULY = "new\nline \x1b[2J[bold]:smile:\u202e.tif"
SHOWN = "new\\nline \\x1b[2J[bold]:smile:\\u202e.tif"


@pytest.fixture
def unruly(tmp_path):
    """A good image and a broken one, and a folder for results, whose names would move a terminal's cursor."""
    folder = tmp_path / "in"
    folder.mkdir()
    raster.write(folder / "good.tif", np.zeros((1, 300, 400), np.uint8))
    (folder / "good.tif").rename(folder / UNRULY)
    (folder / f"broken {UNRULY}").write_bytes(b"II*\0")
    return folder


def test_people_see_names_without_control_characters_and_scripts_see_them_as_they_are(unruly, tmp_path):
    out = tmp_path / "out\n"
    results = out / UNRULY.removesuffix(".tif")
    options = ("--min-size", "100")

    def seen(*arguments):
        done = run(*arguments)
        assert [c for c in done.stdout + done.stderr if c != "\n" and not c.isprintable()] == []
        return done.stdout + done.stderr

    assert f"\n{SHOWN} 400 x 300" in re.sub(" +", " ", seen("tesselate", unruly, out, *options, "--dry-run"))
    assert f"failed    broken {SHOWN}: " in seen("tesselate", unruly, out, *options)
    assert f"failed         broken {SHOWN}: " in seen("report", out)
    assert f"8 slices of {tmp_path}/in/{SHOWN}" in seen("info", results)
    assert f"Error: {tmp_path}/in/broken {SHOWN}: " in seen("info", unruly / f"broken {UNRULY}")
    assert f"Error: {tmp_path}/none {SHOWN}: does not exist" in seen("tesselate", tmp_path / f"none {UNRULY}", out)
    assert f"again {SHOWN}: " in seen("reconstruct", results, tmp_path / f"again {UNRULY}")
    for slice_path in results.glob("slice_0_*"):
        slice_path.write_bytes(slice_path.read_bytes()[:-20] + bytes(20))
    problem = f"{tmp_path}/out\\n/{SHOWN.removesuffix('.tif')}/"
    assert problem in seen("verify", out)
    assert f"not proven  {problem}" in seen("tesselate", unruly, out, *options, "--verify")
    assert f"Error: {problem}" in seen("reconstruct", results, tmp_path / "again.tif")
    page = (out / "batch_report.html").read_text(encoding="utf-8")
    assert SHOWN in page
    assert "\x1b" not in page
    report = json.loads(run("tesselate", unruly, out, *options, "--json").stdout)
    assert [error["relative_path"] for error in report["errors"]] == [f"broken {UNRULY}"]
    _, terminal = in_a_terminal("tesselate", unruly, out, *options, "--no-resume")
    assert f"broken {SHOWN}" in re.sub("\x1b\\[[0-9;?]*[A-Za-z]|\r\n", "", terminal)
    _, terminal = in_a_terminal("verify", tmp_path / "out\n")
    assert "out\\n" in terminal


def test_a_name_that_is_not_utf8_is_shown(dataset, tmp_path):
    output = tmp_path / os.fsdecode(b"caf\xe9")
    done = run("tesselate", dataset / "small.tif", output)
    assert done.returncode == 0, done.stderr
    assert f"report  {tmp_path}/caf\\xe9/batch_report.html" in done.stdout
    assert "caf\\xe9/nothing" in run("info", output / "nothing").stderr


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"batch_summary": {"errors": 0}}', "\udcff\udcfe"])
def test_a_report_that_is_none_is_named(tmp_path, text):
    (tmp_path / "batch_report.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    done = run("report", tmp_path)
    assert done.returncode == 2
    assert f"Error: {tmp_path / 'batch_report.json'}: not the report of a batch" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_archive_that_cannot_be_written_is_named(dataset, tmp_path):
    (tmp_path / "out_results.zip").mkdir()
    done = run("tesselate", dataset / "a", tmp_path / "out", "--min-size", "100", "--zip")
    assert done.returncode == 1
    assert "out_results.zip" in done.stderr
    assert "Traceback" not in done.stderr


def test_info_on_rasters_and_manifests(dataset, tmp_path):
    assert "400 x 300 px" in run("info", dataset / "a" / "photo.tif").stdout
    facts = json.loads(run("info", dataset / "a" / "elevation.tif", "--json").stdout)
    assert facts["type"] == "float32"
    run("tesselate", dataset / "a" / "photo.tif", tmp_path / "out")
    assert "8 slices" in run("info", tmp_path / "out" / "photo").stdout


def test_limits_are_raised_by_the_option_that_the_refusal_names(dataset, tmp_path):
    source = dataset / "a" / "photo.tif"
    claims = tmp_path / "claims.tif"
    tags = [(256, 30_000), (257, 30_000), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 30_000), (279, 100)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    claims.write_bytes(struct.pack("<2sHI", b"II", 42, 108) + bytes(100) + struct.pack("<H", 9) + entries + bytes(4))
    for path, strict, option, value in (
        (source, ["--max-raw-bytes", "100kB"], "max_raw_bytes", "1GiB"),
        (source, ["--max-block-bytes", "1kB"], "max_block_bytes", "1GiB"),
        (claims, [], "max_expansion", "0"),
    ):
        refused = run("info", path, *strict)
        assert refused.returncode == 2
        assert f"raise {option}" in refused.stderr
        assert run("info", path, *strict, f"--{option.replace('_', '-')}", value).returncode == 0
        plan = run("tesselate", path, tmp_path / "out", "--dry-run", *strict)
        assert f"raise {option}" in plan.stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--pieces", "0"], "0"),
        (["--pieces", "4", "--grid", "2x2"], "--grid"),
        (["--tile", "100by100"], "--tile"),
        (["--tile", "100", "--overlap", "100"], "overlap"),
        (["--overlap", "5"], "--overlap"),
        (["--memory", "plenty"], "plenty"),
        (["--format", "bmp"], "bmp"),
        (["--log-level", "LOUD"], "LOUD"),
    ],
)
def test_bad_arguments_are_exit_code_2_and_named(dataset, tmp_path, arguments, word):
    done = run("tesselate", dataset, tmp_path / "out", *arguments)
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_input_is_exit_code_2(tmp_path):
    done = run("tesselate", tmp_path / "nowhere", tmp_path / "out")
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert run("compare", tmp_path / "a.tif", tmp_path / "b.tif").returncode == 2


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_stop_within_a_second_and_the_next_run_finishes(tmp_path, number, code):
    random = np.random.default_rng(2)
    (tmp_path / "in").mkdir()
    for i in range(12):
        raster.write(tmp_path / "in" / f"{i:02}.tif", random.integers(0, 255, (3, 1200, 1200), np.uint8))
    command = [
        sys.executable,
        "-m",
        "tilewright",
        "tesselate",
        tmp_path / "in",
        tmp_path / "out",
        "--compression",
        "small",
        "--workers",
        "1",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    journal = tmp_path / "out" / "journal.jsonl"
    while process.poll() is None and not (journal.exists() and journal.stat().st_size):
        time.sleep(0.005)
    assert process.poll() is None, "it was over before it could be stopped"
    os.kill(process.pid, number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert "goes on where it stopped" in errors
    report = json.loads((tmp_path / "out" / "batch_report.json").read_text())
    assert report["interrupted"] is True
    resumed = run("tesselate", tmp_path / "in", tmp_path / "out", "--compression", "small", "--json")
    summary = json.loads(resumed.stdout)["batch_summary"]
    assert resumed.returncode == 0
    assert summary["skipped"] >= 1
    assert summary["skipped"] + summary["successfully_processed"] == 12


def test_version_and_help_name_every_command():
    assert run("--version").stdout.startswith("tilewright ")
    text = run("--help").stdout
    for command in ("tesselate", "reconstruct", "verify", "compare", "report", "info"):
        assert command in text


def in_a_terminal(*arguments):
    """What a person sees: the output of a command whose streams are a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tilewright", *map(str, arguments)],
        stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    # The terminal's end is told by an error.
    with contextlib.suppress(OSError):
        while part := os.read(ours, 65536):
            seen += part
    os.close(ours)
    return process.wait(), seen.decode()


def test_a_terminal_gets_a_bar(dataset, tmp_path):
    code, seen = in_a_terminal("tesselate", dataset, tmp_path / "out", "--min-size", "100")
    assert code == 1
    assert "\x1b[" in seen
    assert "4 of 4 images" in seen
    assert "100%" in seen
    assert seen.count("broken.tif") == 1
    assert "done      " not in seen, "lines are for pipes"
    photo = dataset / "a" / "photo.tif"
    for command, result in (
        (("verify", tmp_path / "out"), "16 of 16 slices of 2 images proven"),
        (("reconstruct", tmp_path / "out" / "a" / "photo", tmp_path / "again.tif"), "every slice proven"),
        (("compare", photo, tmp_path / "again.tif"), "identical"),
    ):
        code, seen = in_a_terminal(*command)
        assert code == 0
        assert "left" in seen, "a bar"
        assert result in seen.splitlines()[-1]
        code, seen = in_a_terminal(*command, "--no-progress")
        assert (code, seen.count("\x1b")) == (0, 0)
    _, seen = in_a_terminal("tesselate", dataset, tmp_path / "out", "--min-size", "100", "--no-progress")
    assert "\x1b[" not in seen
    assert "broken.tif" in seen
