# SPDX-License-Identifier: Apache-2.0
"""The examples for clouds, as far as they need none: the entry point in a task's environment, and what is deployed."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tilewright import raster

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
TASK = EXAMPLES / "cloud-run/task"
MAKEFILES = sorted(EXAMPLES.glob("*/Makefile"))
PATHS = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

COGS = 975
TASKS = 50
FOLDERS = 10


def task(*arguments, **environment):
    """Run the entry point as a container does: with nothing in its environment but what the job sets."""
    return subprocess.run(
        [str(TASK), *arguments],
        env={"PATH": PATHS, "HOME": os.environ.get("HOME", "/"), **{k: str(v) for k, v in environment.items()}},
        capture_output=True,
        text=True,
        check=False,
    )


def log_of(done):
    return [json.loads(line) for line in done.stderr.splitlines()]


MAKE_COGS = """
import sys
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
random = np.random.default_rng(1)
for index in range(5):
    image = gdal.GetDriverByName("MEM").Create("", 64, 64, 3)
    image.WriteArray(random.integers(0, 255, (3, 64, 64), np.uint8))
    gdal.Translate(f"{sys.argv[1]}/{index}.tif", image, format="COG", creationOptions=["COMPRESS=DEFLATE"])
"""


@pytest.fixture(scope="module")
def cogs(tmp_path_factory):
    """975 small COGs, called as those of the survey."""
    some, folder = tmp_path_factory.mktemp("some"), tmp_path_factory.mktemp("survey") / "cogs"
    folder.mkdir()
    # GDAL's Python package belongs to the system's Python, not to the environment of the tests.
    subprocess.run(["/usr/bin/python3", "-c", MAKE_COGS, str(some)], check=True)
    contents = [path.read_bytes() for path in sorted(some.iterdir())]
    assert len(contents) == 5
    for index in range(COGS):
        (folder / f"cap-{29_000 + index}.tif").write_bytes(contents[index % len(contents)])
    return folder


def folder_of(stem):
    return f"{int(hashlib.md5(stem.encode()).hexdigest(), 16) % FOLDERS + 1:02d}"


def chips_by_folder(chips):
    return Counter(path.parent.name for path in chips.glob("[0-9][0-9]/*.png"))


def test_fifty_tasks_cut_3900_chips_into_ten_folders(cogs):
    chips = cogs.parent / "training_chips/1024x1024"
    job = {"SOURCE": cogs, "CHIPS": f"{chips}/", "CHIPS_PER_IMAGE": 4, "CHIP_SIZE": 16, "ANNOTATORS": 4}

    def run(index):
        return task("chips", **job, CLOUD_RUN_TASK_INDEX=index, CLOUD_RUN_TASK_COUNT=TASKS, CLOUD_RUN_TASK_ATTEMPT=0)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        done = list(pool.map(run, range(TASKS)))
    assert [d.returncode for d in done] == [0] * TASKS, [d.stderr for d in done if d.returncode][:1]
    for index, lines in enumerate(map(log_of, done)):
        assert {line["shard"] for line in lines} == {f"{index}/{TASKS}"}
        # Round robin, as the tool before it: task 0 has images 0, 50, 100, ...
        own = [f"cap-{29_000 + i}.tif" for i in range(index, COGS, TASKS)]
        assert sorted(line["task"] for line in lines if "task" in line) == own

    # What the seed's table promises: 975 x 4, about 390 in each folder, all of an image in the folder of its stem.
    expected = Counter()
    for path in cogs.iterdir():
        expected[folder_of(path.stem)] += 4
    assert chips_by_folder(chips) == expected
    assert expected.total() == 3900
    assert len(expected) == FOLDERS
    assert all(0.75 * 390 < count < 1.25 * 390 for count in expected.values())
    assert all(folder_of(path.name[2:-7]) == path.parent.name for path in chips.glob("[0-9][0-9]/*.png"))

    report = task("report", **job)
    assert report.returncode == 0, report.stderr
    counts = json.loads((chips / "batch_report.json").read_text())["details"]
    assert (counts["chips"], counts["chips_per_folder"]) == (3900, dict(sorted(expected.items())))
    assert sum(counts["chips_per_annotator"].values()) == 3900
    assert len((chips / "chips.csv").read_text().splitlines()) == 3901
    for folder, count in expected.items():
        assert f"{folder}: {count}" in report.stdout

    # A task that is started again finds its work done, and mends what is missing.
    lost = next(chips.glob("[0-9][0-9]/A_cap-29000_01.png"))
    lost.unlink()
    again = run(0)
    assert again.returncode == 0
    assert [line["task"] for line in log_of(again) if line.get("status") == "done"] == ["cap-29000.tif"]
    assert lost.is_file()


def test_the_seed_s_variables_name_buckets(tmp_path):
    done = task("chips", SOURCE_BUCKET="nobody-has-this", STORE="nostore", SHARD="0/1", CHIPS=tmp_path / "out")
    assert done.returncode == 2
    assert "nostore:" in done.stderr
    assert "nobody-has-this/cogs" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "named"),
    [
        ((), {}, "chips, thumbnails or report"),
        (("paint",), {}, "paint"),
        (("chips",), {}, "SOURCE_BUCKET"),
        (("report",), {}, "SOURCE_BUCKET"),
        (("thumbnails",), {}, "INPUT_FOLDER"),
        (("chips",), {"SOURCE": "in", "CHIPS": "out"}, "CLOUD_RUN_TASK_INDEX"),
        (("chips",), {"SOURCE": "in", "CHIPS": "out", "CLOUD_RUN_TASK_INDEX": 5, "CLOUD_RUN_TASK_COUNT": 5}, "of 5"),
        (("chips",), {"SOURCE": "in", "CHIPS": "out", "AWS_BATCH_JOB_ARRAY_INDEX": 5}, "AWS_BATCH_JOB_ARRAY_SIZE"),
        (("chips",), {"SOURCE": "in", "CHIPS": "out", "SHARD": "0/1", "CHIP_SIZE": "large"}, "large"),
    ],
)
def test_what_is_missing_is_named_in_a_line_for_the_log(arguments, environment, named):
    done = task(*arguments, **environment)
    assert done.returncode == 2
    (line,) = log_of(done)
    assert line["severity"] == "ERROR"
    assert named in line["message"]


@pytest.mark.parametrize("engine", ["cloud run", "aws batch"])
def test_thumbnails_of_three_tasks(engine, tmp_path, photograph):
    source = tmp_path / "photos"
    (source / "deep").mkdir(parents=True)
    for name in ("a.tif", "b.tif", "deep/a.tif", "deep/c.tif"):
        raster.write(source / name, photograph)
    for index in range(3):
        variables = {"CLOUD_RUN_TASK_INDEX": index, "CLOUD_RUN_TASK_COUNT": 3}
        if engine == "aws batch":
            variables = {"AWS_BATCH_JOB_ARRAY_INDEX": index, "AWS_BATCH_JOB_ARRAY_SIZE": 3}
        done = task("thumbnails", INPUT_FOLDER=source, STAMP="20251203T1530Z", **variables)
        assert done.returncode == 0, done.stderr
    made = {str(path.relative_to(source / "20251203T1530Z")) for path in source.rglob("2025*/**/*.tif")}
    assert made == {"a.tif", "b.tif", "deep/a.tif", "deep/c.tif"}


def in_a_host(*hosts_and_task):
    """Run the entry point where /opt/ml/config/resourceconfig.json says which host this is: in a tree of its own."""
    current, hosts, *command = hosts_and_task
    config = json.dumps({"current_host": current, "hosts": hosts})
    script = (
        'mount -t tmpfs none /opt && mkdir -p /opt/ml/config && printf "%s" "$1" > /opt/ml/config/resourceconfig.json'
    )
    return [
        "unshare",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        f'{script} && shift && exec "$@"',
        "sh",
        config,
        *command,
    ]


def test_chips_of_three_hosts_of_sagemaker(cogs, tmp_path):
    hosts = ["algo-1", "algo-2", "algo-3"]
    if subprocess.run(in_a_host("algo-1", hosts, "true"), capture_output=True, check=False).returncode != 0:
        pytest.skip("no tree of its own can be mounted here (unshare --mount)")
    source = tmp_path / "cogs"
    source.mkdir()
    for path in sorted(cogs.iterdir())[:7]:
        shutil.copy(path, source)
    environment = {"PATH": PATHS, "SOURCE": str(source), "CHIPS": str(tmp_path / "chips"), "CHIP_SIZE": "16"}
    for index, host in enumerate(hosts):
        command = in_a_host(host, hosts, str(TASK), "chips")
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert {line["shard"] for line in log_of(done)} == {f"{index}/3"}
    assert chips_by_folder(tmp_path / "chips").total() == 28


def test_a_dry_run_writes_nothing(cogs):
    chips = cogs.parent / "nothing"
    done = task("chips", "--dry-run", SOURCE=cogs, CHIPS=chips, CHIP_SIZE=16, SHARD=f"0/{TASKS}")
    assert done.returncode == 0
    assert "20 images found, 80 chips" in done.stdout
    assert not chips.exists()


def targets(makefile):
    return re.findall(r"^([a-z-]+):.*## ", makefile.read_text(), re.MULTILINE)


def make(makefile, *arguments):
    return subprocess.run(
        ["make", "--no-print-directory", "-f", makefile, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("makefile", MAKEFILES, ids=lambda path: path.parent.name)
def test_every_target_can_be_made(makefile):
    found = targets(makefile)
    assert {"extract-chips-parallel", "dataset-run"} & set(found)
    listed = make(makefile, "help").stdout.splitlines()
    assert [line.split()[0] for line in listed] == found
    for target in found:
        planned = make(makefile, "--dry-run", target)
        assert planned.returncode == 0, planned.stderr
        # What the shell is to run is shell.
        checked = subprocess.run(["bash", "-n"], input=planned.stdout, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, f"{target}: {checked.stderr}"


@pytest.mark.parametrize("makefile", MAKEFILES, ids=lambda path: path.parent.name)
def test_the_readme_names_targets_that_there_are(makefile):
    text = (makefile.parent / "README.md").read_text()
    named = set(re.findall(r"^make ((?:[a-z-]+ ?)+)", text, re.MULTILINE)) | set(re.findall(r"`make ([a-z-]+)`", text))
    assert {target for line in named for target in line.split()} <= set(targets(makefile))


def container_of(job):
    template = job["spec"]["template"]["spec"]
    assert template["taskCount"] == template["parallelism"]
    (container,) = template["template"]["spec"]["containers"]
    return template, container


def test_the_cloud_run_jobs_are_those_of_the_seeds():
    shown = make(EXAMPLES / "cloud-run/Makefile", "show-chips-job", "TASKS=100", "CHIP_SIZE=512")
    template, container = container_of(yaml.safe_load(shown.stdout))
    assert template["taskCount"] == 100
    assert template["template"]["spec"]["maxRetries"] == 2
    assert template["template"]["spec"]["timeoutSeconds"] == 1800
    assert container["resources"]["limits"] == {"cpu": "2", "memory": "4Gi"}
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    assert environment["SOURCE_BUCKET"] == environment["CHIPS_BUCKET"] == "tumamoc-2023"
    assert (environment["SOURCE_PREFIX"], environment["CHIPS_PREFIX"]) == ("cogs/", "training_chips/1024x1024/")
    assert (environment["CHIPS_PER_IMAGE"], environment["CHIP_SIZE"]) == ("4", "512")

    shown = make(EXAMPLES / "cloud-run/Makefile", "show-thumbnails-job", "INPUT_FOLDER=gs://b/photos")
    _, container = container_of(yaml.safe_load(shown.stdout))
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    assert environment["INPUT_FOLDER"] == environment["OUTPUT_FOLDER"] == "gs://b/photos"


def variables_of_the_task():
    return set(re.findall(r"\$\{([A-Z_]+)[:}-]", TASK.read_text())) | {"SOURCE", "CHIPS"}


def test_every_variable_that_a_job_sets_is_read():
    chips = yaml.safe_load(make(EXAMPLES / "cloud-run/Makefile", "show-chips-job").stdout)
    thumbnails = yaml.safe_load(make(EXAMPLES / "cloud-run/Makefile", "show-thumbnails-job").stdout)
    batch = json.loads(make(EXAMPLES / "aws-batch/Makefile", "show-chips-job").stdout)
    sagemaker = json.loads(make(EXAMPLES / "sagemaker/Makefile", "show-chips-job", "HOSTS=3").stdout)
    assert sagemaker["ProcessingResources"]["ClusterConfig"]["InstanceCount"] == 3
    assert batch["containerProperties"]["command"] == sagemaker["AppSpecification"]["ContainerArguments"] == ["chips"]
    names = set(sagemaker["Environment"]) | {entry["name"] for entry in batch["containerProperties"]["environment"]}
    for job in (chips, thumbnails):
        names |= {entry["name"] for entry in container_of(job)[1]["env"]}
    assert names <= variables_of_the_task()
    for text in map(json.dumps, (chips, thumbnails, batch, sagemaker)):
        assert "${" not in text
    readme = (EXAMPLES / "cloud-run/README.md").read_text()
    assert {name for name in variables_of_the_task() if f"`{name}`" not in readme} <= {"STAMP"}


def test_the_image_has_what_the_program_needs():
    dockerfile = (EXAMPLES / "cloud-run/Dockerfile").read_text()
    build, runtime = dockerfile.split("FROM debian:12-slim")[1:]
    # The packages and the command that the README and scripts/setup have.
    assert "scripts/packages.txt" in build
    assert re.search(r"pip install .*'\.\[index\]'", build)
    for source in re.findall(r"^COPY (?!--from)(\S+) ", dockerfile, re.MULTILINE):
        assert (ROOT / source).exists(), source
    if not shutil.which("dpkg-query") or not shutil.which("ldd"):
        pytest.skip("no dpkg and ldd here, which know what the program's libraries belong to")
    from tilewright import _core

    needed = subprocess.run(["objdump", "-p", _core.__file__], capture_output=True, text=True, check=True).stdout
    names = set(re.findall(r"NEEDED\s+(\S+)", needed))
    paths = dict(
        re.findall(
            r"(\S+) => (\S+)",
            subprocess.run(["ldd", _core.__file__], capture_output=True, text=True, check=True).stdout,
        )
    )
    for name in sorted(names & set(paths)):
        owner = subprocess.run(
            ["dpkg-query", "-S", Path(paths[name]).name], capture_output=True, text=True, check=True
        ).stdout
        packages = {line.partition(":")[0] for line in owner.splitlines()}
        # What every Debian has.
        if packages & {"libc6", "libstdc++6", "libgcc-s1", "zlib1g"}:
            continue
        assert any(re.search(rf"\b{re.escape(package)}\b", runtime) for package in packages), f"{name}: {packages}"


SCRIPTS = [
    TASK,
    *sorted(EXAMPLES.glob("*/*.sh")),
    *sorted(p for folder in ("scripts", "packaging") for p in (ROOT / folder).iterdir() if p.suffix == ""),
    ROOT / ".ci/run",
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_clean(script):
    first = script.read_text().splitlines()[0]
    if "bash" not in first:
        return
    shellcheck = Path(sys.executable).parent / "shellcheck"
    # Words that are to be split, as lists of packages, stand without quotes in scripts/setup.
    done = subprocess.run(
        [shellcheck, "--severity", "warning", "--exclude", "SC2046", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
