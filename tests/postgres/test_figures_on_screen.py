"""What stands on the screen is what psql says, on a server never seen, with pg_monitor alone."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.postgres.embedded import EmbeddedServer, Programs
from tests.faults.person import PATIENCE_SECONDS, Person, person_at
from tests.postgres.connecting import held, run, running, wait_until
from tests.servers.databases import fresh_database
from tests.servers.watching import Site, site
from tui import figures

OTHERS = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
"""All sessions but that of psql itself; pgvigil's own is one of them, idle between two readings."""
USABLE = (
    "SELECT current_setting('max_connections')::int"
    " - current_setting('superuser_reserved_connections')::int"
    " - coalesce(current_setting('reserved_connections', true), '0')::int"
)


class Screen:
    """A console at 200x50, and psql asked by the same role."""

    def __init__(self, person: Person, psql: Callable[[str], str]) -> None:
        self.person = person
        self.psql = psql

    async def agrees(self, told: Callable[[str], str], asked: Callable[[], str]) -> None:
        """Wait until a figure on the screen is the one that psql gives."""
        seen = expected = ""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    expected = await asyncio.to_thread(asked)
                    seen = told(self.person.screen)
                    if seen == expected:
                        return
                    await asyncio.sleep(0.2)
        except TimeoutError:
            pytest.fail(f"the screen says {seen!r}, psql {expected!r}\n{self.person.screen}")


def found(pattern: str) -> Callable[[str], str]:
    """The first group of a pattern on the screen, or nothing."""

    def told(screen: str) -> str:
        match = re.search(pattern, screen)
        return match.group(1) if match else ""

    return told


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        yield made


@pytest.fixture
async def screen(
    here: Site, postgres: EmbeddedServer, programs: Programs, monitor_dsn: str
) -> AsyncIterator[Screen]:
    """Somebody looks at a server with sessions in each state, one of them waiting for another."""

    def psql(query: str) -> str:
        done = subprocess.run(
            [programs.path("psql"), "-X", "--csv", "--tuples-only", "-c", query, monitor_dsn],
            env=programs.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return next(csv.reader(io.StringIO(done.stdout)))[0]

    with fresh_database(postgres) as name, ExitStack() as stack:
        admin = postgres.dsn(name)
        run(admin, "CREATE TABLE t AS SELECT 1 AS a")
        lock = "BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE"
        stack.enter_context(held(admin, "SELECT 1"))
        stack.enter_context(held(admin, "BEGIN; SELECT 2"))
        stack.enter_context(held(admin, "BEGIN", "SELECT 1 / 0"))
        stack.enter_context(held(admin, lock))
        waiting = stack.enter_context(running(admin, lock))
        wait_until(admin, waiting, "wait_event_type = 'Lock'")
        async with person_at(here.launch(monitor_dsn), (200, 50)) as person:
            await person.sees(r"\d+ of \d+ slots")
            yield Screen(person, psql)


def states(psql: Callable[[str], str], state: str) -> str:
    return psql(f"SELECT count(*) {OTHERS} AND state = '{state}'")


async def test_connections_slots_and_states(screen: Screen) -> None:
    psql = screen.psql
    await screen.agrees(found(r"\d+ of (\d+) slots"), lambda: psql(USABLE))
    total = f"SELECT count(*) {OTHERS}"
    await screen.agrees(found(r"(\d+) of \d+ slots"), lambda: psql(total))
    for told, state in (
        ("idle", "idle"),
        ("idle in tx", "idle in transaction"),
        ("aborted tx", "idle in transaction (aborted)"),
    ):
        counted = lambda state=state: states(psql, state)  # noqa: E731
        await screen.agrees(found(rf"\b{told} (\d+)"), counted)
    share = f"SELECT round(100.0 * count(*) / ({USABLE}), 1) {OTHERS}"
    await screen.agrees(found(r"slots\s+([\d.]+) %"), lambda: psql(share))


async def test_who_waits_and_for_whom(screen: Screen) -> None:
    waiting = f"SELECT count(*) {OTHERS} AND wait_event_type = 'Lock'"
    await screen.agrees(found(r"(\d+) waits? on a? ?locks?"), lambda: screen.psql(waiting))
    blocker = f"SELECT (pg_blocking_pids(pid))[1] {OTHERS} AND wait_event_type = 'Lock'"
    await screen.agrees(found(r"behind +pid (\d+)"), lambda: screen.psql(blocker))


async def test_version_and_role_of_the_server(screen: Screen) -> None:
    version = "SELECT split_part(current_setting('server_version'), ' ', 1)"
    await screen.agrees(found(r"PostgreSQL (\S+)"), lambda: screen.psql(version))
    role = "SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END"
    await screen.agrees(found(r"\b(primary|standby)\b"), lambda: screen.psql(role))


async def test_sizes_of_databases(screen: Screen) -> None:
    await screen.person.press("4")
    size = "SELECT pg_database_size('template1')"
    await screen.agrees(
        found(r"template1 .* (\S+ [KMG]iB|\S+ B)"),
        lambda: figures.size(int(screen.psql(size))),
    )
