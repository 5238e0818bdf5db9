# SPDX-License-Identifier: Apache-2.0
"""The example for spot machines: dry runs of its sample, and the template of the machine."""

import io
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import h5py
import pytest

from tilewright.dataset import read_config

ROOT = Path(__file__).parents[3]
SPOT = ROOT / "examples/gce-spot"
PATHS = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
MAKEFILE = SPOT / "Makefile"


def make(*arguments):
    return subprocess.run(
        ["make", "--no-print-directory", "-f", MAKEFILE, f"PYTHON={sys.executable}", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": PATHS},
    )


def test_dry_runs_of_the_sample(tmp_path):
    folder = f"SAMPLE={tmp_path}"
    downloaded = make("dataset-download", folder)
    assert downloaded.returncode == 0, downloaded.stderr
    assert "download: 3 found, 3 done, 0 kept" in downloaded.stdout
    assert make("dataset-status", folder).returncode != 0

    done = make("dataset-run", folder)
    assert done.returncode == 0, done.stderr
    assert "download: 3 found, 0 done, 3 kept" in done.stdout
    # The archive without an end gives what it has.
    assert "extract: 3 found, 3 done, 0 kept, 1 damaged" in done.stdout
    assert "0084.tar: the gzip data end too early" in done.stderr
    told = make("dataset-status", folder)
    assert told.returncode == 0, told.stdout
    assert len(re.findall(r"^\w+: complete \(", told.stdout, re.MULTILINE)) == 7
    with h5py.File(tmp_path / "processed/dataset.h5") as file:
        rows = len(file["metadata/TargetID"])
        assert 48 < rows < 72
        assert file["backbone_embeddings"].shape == (rows, 16)
    assert (tmp_path / "checkpoint/checkpoint.json").is_file()

    again = make("dataset-run", folder)
    assert "embed: " + f"{rows} found, 0 done, {rows} kept" in again.stdout


def test_the_sample_is_the_same_each_time(sample, tmp_path):
    again = subprocess.run([sys.executable, SPOT / "make-sample.py", tmp_path], check=False, capture_output=True)
    assert again.returncode == 0, again.stderr
    for name in ("0075.tar", "0076.tar", "0084.tar"):
        assert (tmp_path / "origin" / name).read_bytes() == (sample / "origin" / name).read_bytes()


def test_without_onnx_it_says_what_to_install(tmp_path):
    (tmp_path / "onnx.py").write_text("raise ModuleNotFoundError('onnx')")
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, SPOT / "make-sample.py", tmp_path / "sample"],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "pip install onnx" in done.stderr
    assert not (tmp_path / "sample/backbone.onnx").exists()


def test_the_machine_s_configuration_can_be_read():
    config = read_config(SPOT / "config.yaml")
    folders = {str(path).split("/")[2] for path in (config.raw_dir, config.input_dir)}
    assert folders == {"raw"}
    assert config.provider == "cuda"
    assert str(config.checkpoint_uri).startswith("gs://")


def test_the_machine_gets_the_wheel_of_its_python(tmp_path):
    """Debian 12's is 3.11; scripts/build_wheel may have built others beside it."""
    (tmp_path / "dist").mkdir()
    for version in ("cp310", "cp311", "cp312"):
        (tmp_path / f"dist/tilewright-0.1.0-{version}-{version}-manylinux_2_28_x86_64.whl").touch()
    told = [
        subprocess.run(
            ["make", "-n", "-f", SPOT / "Makefile", f"ROOT={tmp_path}", target],
            capture_output=True, text=True, check=True,
        ).stdout
        for target in ("wheel", "upload")
    ]  # fmt: skip
    assert told[0] == f"{tmp_path}/scripts/build_wheel --python 3.11\n"
    assert "-cp311-" in told[1]
    assert "-cp310-" not in told[1] + told[0]
    assert "-cp312-" not in told[1] + told[0]


