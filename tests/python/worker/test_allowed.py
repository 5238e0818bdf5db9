# SPDX-License-Identifier: Apache-2.0
"""What a worker may read and write."""

import os
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilewright.errors import InvalidArgumentError
from tilewright.worker.allowed import AllowedPlaces, archive_of
from tilewright.worker.refusal import RefusedError


def allowed(*prefixes):
    return AllowedPlaces(prefixes, "--allow-read")


names = st.text(st.sampled_from("ab.%/\\ 2eEfF{}:@?#"), max_size=12)


@given(names, st.sampled_from(["s3://bucket/in", "https://host/in"]))
def test_what_is_allowed_stays_under_the_prefix_however_it_is_read(name, prefix):
    """Read literally, decoded, or with dot segments taken out: none leads out."""
    place = f"{prefix}/{name}"
    if allowed(prefix).allows(place):
        root = prefix.partition("://")[2]
        path = place.partition("://")[2].partition("?")[0].partition("#")[0]
        for _ in range(4):
            assert os.path.normpath(path) == root or os.path.normpath(path).startswith(root + "/")
            path = path.replace("%2e", ".").replace("%2E", ".").replace("%2f", "/").replace("%2F", "/")
            path = path.replace("%25", "%")


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=5), min_size=1, max_size=4))
def test_whatever_lies_below_by_plain_names_is_allowed(parts):
    for prefix in ("s3://bucket/in", "gs://bucket", "/nowhere/in"):
        assert allowed(prefix).allows("/".join([prefix, *parts]))
        assert allowed(prefix + "/").allows("/".join([prefix, *parts]))


@pytest.mark.parametrize(
    "place",
    [
        "s3://bucket/inside.tif",  # A prefix ends where a name ends.
        "s3://bucket/in/../keys.tif",
        "s3://bucket/in/./../keys.tif",
        "s3://bucket/in/%2e%2e/keys.tif",
        "s3://bucket/in/%2E./keys.tif",
        "s3://bucket/in/%252e%252e/keys.tif",
        "s3://bucket/in/..%2fkeys.tif",
        "s3://bucket/in/%c0%ae%c0%ae/keys.tif",
        "s3://bucket/in/..\\keys.tif",
        "s3://bucket/in/a\n.tif",
        "s3://bucket/in/a%00.tif",
        "S3://bucket/in/a.tif",
        "s3://other/in/a.tif",
        "gs://bucket/in/a.tif",
        "s3://",
        "",
        "http://169.254.169.254/computeMetadata/v1/",
        "https://bucket/in/a.tif",
        "/etc/passwd",
        "etc/passwd",
        "file:///etc/passwd",
        "/vsicurl/http://169.254.169.254/",
        "/vsis3/bucket/in/a.tif",
        "vrt://s3://bucket/in/a.tif",
        "<VRTDataset/>",
        "zip://{/etc/secrets.zip}/a.tif",
        "zip://{s3://other/a.zip}/s3://bucket/in/a.tif",
        "zip://s3://bucket/in/a.zip/a.tif",
        "zip://{s3://bucket/in/a.zip}/../a.tif",
        "zip://{s3://bucket/in/a.zip}b/a.tif",
        "zip://{}/a.tif",
        "zip://{zip://{/etc/a.zip}/s3://bucket/in}/a.tif",
    ],
)
def test_what_lies_elsewhere_is_refused(place):
    places = allowed("s3://bucket/in")
    assert not places.allows(place)
    with pytest.raises(RefusedError) as refused:
        places.require(place)
    assert (refused.value.status, refused.value.poison) == (403, True)


def test_members_are_judged_by_their_archive():
    places = allowed("s3://bucket/in")
    assert places.allows("zip://{s3://bucket/in/a.zip}/deep/b.tif")
    assert places.allows("tar://{zip://{s3://bucket/in/a.zip}/b.tar}/c.tif")
    assert places.allows("zip://{s3://bucket/in/a.zip}")
    assert archive_of("s3://bucket/in/a.zip") is None


def test_local_places_are_judged_by_where_their_links_lead(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.tif").touch()
    (tmp_path / "in/out").symlink_to(tmp_path)
    (tmp_path / "in/same").symlink_to(tmp_path / "in")
    (tmp_path / "elsewhere").symlink_to(tmp_path / "in")
    places = allowed(str(tmp_path / "in"))
    assert places.allows(str(tmp_path / "in/a.tif"))
    assert places.allows(str(tmp_path / "in/same/a.tif"))
    assert places.allows(str(tmp_path / "elsewhere/a.tif"))
    assert not places.allows(str(tmp_path / "in/out/secret.tif"))
    assert not places.allows(str(tmp_path / "secret.tif"))
    # A prefix may itself be a link, set anew while the worker runs.
    linked = allowed(str(tmp_path / "elsewhere"))
    assert linked.allows(str(tmp_path / "in/a.tif"))
    (tmp_path / "elsewhere").unlink()
    assert not linked.allows(str(tmp_path / "in/a.tif"))


@pytest.mark.parametrize("odd", ["@", ":443@", ":80", ".evil", "%2f"])
def test_hosts_are_whole(odd):
    assert not allowed("https://host/in").allows(f"https://host{odd}/in/a.tif")
    assert not allowed("https://host").allows(f"https://host{odd}/a.tif".replace("@", "@evil"))


def test_hosts_are_compared_as_hosts():
    places = allowed("https://Host/in")
    assert places.allows("https://host:443/in/a.tif?signature=x%20y")
    assert not places.allows("http://host/in/a.tif")


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "/",
        "/../",
        "s3://",
        "https://",
        "ftp://host/x",
        "zip://{s3://bucket/a.zip}",
        "s3://bucket/a/../b",
        "http://169.254.169.254/",
        "http://[fd00:ec2::254]/",
        "http://metadata.google.internal/x",
        "https://user@host/",
        "https://host/a?b=c",
    ],
)
def test_prefixes_that_would_allow_too_much_are_refused(prefix):
    with pytest.raises(InvalidArgumentError, match="--allow-read"):
        allowed(prefix)


def test_nothing_is_allowed_without_prefixes():
    assert not allowed().allows("s3://bucket/a.tif")


def test_escapes_that_lead_nowhere_are_names():
    assert allowed("https://host/in").allows(f"https://host/in/{quote('ä ö')}/a.tif")
