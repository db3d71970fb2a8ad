"""Watchers on several hosts that share one PostgreSQL store."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from core.postgres.embedded import EmbeddedServer
from tests.servers.databases import fresh_database
from tests.servers.hosts import on_host
from tests.servers.watching import Program, programs_of, site, until
from tests.servers.witness import Witness

pytestmark = pytest.mark.waits

HOSTS = ("anchorage", "bergen", "cadiz")


@pytest.fixture
def shared_store(postgres: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A config with the times that everybody has and a store on PostgreSQL."""
    with fresh_database(postgres) as name:
        place = urlsplit(postgres.dsn(name))
        monkeypatch.setenv("STORE_PASSWORD", str(place.password))
        url = f"postgresql://{place.username}@{place.hostname}:{place.port}/{name}"
        yield f'[store]\nurl = "{url}"\npassword_env = "STORE_PASSWORD"\n'


def test_when_the_host_that_samples_dies_another_takes_over(
    database: str, shared_store: str, tmp_path: Path
) -> None:
    with ExitStack() as open_:
        programs: dict[str, Program] = {}
        for host in HOSTS:
            (tmp_path / host).mkdir()
            here = open_.enter_context(site(tmp_path / host, engine=shared_store))
            start = open_.enter_context(programs_of(here, database, before=on_host(host)))
            programs[host] = start("serve")
            assert programs[host].said("watching")
        witness = Witness(here, database)
        until(lambda: len(witness.moments()) > 1)
        with witness.store() as store:
            seen = {each.host for each in store.processes.alive(lost_after_seconds=60)}
        assert seen == set(HOSTS)
        assert witness.sessions() == 1
        begun = datetime.now(UTC) - timedelta(seconds=2)

        for _ in range(2):
            victim = witness.sampler()
            assert victim is not None
            victim.kill()
            took = until(lambda: witness.sampler() not in (None, victim), seconds=10)  # noqa: B023
            assert took > 1, "of another host nobody knows at once that it is dead"
            time.sleep(5)

        moments = [moment for moment in witness.moments() if moment > begun]
        gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
        # Where nobody looks, the connections are read every 10 s.
        assert max(gaps) < timedelta(seconds=20)
        [last] = [each for each in programs.values() if each.process.poll() is None]
        assert witness.sampler() == psutil.Process(last.process.pid)
        assert witness.sessions() == 1
