# SPDX-License-Identifier: Apache-2.0
"""A machine of examples/gce-spot whose disks, metadata and bucket are folders, and whose programs are faked."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SPOT = Path(__file__).parents[3] / "examples/gce-spot"


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """What make-sample.py makes."""
    folder = tmp_path_factory.mktemp("sample")
    subprocess.run([sys.executable, SPOT / "make-sample.py", folder], check=True, capture_output=True)
    return folder


FAKE = """#!/bin/bash
# What the machine has and a test does not, by the name it is called by; calls are written down.
name=$(basename "$0")
echo "$name $*" >>"$FAKES/calls"
case "$name" in
apt-get) [ "$1" != indextargets ] || echo mirror+file:/etc/apt/mirrors/debian.list/ ;;
curl)
    path=$(printf '%s' "${@: -1}" | sed 's|.*/computeMetadata/v1/||')
    if [ -e "$FAKES/metadata/$path" ]; then
        cat "$FAKES/metadata/$path"
        printf '\\n200'
    else
        printf 'not there\\n404'
    fi
    ;;
gcloud)
    if [ "$1 $2" = "storage cp" ]; then
        source=${@: -2:1}
        cp "$FAKES/bucket/${source##*/}" "${@: -1}"
    fi
    ;;
mountpoint) [ -e "${@: -1}/mounted" ] ;;
mount)
    [ "$(head -c 4 "${@: -2:1}")" = ext4 ] || exit 32
    touch "${@: -1}/mounted"
    ;;
mkfs.ext4) printf ext4 | dd of="${@: -1}" conv=notrunc status=none ;;
nvidia-smi) [ -e "$FAKES/driver" ] ;;
modprobe) touch "$FAKES/driver" ;;
python3)
    [ "$1" = --version ] && echo "Python 3.11.2" && exit
    mkdir -p "$3/bin"
    ln -s "$0" "$3/bin/pip"
    ln -s "$TILEWRIGHT" "$3/bin/tilewright"
    ;;
pip)
    case "$*" in *cudnn*) mkdir -p "$(dirname "$0")/../lib/python3.11/site-packages/nvidia/cudnn/lib" ;; esac
    ;;
esac
"""
FAKED = (
    *("apt-get", "curl", "gcloud", "mkfs.ext4", "modprobe", "mount", "mountpoint", "nvidia-smi", "poweroff"),
    *("python3", "pip"),
)


class Machine:
    """A machine whose disks, metadata and bucket are folders; `fakes` keeps what it called."""

    EMPTY_BYTES = 4096

    def __init__(self, folder, tilewright="tilewright"):
        self.fakes = folder / "fakes"
        self.mounts = folder / "mnt"
        self.devices = folder / "by-id"
        self.bucket = self.fakes / "bucket"
        for made in (self.devices, self.bucket, self.fakes / "bin", self.fakes / "apt/sources.list.d"):
            made.mkdir(parents=True)
        for name in FAKED:
            (self.fakes / "bin" / name).write_text(FAKE)
            (self.fakes / "bin" / name).chmod(0o755)
        for disk in ("raw", "work"):
            (self.devices / f"google-{disk}").write_bytes(bytes(2 * self.EMPTY_BYTES))
        self.set("instance/zone", "projects/7/zones/us-central1-a")
        self.set("instance/name", "dataset-spot")
        self.set_attributes(wheel="gs://files/tilewright-1-py3-none-any.whl", config="gs://files/config.yaml")
        (self.bucket / "tilewright-1-py3-none-any.whl").write_bytes(b"")
        own = Path(sys.executable).parent / tilewright
        self.environment = {
            "PATH": f"{self.fakes / 'bin'}{os.pathsep}/usr/sbin:/usr/bin:/bin",
            "HOME": str(folder),
            "FAKES": str(self.fakes),
            "TILEWRIGHT": str(own if own.exists() else tilewright),
            "DEVICES": str(self.devices),
            "MOUNTS": str(self.mounts),
            "STATE": str(folder / "run"),
            "APT": str(self.fakes / "apt"),
            "FIRST_WAIT_S": "0",
            "EMPTY_BYTES": str(self.EMPTY_BYTES),
            **{name: value for name, value in os.environ.items() if name == "PYTHONPATH"},
        }
        self.state = folder / "run"

    def set(self, path, value):
        (self.fakes / "metadata" / path).parent.mkdir(parents=True, exist_ok=True)
        (self.fakes / "metadata" / path).write_text(value)

    def set_attributes(self, **values):
        for name, value in values.items():
            self.set(f"instance/attributes/dataset-{name.replace('_', '-')}", value)

    def given(self, manifest, model, checkpoint):
        """Put configuration, manifest and model of this machine into its bucket."""
        text = (SPOT / "config.yaml").read_text()
        text = text.replace("/mnt/", f"{self.mounts}/").replace("gs://your-processed-bucket/checkpoints", checkpoint)
        (self.bucket / "config.yaml").write_text(text.replace("provider: cuda", "provider: cpu"))
        (self.bucket / "raw_archives.txt").write_text(manifest)
        (self.bucket / "backbone.onnx").write_bytes(model.read_bytes())
        self.set_attributes(manifest="gs://files/raw_archives.txt", model="gs://files/backbone.onnx")
        return self.mounts / "work/config.yaml"

    def started(self):
        return subprocess.Popen(
            [SPOT / "startup.sh"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def switch_off(self, process):
        """End what it still does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def do_instead(self, text):
        """Have a script in the place of tilewright."""
        path = self.fakes / "scripted"
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)
        self.environment["TILEWRIGHT"] = str(path)
        (self.bucket / "config.yaml").write_text("data: {}\n")

    def start(self):
        process = self.started()
        told, _ = process.communicate()
        return process.returncode, told

    def shut_down(self, **environment):
        return subprocess.run(
            [SPOT / "shutdown.sh"],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self, of=""):
        calls = (self.fakes / "calls").read_text().splitlines()
        (self.fakes / "calls").write_text("")
        return [call for call in calls if call.startswith(of)]


@pytest.fixture
def machine(tmp_path):
    """One machine."""
    return Machine(tmp_path)


@pytest.fixture
def machine_in():
    """Make machines, each in a folder of its own."""
    return Machine
