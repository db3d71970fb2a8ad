"""A config that is changed while a server is watched: the newest console's settings are used."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from core.api.console import ConsoleSession
from core.model.health import Area, Assessment
from core.model.snapshot import Frame
from tests.servers.watching import (
    QUICK_ENGINE,
    Site,
    console,
    frame_where,
    is_full,
    programs_of,
    site,
)
from tests.servers.witness import Witness

ANY_CONNECTION_WARNS = "[thresholds]\nconnection_usage = { warning = 0.001, critical = 0.99 }\n"
TAKEOVER_SECONDS = 10


@pytest.fixture
def here(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site with a server named orders."""
    known = psycopg.conninfo.conninfo_to_dict(database)
    monkeypatch.setenv("ORDERS_PASSWORD", str(known["password"]))
    named = (
        f'[servers.orders]\nhost = "{known["host"]}"\nport = {known["port"]}\n'
        f'dbname = "{known["dbname"]}"\nuser = "{known["user"]}"\n'
        'password_env = "ORDERS_PASSWORD"\n'
    )
    with site(tmp_path, engine=named + QUICK_ENGINE) as made:
        yield made


def change(here: Site) -> None:
    """Edit the config: any connection is a warning from now on."""
    here.config.write_text(here.config.read_text() + ANY_CONNECTION_WARNS)


def warns(frame: Frame) -> bool:
    """Whether a frame was judged by the changed config."""
    found = frame.assessment.body if frame.assessment else None
    return isinstance(found, Assessment) and any(
        each.area is Area.CONNECTIONS and "slots" in f"{each.title} {each.detail}"
        for each in found.findings
    )


async def come(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait until ``condition`` holds, while consoles of this process go on."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - asked of the store from outside
            await asyncio.sleep(0.1)


def titles(session: ConsoleSession) -> list[str]:
    return [each.title for each in session.notices]


async def test_the_console_that_is_opened_last_has_its_settings_used_and_the_other_says_so(
    here: Site,
) -> None:
    witness = Witness(here, "orders")
    async with console(here.launch("orders")) as older:
        assert not warns(await frame_where(older, is_full))
        first = witness.sampler()
        change(here)
        async with console(here.launch("orders")) as newer:
            await frame_where(newer, warns)
            await come(lambda: witness.sampler() not in (None, first))
            await come(lambda: len(here.watchers()) == 1)
            await come(lambda: older.notices)
            assert "opened later" in titles(older)[0]
            assert newer.notices == ()

            second = witness.sampler()
            for _ in range(20):
                await asyncio.sleep(0.1)
                assert witness.sampler() == second, "they do not fight"

            assert second is not None
            second.kill()
            await come(lambda: witness.sampler() not in (None, second))
            await frame_where(newer, warns)
            await come(lambda: older.trouble is None)
    moments = witness.moments()
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert max(gaps) < timedelta(seconds=TAKEOVER_SECONDS)


@pytest.mark.parametrize(
    "changed",
    [
        '[[schedules]]\nname = "nightly"\nkind = "verify"\ncron = "0 2 * * *"\n',
        '[repositories.local]\npath = "/nowhere"\n[backup]\ncopies = ["local"]\n',
        "[retention]\ngrace_seconds = 7200\n",
    ],
)
async def test_a_console_that_is_opened_with_another_schedule_or_retention_has_them_used(
    here: Site, changed: str
) -> None:
    witness = Witness(here, "orders")
    async with console(here.launch("orders")) as older:
        await frame_where(older, is_full)
        first = witness.sampler()
        here.config.write_text(here.config.read_text() + changed)
        async with console(here.launch("orders")) as newer:
            await come(lambda: witness.sampler() not in (None, first))
            await come(lambda: older.notices)
            assert "opened later" in titles(older)[0]
            assert newer.notices == ()


async def test_beside_a_service_by_other_settings_the_console_says_to_reload_it(
    here: Site,
) -> None:
    with programs_of(here, "orders") as start:
        service = start("serve")
        assert await asyncio.to_thread(service.said, "connected to orders")
        change(here)
        async with console(here.launch("orders")) as session:
            await come(lambda: session.notices)
            assert "reload the service" in titles(session)[0]
            assert here.watchers() == [], "nobody competes with a service"

            service.process.send_signal(signal.SIGHUP)
            await come(lambda: not session.notices)
            await frame_where(session, warns)
