# SPDX-License-Identifier: Apache-2.0
"""Read over https with the certificates that certifi has, and with others that the user names: trust_certifi.py FOLDER.

A package named certifi, with a certificate made here, stands before the real one.
"""

from __future__ import annotations

import datetime
import functools
import http.server
import ipaddress
import os
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAMED_BY_USERS = {"AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "GDAL_CURL_CA_BUNDLE", "SSL_CERT_FILE"}


def make_certificate(folder: Path) -> Path:
    """Write key and certificate of 127.0.0.1, signed by itself, into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(private + certificate.public_bytes(pem))
    (folder / "certifi").mkdir()
    (folder / "certifi/__init__.py").touch()
    (folder / "certifi/cacert.pem").write_bytes(certificate.public_bytes(pem))
    return folder / "server.pem"


def reads(address: str, **environment: str) -> bool:
    """Whether an image can be read over https; any reason but the certificate ends the program."""
    others = {name: value for name, value in os.environ.items() if name not in NAMED_BY_USERS}
    done = subprocess.run(
        [sys.executable, "-c", f"from tilewright import raster; raster.read({address!r})"],
        check=False, env={**others, **environment}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert done.returncode == 0 or "certificate" in done.stderr, done.stderr
    return done.returncode == 0


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(make_certificate(Path(made)))
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"https://127.0.0.1:{server.server_port}/deflate.tif"
        ours = str(Path(made) / "certifi/cacert.pem")
        assert not reads(address), "the real certifi does not know this certificate"
        assert reads(address, PYTHONPATH=made), "certifi's certificates are trusted"
        assert reads(address, CURL_CA_BUNDLE=ours), "those that the user names are trusted"
        assert not reads(address, PYTHONPATH=made, CURL_CA_BUNDLE="/etc/hostname"), "and no others then"
        server.shutdown()
    print("certificates are those of certifi, or the user's")


main()
