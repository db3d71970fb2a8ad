"""One sampler however many look, and another when it dies."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from tests.servers.watching import Program, programs_of, site, until
from tests.servers.witness import Witness

pytestmark = pytest.mark.waits


@pytest.fixture
def quick(tmp_path: Path, database: str) -> Iterator[Witness]:
    """With short paces, leases and graces."""
    with site(tmp_path) as made:
        yield Witness(made, database)


@pytest.fixture
def as_shipped(tmp_path: Path, database: str) -> Iterator[Witness]:
    """With the paces, leases and graces that everybody has."""
    with site(tmp_path, engine="") as made:
        yield Witness(made, database)


def test_two_consoles_and_a_service_cost_the_server_what_one_console_costs(
    quick: Witness,
) -> None:
    with programs_of(quick.site, quick.dsn) as start:
        start("console")
        until(quick.has_begun)
        time.sleep(2)
        alone = quick.statements_within(5)
        start("console")
        start("serve")
        until(lambda: quick.kinds() == ["console", "console", "service", "watcher"])
        time.sleep(1)
        together = quick.statements_within(5)
        assert quick.sessions() == 1
        assert alone > 10
        assert together <= alone * 1.1


def test_when_the_sampler_is_killed_another_takes_over_without_a_gap(
    as_shipped: Witness,
) -> None:
    with programs_of(as_shipped.site, as_shipped.dsn) as start:
        service = start("serve")
        until(lambda: service.said("connected to"))
        start("console")
        start("console")
        until(lambda: as_shipped.kinds() == ["console", "console", "service"])
        assert as_shipped.sampler() == psutil.Process(service.process.pid)
        time.sleep(3)
        begun = datetime.now(UTC) - timedelta(seconds=2)
        for _ in range(2):
            victim = as_shipped.sampler()
            assert victim is not None
            victim.kill()
            until(lambda: as_shipped.sampler() not in (None, victim), seconds=10)  # noqa: B023
            time.sleep(5)
        moments = [moment for moment in as_shipped.moments() if moment > begun]
        gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
        assert len(moments) > 5
        assert max(gaps) < timedelta(seconds=10)
        assert as_shipped.sessions() == 1


def test_a_service_takes_over_when_the_watcher_of_the_last_console_ends(
    quick: Witness,
) -> None:
    with programs_of(quick.site, quick.dsn) as start:
        console = start("console")
        until(quick.has_begun)
        service = start("serve")
        until(lambda: quick.kinds() == ["console", "service", "watcher"])
        assert quick.sampler() in quick.site.watchers()
        console.kill()
        until(lambda: quick.sampler() == psutil.Process(service.process.pid))
        until(lambda: not quick.site.watchers())


def test_a_service_that_is_told_to_stop_gives_its_leases_back(quick: Witness) -> None:
    with programs_of(quick.site, quick.dsn) as start:
        service = start("serve")
        until(quick.has_begun)
        assert quick.sampler() == psutil.Process(service.process.pid)
        assert service.terminate() == 0
        with quick.store() as store:
            assert store.leases.holder(f"server:{quick.server_id}") is None
            assert store.processes.alive(lost_after_seconds=60) == ()
        until(lambda: quick.sessions() == 0)


def test_a_minute_after_every_console_was_killed_no_watcher_is_left(
    as_shipped: Witness,
) -> None:
    with programs_of(as_shipped.site, as_shipped.dsn) as start:
        consoles = [start("console") for _ in range(3)]
        until(lambda: as_shipped.has_begun() and len(as_shipped.kinds()) == 4)
        assert len(as_shipped.site.watchers()) == 1
        for console in consoles:
            console.kill()
        assert len(as_shipped.site.watchers()) == 1
        until(lambda: not as_shipped.site.watchers(), seconds=60)
        until(lambda: as_shipped.sessions() == 0)


def test_a_watcher_outlives_the_console_that_started_it_while_another_looks(
    quick: Witness,
) -> None:
    with programs_of(quick.site, quick.dsn) as start:
        first = start("console")
        until(quick.has_begun)
        start("console")
        until(lambda: quick.kinds() == ["console", "console", "watcher"])
        [watcher] = quick.site.watchers()
        first.kill()
        time.sleep(4)
        assert quick.site.watchers() == [watcher]


def test_a_service_tells_systemd_that_it_is_ready_alive_and_stopping(
    quick: Witness, tmp_path: Path
) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(address))
        listener.settimeout(15)
        service = Program(
            *("-m", "tests.servers.program", "serve", quick.dsn, str(quick.site.folder)),
            environment={"NOTIFY_SOCKET": str(address)},
        )
        try:
            assert listener.recv(4096).startswith(b"READY=1\n")
            assert listener.recv(4096) == b"WATCHDOG=1"
            assert service.terminate() == 0
            said = b""
            while said != b"STOPPING=1":
                said = listener.recv(4096)
        finally:
            service.end()