def created(tmp_path, **environment):
    (tmp_path / "gcloud").write_text('#!/bin/bash\nprintf "%s\\n" "$@" >"$CALL"\n')
    (tmp_path / "gcloud").chmod(0o755)
    call = tmp_path / "call"
    done = subprocess.run(
        [SPOT / "create-instance-template.sh"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "CALL": str(call), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, call.read_text().splitlines() if call.exists() else []


NEEDED = {
    "PROJECT": "p",
    "SERVICE_ACCOUNT": "s@p.iam.gserviceaccount.com",
    "WHEEL_URI": "gs://b/t.whl",
    "CONFIG_URI": "gs://b/config.yaml",
}


def test_the_template_is_that_of_the_plan(tmp_path):
    done, arguments = created(tmp_path, **NEEDED, MODEL_URI="gs://b/m.onnx", RAW_DISK="mine")
    assert done.returncode == 0, done.stderr
    assert arguments[:4] == ["compute", "instance-templates", "create", "dataset-spot"]
    assert {
        "--project=p",
        "--machine-type=g2-standard-16",
        "--accelerator=count=1,type=nvidia-l4",
        "--provisioning-model=SPOT",
        "--no-restart-on-failure",
        "--image-family=debian-12",
        "--disk=name=mine,device-name=raw,mode=rw,boot=no,auto-delete=no",
        "--disk=name=work-scratch-512gb,device-name=work,mode=rw,boot=no,auto-delete=no",
        "--service-account=s@p.iam.gserviceaccount.com",
        "--no-shielded-secure-boot",
    } <= set(arguments)
    (metadata,) = [argument for argument in arguments if argument.startswith("--metadata=")]
    pairs = dict(pair.split("=", 1) for pair in metadata.removeprefix("--metadata=^|^").split("|"))
    assert pairs["dataset-model"] == "gs://b/m.onnx"
    assert pairs["dataset-gpu-packages"].startswith("onnxruntime-gpu[cuda,cudnn]")
    # What is set is what startup.sh reads.
    script = (SPOT / "startup.sh").read_text()
    for name in pairs.keys() - {"enable-oslogin", "dataset-manifest", "dataset-model"}:
        assert name in script
    (files,) = [argument for argument in arguments if argument.startswith("--metadata-from-file=")]
    paths = dict(pair.split("=") for pair in files.removeprefix("--metadata-from-file=").split(","))
    assert {Path(path).name for path in paths.values()} == {"startup.sh", "shutdown.sh"}
    assert all(Path(path).is_file() for path in paths.values())


def test_a_machine_without_a_gpu_has_no_packages_for_one(tmp_path):
    done, arguments = created(tmp_path, **NEEDED, ACCELERATOR="", MACHINE_TYPE="c3-standard-22")
    assert done.returncode == 0, done.stderr
    assert not [argument for argument in arguments if "accelerator" in argument or "gpu" in argument]


@pytest.mark.parametrize("missing", NEEDED)
def test_what_the_template_needs_is_named(missing, tmp_path):
    done, arguments = created(tmp_path, **{name: value for name, value in NEEDED.items() if name != missing})
    assert done.returncode != 0
    assert f"{missing}: is not set" in done.stderr
    assert not arguments


def test_the_readme_tells_of_every_value():
    readme = (SPOT / "README.md").read_text()
    variables = set(re.findall(r"^: \"\$\{([A-Z_]+):\?|^ *([A-Z_]+)=\$\{", create_text(), re.MULTILINE))
    names = {one or other for one, other in variables} | {"MANIFEST_URI", "MODEL_URI"}
    assert {name for name in names if f"`{name}`" not in readme} == set()
    attributes = set(re.findall(r"(dataset-[a-z-]+)=", create_text()))
    assert {name for name in attributes if f"`{name}`" not in readme} == set()


def create_text():
    return (SPOT / "create-instance-template.sh").read_text()


def test_archives_of_the_sample_are_gzip_by_content(sample):
    content = (sample / "origin/0075.tar").read_bytes()
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as packed:
        names = packed.getnames()
    assert sum(name.endswith(".jpg") for name in names) == 24
    assert all(re.fullmatch(r"0075/0000075_\d{7}_\d{7}_\d{7}\.(jpg|txt)", name) for name in names)
