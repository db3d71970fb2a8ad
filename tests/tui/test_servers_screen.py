"""The servers' screen: every server at the moment that is looked at, and the keys of time there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from core.errors import StoreError
from core.model.backup import BackupKind
from core.model.backup_detail import BackupPlan
from core.model.snapshot import Frame
from tests.tui import backup_frames as backups
from tests.tui import frames, playback
from tests.tui.conftest import recorded
from tests.tui.pressing import in_area, place_of
from tests.tui.screen_text import gone, seen, still, text_of, until
from tui.actions import Place
from tui.app import ConsoleApp
from tui.following import Following
from tui.panes.view import Mode
from tui.screens.area import AreaScreen

SIZE = (110, 30)


def of(name: str, frame: Frame) -> Frame:
    return replace(frame, server_id=name)


def console_of_two(folder: Path) -> ConsoleApp:
    """orders-prod calm before and burning now; billing burning before and calm now."""
    session = playback.Playback(frames.incident(), recorded(frames.calm()))
    session.others = {"billing": of("billing", frames.calm())}
    session.others_before = {
        "billing": of("billing", replace(frames.incident(), live=False)),
        "orders-prod": of("orders-prod", replace(frames.calm(), live=False)),
    }
    return ConsoleApp(
        playback.launch(folder, others=["billing"]),
        open_session=playback.opens(session),
        now=lambda: frames.NOW,
    )


def row_of(app: App[Any], name: str) -> str:
    rows = [row for row in text_of(app).splitlines() if f" {name} " in row and " of 97 " in row]
    return rows[0] if rows else ""


async def stand(pilot: Pilot[Any], *, billing: str, orders: str) -> None:
    """Wait until a server uses so many slots; the other one uses as many as it should by then."""
    app = pilot.app
    await until(pilot, lambda: f"{billing} of 97" in row_of(app, "billing"))
    assert f"{orders} of 97" in row_of(app, "orders-prod")


async def test_live_every_server_stands_as_it_is_now(tmp_path: Path) -> None:
    async with in_area(console_of_two(tmp_path), "s", size=SIZE) as pilot:
        await stand(pilot, billing="14", orders="94")


async def test_rewound_every_server_stands_as_it_was_at_that_moment(tmp_path: Path) -> None:
    app = console_of_two(tmp_path)
    async with in_area(app, "s", size=SIZE) as pilot:
        await stand(pilot, billing="14", orders="94")
        await pilot.press("left_square_bracket")
        await stand(pilot, billing="94", orders="14")
        assert "before now: not live" in text_of(app)
        await pilot.press("0")
        await stand(pilot, billing="14", orders="94")


async def test_opened_in_the_past_it_shows_the_past(tmp_path: Path) -> None:
    async with console_of_two(tmp_path).run_test(size=SIZE) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press("left_square_bracket")
        await seen(pilot, "not live")
        await pilot.press("s")
        await stand(pilot, billing="94", orders="14")


async def test_paused_it_stands_still_and_goes_on(tmp_path: Path) -> None:
    async with in_area(console_of_two(tmp_path), "s", size=SIZE) as pilot:
        await stand(pilot, billing="14", orders="94")
        await pilot.press("p")
        await seen(pilot, "PAUSED")
        await stand(pilot, billing="94", orders="94")
        await pilot.press("p")
        await gone(pilot, "PAUSED")
        await stand(pilot, billing="14", orders="94")


async def test_the_first_line_names_another_server_that_is_not_well_at_the_moment_looked_at(
    tmp_path: Path,
) -> None:
    app = console_of_two(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "orders-prod  s +1 server  primary", "live 14:03:27")
        await pilot.press("left_square_bracket")
        await seen(pilot, "orders-prod  s +1 server  ✖ billing CRITICAL", "REWOUND")
        await pilot.press("0")
        await gone(pilot, "billing CRITICAL")


async def test_in_trouble_what_still_comes_in_is_shown_and_nothing_that_is_old(
    tmp_path: Path,
) -> None:
    session = playback.Playback(frames.incident())
    session.trouble = StoreError("The state folder can't be used")
    session.others = {"billing": of("billing", frames.stale())}
    app = ConsoleApp(
        playback.launch(tmp_path, others=["billing"]),
        open_session=playback.opens(session),
        now=lambda: frames.NOW,
    )
    async with in_area(app, "s", size=SIZE) as pilot:
        await until(pilot, lambda: "94 of 97" in row_of(app, "orders-prod"))
        assert "✖ CRITICAL" in row_of(app, "orders-prod")
        await until(pilot, lambda: "? UNKNOWN    billing " in text_of(app))
        assert not row_of(app, "billing")


async def test_e_writes_the_servers_as_they_stand(tmp_path: Path) -> None:
    app = console_of_two(tmp_path)
    async with in_area(app, "s", size=SIZE) as pilot:
        await stand(pilot, billing="14", orders="94")
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: "94 of 97" in row_of(app, "billing"))
        await pilot.press("e")
        await seen(pilot, "Evidence copied, and written to")
    assert "# pgvigil: orders-prod, servers" in app.clipboard
    assert ", rewound" in app.clipboard
    assert "94 of 97" in next(r for r in app.clipboard.splitlines() if " billing " in r)


async def test_another_server_is_looked_at_at_the_same_moment(tmp_path: Path) -> None:
    app = console_of_two(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press("left_square_bracket")
        await seen(pilot, "not live")
        await pilot.press("s")
        await until(pilot, lambda: "94 of 97" in row_of(app, "billing"))
        await pilot.press("enter")
        await until(pilot, lambda: app.view.entry.server_id == "billing")
        await until(
            pilot,
            lambda: isinstance(app.screen, AreaScreen) and app.screen.PLACE is Place.OVERVIEW,
        )
        await seen(pilot, "billing", "not live", "94 of 97 slots")
        assert app.view.mode is Mode.REWOUND
        assert app.view.frame.moment == frames.seconds_ago(2)
        await pilot.press("0")
        await seen(pilot, "14 of 97 slots")


async def test_from_a_paused_screen_another_server_is_looked_at(tmp_path: Path) -> None:
    app = console_of_two(tmp_path)
    async with in_area(app, "s", size=SIZE) as pilot:
        await stand(pilot, billing="14", orders="94")
        await pilot.press("p")
        await seen(pilot, "PAUSED")
        await stand(pilot, billing="94", orders="94")
        await pilot.press("slash", *"billing", "enter", "enter")
        await until(pilot, lambda: place_of(app) is Place.OVERVIEW)
        await seen(pilot, "billing", "not live", "94 of 97 slots")
        await pilot.press("0")
        await seen(pilot, "14 of 97 slots", "live 14:03:27")
        assert app.view.frame.server_id == "billing"


async def test_no_frame_of_the_server_that_was_left_stands_under_the_other_name(
    tmp_path: Path,
) -> None:
    session = playback.Stream(of("orders-prod", frames.incident()))
    followed = Following(
        playback.launch(tmp_path, others=["billing"]),
        playback.opens(session),
        lambda: frames.NOW,
        lambda: None,
    )
    await followed.open()
    following = asyncio.create_task(followed.follow())
    await asyncio.sleep(0)
    followed.switch_to(followed.servers[1])
    session.queue.put_nowait(of("orders-prod", frames.calm()))
    await following
    assert followed.view.frame == Frame("billing", frames.NOW, live=True)


async def test_what_was_asked_of_one_server_is_not_done_on_another(tmp_path: Path) -> None:
    session = playback.Playback(of("orders-prod", frames.incident()), recorded(frames.calm()))
    session.others = {"billing": of("billing", frames.incident())}
    launch = playback.launch(tmp_path, others=["billing"])
    app = ConsoleApp(launch, open_session=playback.opens(session), now=lambda: frames.NOW)
    async with in_area(app, "2", "blocked by", "4711", size=SIZE) as pilot:
        await pilot.press("x")
        await seen(pilot, "End the session on orders-prod")
        app.following.switch_to(app.following.servers[1])
        await still(pilot)
        assert "End the session on orders-prod" in text_of(app)
        await pilot.press("y")
        await until(pilot, lambda: len(session.asked) == 1)
        assert session.asked_of == ["orders-prod"]


class SlowDesk(playback.Desk):
    """Plans neither a backup nor a prune before it is let."""

    def __init__(self, live: Frame) -> None:
        super().__init__(live)
        self.let = asyncio.Event()
        self.planned = asyncio.Event()

    async def plan(self, server_id: str, kind: BackupKind) -> BackupPlan:
        self.planned.set()
        await self.let.wait()
        return await super().plan(server_id, kind)

    async def prune_plans(self, server_id: str, schedule: str) -> tuple[()]:
        self.planned.set()
        await self.let.wait()
        return ()


@pytest.mark.parametrize(
    ("keys", "title"),
    [
        (("5", "b"), "Take a full backup of orders-prod now"),
        (
            ("5", "tab", "slash", *"prune", "enter", "n"),
            "Run the schedule prune of orders-prod now",
        ),
    ],
    ids=["a backup", "a prune"],
)
async def test_a_plan_that_comes_late_is_told_as_one_of_the_server_it_was_made_for(
    tmp_path: Path, keys: tuple[str, ...], title: str
) -> None:
    session = playback.Playback(of("orders-prod", backups.calm()))
    session.others = {"billing": of("billing", backups.calm())}
    session.backups = desk = SlowDesk(session.live)
    launch = playback.launch(tmp_path, others=["billing"])
    app = ConsoleApp(launch, open_session=playback.opens(session), now=lambda: frames.NOW)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "live 14:03:27")
        for key in keys:
            await pilot.press(key)
            await still(pilot)
        await until(pilot, desk.planned.is_set)
        app.following.switch_to(app.following.servers[1])
        desk.let.set()
        await seen(pilot, title)
