"""Several watchers on one store, and a server that none of them can reach."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.engine.presence import claim, is_watched
from core.model.server import Link, LinkState
from core.model.snapshot import Subject
from tests.servers.proxy import network_to
from tests.servers.watching import QUICK_ENGINE, Program, Site, programs_of, site, until
from tests.servers.witness import Witness

pytestmark = pytest.mark.waits

PATIENCE_SECONDS = 60
"""Processes start slowly where many tests run."""
MOST = 1.5
FORGOTTEN_SECONDS = MOST + 2 + 2 + 0.5
"""When an outage that nobody tells of is over: a wait, a connect timeout and a lease's length."""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    """A site whose watchers soon wait for so long that two who don't share it would be seen."""
    slower = QUICK_ENGINE.replace(
        "reconnect_most_seconds = 0.5", f"reconnect_most_seconds = {MOST}"
    )
    assert slower != QUICK_ENGINE
    with site(tmp_path, engine=slower) as made:
        yield made


@pytest.fixture
def unhurried(tmp_path: Path) -> Iterator[Site]:
    """A site whose outages are told of for so long that a new watcher has all the time it wants."""
    times = QUICK_ENGINE.replace("connect_timeout_seconds = 2", "connect_timeout_seconds = 60")
    assert times != QUICK_ENGINE
    with site(tmp_path, engine=times) as made:
        yield made


def newest(witness: Witness) -> tuple[datetime, Link] | None:
    """The newest word about the server, while it is down."""
    if not (witness.site.state / "store.sqlite3").exists():
        return None
    with witness.store() as store:
        taken = store.snapshots.latest(witness.server_id).get(Subject.LINK)
    if taken is None or not isinstance(taken.body, Link) or not taken.body.attempts:
        return None
    return taken.taken_at, taken.body


def down(witness: Witness, attempts: int = 1) -> Link:
    """The link once it has been tried so often."""
    links: list[Link] = []

    def is_down() -> bool:
        with contextlib.suppress(Exception):  # the store is just being made
            found = newest(witness)
            if found is not None and found[1].attempts >= attempts:
                links.append(found[1])
        return bool(links)

    until(is_down, PATIENCE_SECONDS)
    return links[0]


def failures(program: Program) -> int:
    """How often a program said that it got no connection; ends it."""
    program.process.terminate()
    _, said = program.process.communicate(timeout=PATIENCE_SECONDS)
    return said.count("no connection to")


async def test_two_watchers_try_a_dead_server_as_often_as_one_and_tell_of_one_outage(
    here: Site, database: str
) -> None:
    async with network_to(database) as (dsn, network):
        network.refuse()
        witness = Witness(here, dsn)
        told: dict[int, tuple[datetime, Link]] = {}

        def both_try(start: Callable[[str], Program]) -> tuple[int, int]:
            first = start("serve")
            down(witness, 2)
            second = start("serve")
            until(lambda: witness.kinds() == ["service", "service"], PATIENCE_SECONDS)
            end = datetime.now(UTC) + timedelta(seconds=8)

            def is_over() -> bool:
                if (found := newest(witness)) is not None:
                    told[found[1].attempts] = found
                return datetime.now(UTC) > end

            until(is_over, PATIENCE_SECONDS)
            tries = failures(first), failures(second)
            is_over()  # They tried on while the first of them was ended.
            return tries

        with programs_of(here, dsn) as start:
            tries = await asyncio.to_thread(both_try, start)

    assert min(tries) >= 2, "they take turns"
    assert len({link.since for _, link in told.values()}) == 1
    last = max(told)
    assert sum(tries) - last in (0, 1), "the count is that of both"
    in_order = [told[number] for number in sorted(told)]
    too_early = [
        link.attempts
        for (_, before), (at, link) in itertools.pairwise(in_order)
        if link.attempts == before.attempts + 1
        and before.next_attempt_at is not None
        and at < before.next_attempt_at
    ]
    assert len(too_early) <= 1, "only the second watcher's first attempt is made at once"
    assert network.refused <= last + 1


async def test_a_new_watcher_goes_on_with_the_outage_that_a_killed_one_told_of(
    unhurried: Site, database: str
) -> None:
    async with network_to(database) as (dsn, network):
        network.refuse()
        witness = Witness(unhurried, dsn)

        def one_after_the_other(start: Callable[[str], Program]) -> tuple[Link, Link]:
            first = start("serve")
            before = down(witness, 3)
            first.kill()
            start("serve")
            return before, down(witness, before.attempts + 2)

        with programs_of(unhurried, dsn) as start:
            before, after = await asyncio.to_thread(one_after_the_other, start)
        assert after.state is LinkState.UNREACHABLE
        assert after.since == before.since


async def test_an_outage_that_nobody_watched_to_its_end_is_not_said_to_have_lasted(
    here: Site, database: str
) -> None:
    async with network_to(database) as (dsn, network):
        network.refuse()
        witness = Witness(here, dsn)

        def with_a_pause(start: Callable[[str], Program]) -> tuple[Link, Link]:
            first = start("serve")
            before = down(witness, 1)
            first.kill()
            found = newest(witness)
            assert found is not None
            over = found[0] + timedelta(seconds=FORGOTTEN_SECONDS)
            until(lambda: datetime.now(UTC) > over, seconds=20)
            start("serve")
            until(lambda: (newest(witness) or found)[1].since > over, PATIENCE_SECONDS)
            return before, down(witness)

        with programs_of(here, dsn) as start:
            before, after = await asyncio.to_thread(with_a_pause, start)
        assert after.since > before.since


def watchers_seen(here: Site, seconds: float) -> set[int]:
    """How many watchers there were at any moment within ``seconds``."""
    counted = set()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        counted.add(len(here.watchers()))
        time.sleep(0.1)
    return counted


def refused(dsn: str) -> str:
    """The DSN with a password that is wrong."""
    return dsn.replace(f":{urlsplit(dsn).password}@", ":not-the-password@")


def test_a_console_whose_rival_watches_starts_no_other_when_the_refused_service_ends(
    here: Site, database: str
) -> None:
    dsn = refused(database)
    with programs_of(here, dsn) as start:
        service = start("serve")
        until(lambda: service.said("no connection to"))
        start("console")
        until(lambda: len(here.watchers()) == 1, PATIENCE_SECONDS)
        assert service.terminate() == 0
        assert watchers_seen(here, 3) == {1}
        server_id = here.launch(dsn).servers[0].server_id
        assert is_watched(here.state, server_id), "the rival took the lock: nobody starts another"


def test_a_refusal_of_some_time_ago_makes_no_console_start_a_rival(
    here: Site, database: str
) -> None:
    dsn = refused(database)
    server_id = here.launch(dsn).servers[0].server_id
    with programs_of(here, dsn) as start:
        service = start("serve")
        down(Witness(here, dsn))
        service.kill()
        time.sleep(FORGOTTEN_SECONDS)
        lock = claim(here.state, server_id)  # as a watcher that has not said anything yet
        assert lock is not None
        try:
            start("console")
            assert watchers_seen(here, 3) == {0}
        finally:
            os.close(lock)
