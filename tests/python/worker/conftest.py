# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from tilewright.worker import work
from tilewright.worker.app import create_app
from tilewright.worker.auth import SharedToken
from tilewright.worker.drain import Drain
from tilewright.worker.settings import WorkerSettings

from .clients import TOKEN, InProcess
from .stage import Stage


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """Composites that the test holds and lets go."""
    made = Stage(tmp_path)
    monkeypatch.setattr(work, "write_composite", made.write_composite)
    return made


@pytest.fixture
def make_client(tmp_path, stage):
    """Makes clients of workers in this process, which may read and write in tmp_path."""
    opened = []

    def make(drain: Drain | None = None, authenticator=None, **settings):
        given = {"allow_read": (str(tmp_path),), "allow_write": (str(tmp_path),), **settings}
        app = create_app(WorkerSettings(authenticator or SharedToken(TOKEN), **given), drain)
        opened.append(InProcess(app))
        return opened[-1]

    yield make
    (tmp_path / "hold").unlink(missing_ok=True)
    for client in opened:
        client.close()


@pytest.fixture
def client(make_client):
    return make_client()
