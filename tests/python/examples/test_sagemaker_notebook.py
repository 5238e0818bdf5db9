# SPDX-License-Identifier: Apache-2.0
"""The lifecycle script of SageMaker's notebook instances, on a machine whose programs are faked."""

import os
import subprocess
import time
from pathlib import Path

import pytest

SAGEMAKER = Path(__file__).parents[3] / "examples/sagemaker"
SCRIPT = SAGEMAKER / "on-start.sh"

FAKE = """#!/bin/bash
# What an instance has and a test does not, by the name it is called by; calls are written down.
name=$(basename "$0")
echo "$name $*" >>"$FAKES/calls"
case "$name" in
sudo)
    while [[ "$1" == -* ]]; do [ "$1" = -u ] && shift; shift; done
    exec "$@"
    ;;
conda)
    while [ "$1" != --prefix ]; do shift; done
    mkdir -p "$2/bin"
    for program in python pip tilewright; do ln -s "$0" "$2/bin/$program"; done
    ;;
aws) touch "${@: -1}/tilewright-1-any.whl" ;;
pip) [ ! -e "$FAKES/pip-fails" ] ;;
esac
"""


@pytest.fixture
def instance(tmp_path):
    """Start an instance; gives what it called, in order."""
    home, fakes = tmp_path / "home", tmp_path / "fakes"
    for name in ("sudo", "anaconda3/bin/conda", "anaconda3/bin/aws"):
        path = home / name if "/" in name else fakes / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FAKE)
        path.chmod(0o755)
    (home / "SageMaker").mkdir()

    def start(package="s3://bucket/tilewright-1-any.whl"):
        script = tmp_path / "on-start.sh"
        shown = subprocess.run(
            ["make", "-s", "-f", SAGEMAKER / "Makefile", "show-on-start", f"PACKAGE={package}"],
            capture_output=True,
            text=True,
            check=True,
        )
        script.write_text(shown.stdout)
        (fakes / "calls").write_text("")
        environment = {"PATH": f"{fakes}:/sbin:/bin:/usr/sbin:/usr/bin", "HOME_FOLDER": str(home), "FAKES": str(fakes)}
        subprocess.run(["bash", script], env=environment, check=True, timeout=30)
        calls = ""
        for _ in range(300):  # what it leaves behind goes on
            calls = (fakes / "calls").read_text()
            if "tilewright --version" in calls or ((fakes / "pip-fails").exists() and "pip install" in calls):
                break
            time.sleep(0.05)
        return calls.splitlines()

    start.environment = home / "SageMaker/tilewright"
    start.fakes = fakes
    return start


def test_the_environment_is_made_once_by_the_user_and_the_kernel_told_of_at_each_start(instance):
    calls = instance()
    assert calls[0].startswith("sudo -u ec2-user -H nohup setsid bash -s -- s3://bucket/tilewright-1-any.whl")
    environment = instance.environment
    assert calls[1:] == [
        f"conda create --quiet --yes --prefix {environment} python=3.12 pip",
        f"aws s3 cp --no-progress s3://bucket/tilewright-1-any.whl {environment}/",
        f"pip install --quiet {environment}/tilewright-1-any.whl[notebook,index]",
        "python -m ipykernel install --user --name tilewright --display-name tilewright",
        "tilewright --version",
    ]
    assert [call.split()[0] for call in instance()] == ["sudo", "python", "tilewright"]


def test_an_environment_that_was_cut_off_or_is_of_another_package_is_made_anew(instance):
    (instance.fakes / "pip-fails").touch()
    instance()
    assert not (instance.environment / "made-of").exists()
    (instance.fakes / "pip-fails").unlink()
    assert "conda" in [call.split()[0] for call in instance()]
    calls = instance("tilewright==2")
    assert "aws" not in [call.split()[0] for call in calls]
    assert "pip install --quiet tilewright==2[notebook,index]" in calls


def test_it_fits_a_lifecycle_configuration():
    assert len(SCRIPT.read_text()) < 16_384
    assert os.access(SCRIPT, os.X_OK)
