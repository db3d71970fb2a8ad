"""The undo of a swap on production: one person asks for it on a screen, another one agrees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from core.api import who
from core.api.launch import Launch
from core.api.restores import read_plan
from core.config.restore_settings import RestoreSettings
from core.config.settings import ServerSettings
from core.model.restore import TargetKind
from core.model.restore_operation import Aside, RestoreStatus, Verdict
from core.postgres.embedded import EmbeddedServer
from tests.servers.databases import execute, fresh_database
from tests.tui import frames, restore_frames
from tests.tui.backups.driving import take
from tests.tui.pressing import in_area, walk
from tests.tui.recording import SERVER, Recording
from tests.tui.screen_text import seen

SIZE = (140, 40)
OLD = "{}_before_20261121t031502z_0001"
_NUMBER = "SELECT oid FROM pg_database WHERE datname = %s"
_NAME = "SELECT datname FROM pg_database WHERE oid = %s"


@dataclass(frozen=True)
class Swapped:
    """A server of production whose live database was swapped: the names now, both numbers."""

    server: EmbeddedServer
    live: str
    incoming: int
    outgoing: int

    def name_of(self, oid: int) -> str:
        """What a database is called now."""
        with psycopg.connect(self.server.dsn()) as connection:
            (found,) = connection.execute(_NAME, [oid]).fetchone() or ("gone",)
        return str(found)


@pytest.fixture
def swapped(postgres: EmbeddedServer, recording: Recording) -> Iterator[Swapped]:
    """Two databases as a swap leaves them, and its row in the store."""
    with fresh_database(postgres) as live:
        old = OLD.format(live)
        execute(postgres, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(old)))
        with psycopg.connect(postgres.dsn()) as connection:
            incoming, outgoing = (
                int((connection.execute(_NUMBER, [name]).fetchone() or (0,))[0])
                for name in (live, old)
            )
        made = Swapped(postgres, live, incoming, outgoing)
        done = restore_frames.operation(1, target=TargetKind.SWAP, target_database=live)
        recording.store.restore_operations.begin(done)
        recording.store.restore_operations.finish(
            done.operation_id, done.created_at, RestoreStatus.COMPLETED, verdict=Verdict.PROVEN,
            undo="exchange the names back", target_oid=incoming, aside=Aside(old, outgoing),
        )  # fmt: skip
        yield made
        with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
            for oid in {incoming, outgoing}:
                name = sql.Identifier(made.name_of(oid))
                drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                connection.execute(drop.format(name))


@pytest.fixture
def launch(launch: Launch, swapped: Swapped) -> Launch:
    """A config whose server is that one, and wants two persons."""
    server = ServerSettings(dsn=swapped.server.dsn(swapped.live), production=True)
    settings = replace(
        launch.settings, servers={SERVER: server}, restore=RestoreSettings(approve=True)
    )
    return replace(launch, settings=settings)


async def test_the_undo_of_a_swap_waits_for_another_person_and_is_done_then(
    recording: Recording,
    launch: Launch,
    swapped: Swapped,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take(recording.store, key_id="")
    monkeypatch.setattr(who, "_LOGIN_UID", tmp_path / "nobody logged in")
    monkeypatch.setenv("SUDO_USER", "anna")
    restores = (("tab", "Schedules"), ("tab", "Storage by kind"), ("tab", "• proven"))
    async with in_area(recording.app(launch), "5", "• good", size=SIZE) as pilot:
        await walk(pilot, *restores)
        await walk(pilot, ("enter", "u undo"), ("u", "becomes what it was before the swap"))
        await pilot.press(*swapped.live, "enter")
        await seen(pilot, "The undo waits for a second person")
    assert swapped.name_of(swapped.incoming) == swapped.live, "nobody has agreed"
    at_the_consoles_time(recording)
    monkeypatch.setenv("SUDO_USER", "bob")
    async with in_area(recording.app(launch), "5", "• good", size=SIZE) as pilot:
        await walk(pilot, *restores)
        await seen(pilot, "? waits")
        await walk(pilot, ("enter", "undo restore 2026"))
        await walk(pilot, ("enter", "Nobody has agreed yet"), ("A", "Agree to: Undo restore"))
        await pilot.press(*swapped.live, "enter")
        await seen(pilot, "a second person agreed: Enter begins it")
        monkeypatch.setenv("SUDO_USER", "anna")
        await walk(pilot, ("enter", "All sessions in the live database end"))
        await pilot.press(*swapped.live, "enter")
        await seen(pilot, "· undone")
    assert swapped.name_of(swapped.outgoing) == swapped.live
    assert "_undone_" in swapped.name_of(swapped.incoming)
    told = recording.store.audit.entries(3)
    assert [each.action for each in told] == ["undo restore", "approve restore", "ask for restore"]
    assert told[0].details["approved_by"].startswith("bob")


def at_the_consoles_time(recording: Recording) -> None:
    """What waits was asked for now; the console's clock stands, and lists nothing that comes."""
    (waiting,) = recording.store.restore_approvals.waiting()
    plan = read_plan(waiting.plan.encode())
    asked = replace(waiting, asked_at=frames.NOW)
    recording.store.restore_approvals.ask(asked, plan.wish, plan.backup_id)
