# SPDX-License-Identifier: Apache-2.0
"""What parts of the package need is installed for them alone, loaded by them alone, and named where it is missing."""

import ast
import json
import re
import subprocess
import sys
from importlib.metadata import metadata, packages_distributions, requires
from pathlib import Path

import pytest

import tilewright

PACKAGE = Path(tilewright.__file__).parent
HEAVY = [
    *("distributed", "h5py", "onnxruntime", "pyarrow", "scipy", "yaml"),
    *("fastapi", "pydantic", "starlette", "uvicorn", "httpx", "google", "prometheus_client"),
    *("certifi", "IPython"),
]


def python(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def requirements(extra=""):
    """Names of what an extra brings, or what comes with the package."""
    marked = f'extra == "{extra}"' if extra else None
    names = set()
    for line in requires("tilewright"):
        requirement, _, marker = line.partition(";")
        if marker.strip().replace("'", '"') == (marked or ""):
            names.add(re.match(r"[\w.-]+", requirement)[0].lower())
    return names


@pytest.mark.parametrize(
    "program",
    [
        "import tilewright, tilewright.batch, tilewright.raster, tilewright.thumbnail",
        "import tilewright.tasks, tilewright.task_request",
        "import tilewright.dispatch, tilewright.dataset_list",
        "from tilewright.cli import SUBCOMMANDS, take_up; take_up(SUBCOMMANDS)",
    ],
)
def test_nothing_else_loads_it(program):
    done = python(f"import sys\n{program}\nprint([name for name in {HEAVY} if name in sys.modules])")
    assert done.stdout == "[]\n", done.stderr


DISPATCH = ["dispatch", "out", "a.tif", "--url", "http://127.0.0.1:1"]
DATASET = ["h5py", "httpx", "onnxruntime", "pyarrow", "scipy", "yaml"]


@pytest.mark.parametrize(
    ("absent", "arguments", "extra"),
    [
        ("fastapi", ["worker", "--auth", "none"], "worker"),
        ("uvicorn", ["worker", "--auth", "none"], "worker"),
        ("prometheus_client", ["worker", "--auth", "none"], "worker"),
        ("google.auth", ["worker", "--auth", "oidc"], "worker"),
        ("httpx", DISPATCH, "worker"),
        ("google.auth", [*DISPATCH, "--auth", "oidc"], "worker"),
        ("google.cloud", ["dispatch", "out", "a.tif", "--pubsub", "projects/p/topics/windows"], "pubsub"),
        ("distributed", ["chips", ".", "out", "--dask", "127.0.0.1:1"], "dask"),
        *((absent, ["dataset", "run", "--config", "c.yaml"], "dataset") for absent in DATASET),
        *(("h5py", ["dataset", stage, "--config", "c.yaml"], "dataset") for stage in ("status", "download")),
    ],
)
def test_a_command_says_what_to_install(folder, photograph, absent, arguments, extra):
    from tilewright import raster

    raster.write("a.tif", photograph)
    done = python(f"import sys\nsys.modules[{absent!r}] = None\nfrom tilewright.cli import main\nmain({arguments!r})")
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(f"Error: {absent}")
    assert done.stderr.endswith(f" is not installed; pip install 'tilewright[{extra}]'\n")
    assert done.stderr.count("\n") == 1


def test_chips_without_an_index_say_what_brings_one(folder, photograph):
    from tilewright import raster

    Path("in").mkdir()
    raster.write("in/a.tif", photograph)
    done = python(
        "import importlib.util as util\nfound = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'pyarrow' else found(name, *rest)\n"
        "from tilewright.cli import main\nmain(['chips', 'in', 'out', '--size', '16', '--count', '2'])"
    )
    assert done.returncode == 0, done.stderr
    assert "no chips.parquet: pyarrow is not installed; pip install 'tilewright[index]'" in done.stderr


@pytest.mark.parametrize(
    ("absent", "module", "extra"),
    [
        ("h5py", "tilewright.dataset", "dataset"),
        ("fastapi", "tilewright.worker.app", "worker"),
        ("pydantic", "tilewright.worker.app", "worker"),
        ("httpx", "tilewright.dispatch.http", "worker"),
        ("google.auth", "tilewright.dispatch.identity", "worker"),
    ],
)
def test_an_import_says_what_to_install(absent, module, extra):
    """And is an ImportError, as programs expect that try whether a part is there."""
    tried = f"try:\n    import {module}\nexcept ImportError as error:\n    print(error)"
    done = python(f"import sys\nsys.modules[{absent!r}] = None\n{tried}")
    assert done.stdout.startswith(absent), done.stderr
    assert done.stdout.endswith(f" is not installed; pip install 'tilewright[{extra}]'\n")


def test_a_package_that_cannot_be_loaded_is_named(tmp_path):
    """As one that wants another NumPy than the one that is there."""
    (tmp_path / "pyarrow.py").write_text("raise ImportError('pyarrow requires NumPy 2.0 or newer')")
    done = python(
        f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\n"
        "from tilewright.cli import main\nmain(['dataset', 'run', '--config', 'c.yaml'])"
    )
    expected = "a package of tilewright[dataset] cannot be loaded: pyarrow requires NumPy 2.0 or newer"
    assert (done.returncode, done.stderr) == (2, f"Error: {expected}\n")


def imported(sources):
    """Top-level packages, not of the standard library, that sources import."""
    names = set()
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add((node.module or "").partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"tilewright"}


def modules(folder):
    return [path.read_text(encoding="utf-8") for path in (PACKAGE / folder).rglob("*.py")]


def cells(notebook):
    return [
        "".join(cell["source"])
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]


def distributions(names):
    found = packages_distributions()
    return {found[name][0].lower().replace("_", "-") for name in names if name in found and name != "google"}


@pytest.mark.parametrize("extra", ["worker", "dataset"])
def test_an_extra_brings_what_its_part_imports(extra):
    # The last two are FastAPI's own.
    missing = distributions(imported(modules(extra))) - requirements(extra) - requirements()
    assert missing <= {"pydantic", "starlette"}


def test_the_package_alone_brings_what_the_command_line_imports():
    assert distributions(imported(modules("cli"))) <= requirements() | {"click"}
    assert requirements() == {"certifi", "numpy", "rich", "tqdm", "typer"}


def test_the_notebooks_need_what_their_extra_brings():
    notebooks = sorted((Path(__file__).parents[3] / "notebooks").glob("*.ipynb"))
    needed = imported([source for notebook in notebooks for source in cells(notebook)])
    assert {"IPython", "matplotlib", "pyproj"} <= needed
    # The last one is the kernel's own.
    assert {name.lower() for name in needed} - requirements("notebook") - requirements() == {"ipython"}


def test_all_is_all():
    extras = set(metadata("tilewright").get_all("Provides-Extra"))
    (line,) = [line for line in requires("tilewright") if re.search(r"""extra == ['"]all['"]""", line)]
    named = set(re.search(r"\[(.*)\]", line)[1].replace(" ", "").split(","))
    # The others are for those who work on tilewright.
    assert named == extras - {"all", "bench", "docs", "lint", "test"}
