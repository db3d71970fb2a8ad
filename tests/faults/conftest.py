"""What tests of bad days begin with: consoles on a site, a host that takes backups, a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.backup.repository.open import open_repository
from core.backup.repository.protocol import Repository
from core.postgres.embedded import EmbeddedServer
from tests.faults.buckets_on_bad_days import PART, OpenBucket
from tests.faults.terminal import Sit, seats_at
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import BackupSite, backup_site
from tests.servers.fault_proxy import FaultProxy, fault_proxy
from tests.servers.s3 import S3Server
from tests.servers.striking import Striker, striker
from tests.servers.watching import Site
from tests.servers.watching import site as site_of_consoles


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    """A state folder and a config with short paces; its watchers are gone in the end."""
    with site_of_consoles(tmp_path) as made:
        yield made


@pytest.fixture
def sit(here: Site) -> Iterator[Sit]:
    """Starts consoles on terminals of their own."""
    with seats_at(here) as made:
        yield made


@pytest.fixture
def site(postgres: EmbeddedServer, database: str, tmp_path: Path) -> Iterator[BackupSite]:
    """A host with one folder for backups, and a small database."""
    run(database, TABLES)
    with backup_site(tmp_path, postgres, database) as made:
        yield made


@pytest.fixture(scope="session")
def killer() -> Iterator[Striker]:
    """Kills work at any of its steps."""
    with striker() as made:
        yield made


@pytest.fixture
def proxy(s3_server: S3Server) -> Iterator[FaultProxy]:
    """The way to the bucket, which bad days may befall."""
    with fault_proxy(s3_server.url) as proxy:
        yield proxy


@pytest.fixture
def open_bucket(s3_server: S3Server, proxy: FaultProxy) -> Iterator[OpenBucket]:
    """Opens the bucket through the proxy, with other settings as they are given."""
    opened: list[Repository] = []

    def open_it(**changes: object) -> Repository:
        given = {"endpoint_url": proxy.url, "part_bytes": PART, "read_timeout_seconds": 2}
        settings = s3_server.settings(**{**given, **changes})
        opened.append(open_repository("offsite", settings))
        return opened[-1]

    yield open_it
    for each in opened:
        each.close()


@pytest.fixture
def bucket(open_bucket: OpenBucket) -> Repository:
    """The bucket through the proxy."""
    return open_bucket()
