# SPDX-License-Identifier: Apache-2.0
"""A wheel's own files of GDAL, PROJ and curl are used; what the user names is not forgotten."""

import functools
import http.server
import os
import shutil
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pyproj
import pyproj.datadir
import pytest

from tilewright import bundled_data, raster

NAMED_BY_USERS = ["GDAL_DATA", "PROJ_DATA", "PROJ_LIB", "GDAL_CURL_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"]
# What a wheel does as it is loaded, with a folder of the test's.
USE = "import sys; from tilewright import _core, raster, bundled_data; bundled_data.use(_core, sys.argv[1]); "


def told(program, data, **environment):
    kept = {name: value for name, value in os.environ.items() if name not in [*NAMED_BY_USERS, "AWS_CA_BUNDLE"]}
    command = [sys.executable, "-c", USE + program, data]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**kept, **environment})


@pytest.fixture
def data(tmp_path):
    """A folder as a wheel brings it, without what should be in it."""
    for name in ("gdal", "proj"):
        (tmp_path / "_data" / name).mkdir(parents=True)
    return tmp_path / "_data"


@pytest.fixture
def zone_31(folder, photograph):
    """An image of a zone that only proj.db can tell all of."""
    geotransform = (500000.0, 1.0, 0.0, 5000000.0, 0.0, -1.0)
    crs_wkt = pyproj.CRS.from_epsg(32631).to_wkt("WKT1_GDAL")
    info = raster.info_of(photograph, crs_wkt=crs_wkt, geotransform=geotransform)
    raster.write("a.tif", photograph, info=info)
    return Path("a.tif")


def test_coordinate_systems_come_from_the_folder(zone_31, data):
    program = f"print(raster.info({str(zone_31)!r}).epsg)"
    assert told(program, data / "absent").stdout == "32631\n"
    assert told(program, data).stdout == "None\n"


@pytest.mark.parametrize("variable", ["PROJ_DATA", "PROJ_LIB"])
def test_what_the_environment_names_comes_behind_the_folder(zone_31, data, variable):
    program = f"print(raster.info({str(zone_31)!r}).epsg)"
    assert told(program, data, **{variable: pyproj.datadir.get_data_dir()}).stdout == "32631\n"
    # That of another PROJ, which this one cannot read.
    other = data.parent / "other"
    other.mkdir()
    (other / "proj.db").write_bytes(b"of the future")
    shutil.copy(Path(pyproj.datadir.get_data_dir()) / "proj.db", data / "proj")
    assert told(program, data, **{variable: str(other)}).stdout == "32631\n"


@pytest.fixture
def address(certificate, zone_31):
    """An image behind a server whose certificate this machine does not know."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(zone_31.parent.resolve()))
    )
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}/a.tif"
    server.shutdown()
    server.server_close()


def test_certificates_are_those_of_the_folder_s_curl(address, certificate, data):
    program = f"print(raster.info({address!r}).bands)"
    done = told(program, data, AWS_CA_BUNDLE=str(certificate), PROJ_DATA=pyproj.datadir.get_data_dir())
    assert done.stdout == "3\n", done.stderr
    assert "certificate" in told(program, data).stderr, "certifi's do not hold it"


@pytest.mark.parametrize("variable", ["GDAL_CURL_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_certificates_of_the_user_stand(address, certificate, data, variable):
    program = f"print(raster.info({address!r}).bands)"
    done = told(program, data, **{variable: str(certificate), "PROJ_DATA": pyproj.datadir.get_data_dir()})
    assert done.stdout == "3\n", done.stderr


def test_certificates_are_certifi_s(monkeypatch):
    import certifi

    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    assert Path(bundled_data.certificates()).samefile(certifi.where())
    program = "import sys; from tilewright import bundled_data; bundled_data.certificates(); print(list(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "'certifi'" not in done.stdout, "it takes longer to load than tilewright"


def test_another_build_is_left_alone():
    """Where GDAL is the machine's own, so are its files."""
    program = "import sys, tilewright._core; print('certifi' in sys.modules, 'importlib.resources' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
