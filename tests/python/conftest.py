# SPDX-License-Identifier: Apache-2.0
import datetime
import ipaddress
import json
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"

# Timing of examples depends on the machine; nothing here is a timed test.
settings.register_profile("tilewright", deadline=None, max_examples=40, print_blob=True)
settings.load_profile("tilewright")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def photograph():
    """Samples that look like an aerial image: smooth, with some noise; shape (3, 600, 800), uint8."""
    rows, columns = np.mgrid[0:600, 0:800]
    noise = np.random.default_rng(1).integers(0, 12, (3, 600, 800))
    waves = np.stack([np.sin(rows / 50) + np.cos(columns / 70), np.sin(columns / 31), np.cos((rows + columns) / 90)])
    return (100 + 50 * waves + noise).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate of this machine, with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(signed.public_bytes(pem) + secret)
    return path


@pytest.fixture(scope="session")
def schemas():
    """The published schemas as validators, by name: "metadata", "batch_report", ..."""
    texts = {path.name.removesuffix(".schema.json"): path.read_text() for path in REFERENCE.glob("*.schema.json")}
    read = {name: json.loads(text) for name, text in texts.items()}
    known = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in read.values())
    return {name: Draft202012Validator(schema, registry=known) for name, schema in read.items()}


@pytest.fixture(autouse=True, scope="session")
def ctrl_c_is_heard():
    """A program that was started in the background of a shell hears no Ctrl-C, nor do those it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
