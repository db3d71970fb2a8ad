"""A statement that did not run in the interval: what is known of when it last did."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.model.health import Area, Assessment, Health, Severity, SlowStatement
from core.model.snapshot import Frame, Taken
from core.model.statements import StatementKey, StatementPoint
from tests.tui import frames, playback
from tests.tui.conftest import Console
from tests.tui.pressing import in_area
from tests.tui.screen_text import seen

SIZE = (100, 34)
NOT_RUN = "It did not run in this interval"


class SeldomRun(playback.Playback):
    """Recorded a statement in two minutes, long before the interval."""

    minutes: tuple[StatementPoint, ...] = (
        StatementPoint(frames.seconds_ago(447), 4, 12_000.0, 3000.0, 400),
        StatementPoint(frames.seconds_ago(147), 6, 15_000.0, 2500.0, 600),
    )

    async def statement_history(
        self, server_id: str, key: StatementKey, start: datetime, end: datetime, buckets: int
    ) -> tuple[StatementPoint, ...]:
        return tuple(each for each in self.minutes if start <= each.at < end)


class JustRun(playback.Playback):
    """Still keeps the interval in which the statement ran."""

    async def statement_last_run(
        self, server_id: str, key: StatementKey, start: datetime, end: datetime
    ) -> Frame | StatementPoint | None:
        ran = frames.statement(99, "SELECT slow()", calls=3, mean_ms=2500.0)
        body = frames.statements_of([replace(ran, key=key)])
        at, since = frames.seconds_ago(12), frames.seconds_ago(17)
        read = Taken(at, 5.0, replace(body, since=since))
        return Frame(server_id, at, live=False, statements=read, assessment=self.judged(key, at))

    def judged(self, _key: StatementKey, _at: datetime) -> Taken[Assessment] | None:
        return None


class JustWaited(JustRun):
    """That the statement only waited for locks was found then."""

    def judged(self, key: StatementKey, at: datetime) -> Taken[Assessment] | None:
        slow = SlowStatement(key, Severity.WARNING, waited_ms=7000.0)
        return Taken(at, 2.0, Assessment(Health.WARNING, (), (slow,)))


def with_its_finding() -> Frame:
    finding = frames.finding(Area.QUERIES, Severity.CRITICAL, "query mean 2.5 s", "10/16384/99/top")
    assessed = Assessment(Health.CRITICAL, (finding,))
    return replace(frames.calm(), assessment=Taken(frames.NOW, 2, assessed))


async def test_enter_on_a_finding_shows_the_last_minute_in_which_its_statement_ran(
    console: Console,
) -> None:
    frame = with_its_finding()
    app = console(frame, session=SeldomRun(frame))
    async with in_area(app, "7", "query mean 2.5 s", size=SIZE) as pilot:
        await pilot.press("enter")
        screen = await seen(
            pilot, NOT_RUN, "Newest recorded minute: 14:01:00 to 14:02:00", "2.50 s", "15.0 s"
        )
        assert "2.50 s ✖" not in screen
        assert "waited for locks  ? not recorded by the minute" in screen
        assert "calls             6" in screen
        assert "600  100 per call" in screen


async def test_enter_on_a_fresh_finding_shows_the_interval_that_the_finding_is_of(
    console: Console,
) -> None:
    frame = with_its_finding()
    app = console(frame, session=JustRun(frame))
    async with in_area(app, "7", "query mean 2.5 s", size=SIZE) as pilot:
        await pilot.press("enter")
        screen = await seen(pilot, NOT_RUN, "When it last ran: 14:03:10 to 14:03:15")
        assert "2.50 s ✖" in screen
        assert "spread" in screen


async def test_an_interval_of_before_is_as_bad_as_it_was_found_then(console: Console) -> None:
    frame = with_its_finding()
    async with in_area(console(frame, session=JustWaited(frame)), "7", "query mean 2.5 s") as pilot:
        await pilot.press("enter")
        screen = await seen(pilot, NOT_RUN, "When it last ran", "2.50 s ▲")
        assert "about 7.00 s  of 7.50 s" in screen


async def test_where_no_minute_with_it_was_recorded_no_figures_are_made_up(
    console: Console,
) -> None:
    frame = with_its_finding()
    session = SeldomRun(frame)
    session.minutes = ()
    app = console(frame, session=session)
    async with in_area(app, "7", "query mean 2.5 s", size=SIZE) as pilot:
        await pilot.press("enter")
        screen = await seen(pilot, NOT_RUN, "no calls were recorded yet")
        assert "When it last ran" not in screen
        assert "Newest recorded" not in screen
