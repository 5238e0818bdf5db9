# SPDX-License-Identifier: Apache-2.0
"""ID tokens as Google signs them, made with a key of the test's own."""

import datetime
import json
import time
from types import SimpleNamespace

import google.auth.crypt
import google.auth.exceptions
import google.auth.jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tilewright.dispatch.identity import IdentityToken
from tilewright.errors import InvalidArgumentError, PermissionDeniedError
from tilewright.worker.oidc import GoogleIdentity
from tilewright.worker.refusal import RefusedError

AUDIENCE = "https://worker.example/median"
ACCOUNT = "pusher@project.iam.gserviceaccount.com"


class Google:
    """Signs tokens, and gives its keys to who asks."""

    def __init__(self):
        self.asked = 0
        self.fails = False
        self.keys = {}
        self.signer = self.new_key("one")

    def new_key(self, name):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        self.keys[name] = certificate.public_bytes(serialization.Encoding.PEM).decode()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        return google.auth.crypt.RSASigner.from_string(pem, name)

    def token(self, signer=None, **claims):
        now = int(time.time())
        given = {
            "iss": "https://accounts.google.com",
            "aud": AUDIENCE,
            "email": ACCOUNT,
            "email_verified": True,
            "iat": now,
            "exp": now + 3600,
            **claims,
        }
        given = {key: value for key, value in given.items() if value is not None}
        return google.auth.jwt.encode(signer or self.signer, given).decode()

    def __call__(self, url, method="GET", **options):
        self.asked += 1
        if self.fails:
            raise google.auth.exceptions.TransportError("no route")
        return SimpleNamespace(
            status=200, headers={"cache-control": "public, max-age=100"}, data=json.dumps(self.keys).encode()
        )


@pytest.fixture(scope="module")
def keys():
    return Google()


@pytest.fixture
def google_keys(keys):
    keys.asked, keys.fails = 0, False
    return keys


@pytest.fixture
def identity(google_keys):
    return GoogleIdentity(AUDIENCE, [ACCOUNT], google_keys)


def test_the_right_token_is_taken_and_keys_are_fetched_once(identity, google_keys):
    for _ in range(3):
        identity.check(f"Bearer {google_keys.token()}")
    assert google_keys.asked == 1


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"aud": "https://other.example"}, 401),
        ({"aud": None}, 401),
        ({"iss": "https://evil.example"}, 401),
        ({"iss": None}, 401),
        ({"exp": int(time.time()) - 3600}, 401),
        ({"iat": int(time.time()) + 3600}, 401),
        ({"exp": None}, 401),
        ({"email": "other@project.iam.gserviceaccount.com"}, 403),
        ({"email": None}, 403),
        ({"email_verified": False}, 403),
        ({"email_verified": "true"}, 403),
        ({"email_verified": None}, 403),
    ],
)
def test_each_claim_is_checked(identity, google_keys, claims, status):
    with pytest.raises(RefusedError) as refused:
        identity.check(f"Bearer {google_keys.token(**claims)}")
    assert (refused.value.status, refused.value.poison) == (status, False)


def test_other_signatures_are_refused(identity, google_keys):
    stranger = Google()
    header, payload, signature = google_keys.token().split(".")
    unsigned = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
    for token in (
        google_keys.token(stranger.signer),
        f"{header}.{payload}.{signature[:-4]}AAAA",
        f"{unsigned}.{payload}.",
        f"{header}.{payload}",
        "a.b.c",
        "x",
    ):
        with pytest.raises(RefusedError) as refused:
            identity.check(f"Bearer {token}")
        assert refused.value.status == 401


def test_no_keys_is_trouble_that_passes(identity, google_keys):
    google_keys.fails = True
    with pytest.raises(RefusedError) as refused:
        identity.check(f"Bearer {google_keys.token()}")
    assert refused.value.status == 503
    google_keys.fails = False
    identity.check(f"Bearer {google_keys.token()}")


@pytest.mark.parametrize(("audience", "accounts"), [("", [ACCOUNT]), (AUDIENCE, [])])
def test_everyone_s_tokens_are_not_taken(audience, accounts):
    with pytest.raises(InvalidArgumentError, match="everyone"):
        GoogleIdentity(audience, accounts)


def test_strangers_and_those_who_may_not_are_told_apart(make_client, google_keys, tmp_path):
    client = make_client(authenticator=GoogleIdentity(AUDIENCE, [ACCOUNT], google_keys))

    def status(token):
        return client.post("/median", json={}, headers={"Authorization": f"Bearer {token}"}).status_code

    assert status(google_keys.token()) == 400
    assert status("x") == 401
    assert status(google_keys.token(email="other@x")) == 403
    assert AUDIENCE in client.get("/openapi.json").text


def test_a_dispatcher_s_token_is_renewed_before_it_ends(monkeypatch):
    from google.oauth2 import id_token

    now, given = [0.0], iter(["one", "two"])
    monkeypatch.setattr(id_token, "fetch_id_token", lambda fetch, audience: f"{audience}-{next(given)}")
    token = IdentityToken("a", clock=lambda: now[0])
    assert [token(), token()] == ["Bearer a-one"] * 2
    now[0] = 3000.0
    assert token() == "Bearer a-two"


def test_a_dispatcher_without_credentials_is_told_what_to_give(monkeypatch):
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")

    def nobody(*_, **__):
        raise google.auth.exceptions.TransportError("nobody")

    monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:9")
    with pytest.raises(PermissionDeniedError, match="print-identity-token"):
        IdentityToken("https://worker.example", nobody)()
