"""What e writes of a screen without rows: why there are none, in the words of the screen."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from core.model.connections import Connections, Count
from core.model.databases import Databases
from core.model.health import Assessment
from core.model.snapshot import Frame, Taken
from core.model.statements import Statements
from tests.tui import frames
from tests.tui.conftest import Console
from tests.tui.pressing import in_area
from tests.tui.screen_text import seen, still

SIZE = (100, 30)
UNREACHABLE = (
    "db1.example:5432 does not answer.",
    "why The connection timed out after 10 s",
    "do  Check that PostgreSQL runs and that this host may reach port 5432.",
)


async def evidence_of(console: Console, frame: Frame, *keys: str) -> str:
    app = console(frame)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "orders-prod", "Slow queries", "areas")
        await still(pilot)
        for key in keys:
            await pilot.press(key)
            await still(pilot)
        await pilot.press("e")
        await seen(pilot, "Evidence copied")
    return app.clipboard


async def test_in_the_demo_it_is_said_that_the_file_goes_with_it(console: Console) -> None:
    for passing in (True, False):
        app = console(frames.calm())
        app.launch = replace(app.launch, passing=passing)
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            await seen(pilot, "orders-prod", "Slow queries", "areas")
            await pilot.press("e")
            screen = await seen(pilot, "Evidence copied")
            assert ("It goes with the demo" in screen) is passing


@pytest.mark.parametrize("keys", [(), ("tab",)])
async def test_the_mark_of_the_overviews_cursor_is_for_the_screen_only(
    console: Console, keys: tuple[str, ...]
) -> None:
    text = await evidence_of(console, frames.incident(), *keys)
    assert "Slow queries" in text
    assert "▸" not in text


@pytest.mark.parametrize("key", ["2", "3", "4"])
async def test_an_area_of_a_server_that_can_not_be_reached_says_so(
    console: Console, key: str
) -> None:
    text = await evidence_of(console, frames.link_down(), key)
    for part in UNREACHABLE:
        assert part in text
    assert "```text\n```" not in text
    assert "## Lock queues" not in text


async def test_what_is_not_there_is_told_with_what_to_do(console: Console) -> None:
    text = await evidence_of(console, frames.without_statements(), "3")
    assert "CREATE EXTENSION pg_stat_statements;" in text


async def test_a_first_reading_says_that_figures_need_two(console: Console) -> None:
    text = await evidence_of(console, frames.first_statements(), "3")
    assert "No interval yet." in text


async def test_a_filter_that_nothing_holds_is_told(console: Console) -> None:
    text = await evidence_of(console, frames.calm(), "2", "slash", *"zzz", "enter")
    assert "No line holds this text." in text


async def test_of_a_filter_that_nothing_holds_the_text_is_named_and_nothing_hidden_is_written(
    console: Console,
) -> None:
    text = await evidence_of(console, frames.incident(), "3", "slash", *"zzz", "enter")
    assert 'only those that hold "zzz"\nNo line holds this text.' in text
    assert "```sql" not in text


async def test_of_filtered_statements_only_the_listed_ones_are_written(console: Console) -> None:
    text = await evidence_of(console, frames.calm(), "3", "slash", *"placed_at", "enter")
    assert 'only those that hold "placed_at"' in text
    assert text.split("## SQL")[1].count("```sql") == 1
    assert "placed_at" in text.split("## SQL")[1]


async def test_of_filtered_findings_only_the_listed_ones_are_written_in_full(
    console: Console,
) -> None:
    every = await evidence_of(console, frames.incident(), "7")
    assert "Rows" not in every
    assert every.count("```text") > 1
    some = await evidence_of(console, frames.incident(), "7", "slash", *"zzz", "enter")
    assert some.count("```text") == 1
    assert 'only those that hold "zzz"\nNo line holds this text.' in some


async def test_findings_of_a_server_that_was_not_judged_are_not_called_none(
    console: Console,
) -> None:
    app = console(frames.nothing())
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "no data yet")
        await pilot.press("7")
        screen = await seen(pilot, "Not assessed yet: nothing was read.")
        assert "Nothing needs attention." not in screen


async def test_findings_that_a_filter_hides_are_not_called_none(console: Console) -> None:
    async with in_area(console(frames.incident()), "7", "CRITICAL") as pilot:
        await pilot.press("slash", *"zzz", "enter")
        screen = await seen(pilot, "No line holds this text.")
        assert "Nothing needs attention." not in screen


async def test_a_filter_is_named_and_the_columns_stand_under_their_labels(console: Console) -> None:
    text = await evidence_of(console, frames.incident(), "2", "slash", *"nightly", "enter")
    assert 'only those that hold "nightly"' in text
    titles, row = text.split('"nightly"\n')[1].splitlines()[:2]
    assert titles.index("application") == row.index("nightly-import")


async def test_an_apostrophe_in_a_name_takes_no_other_row_with_it(console: Console) -> None:
    frame = frames.incident()
    taken = frame.databases
    assert taken is not None
    assert isinstance(taken.body, Databases)
    first, *others = taken.body.databases
    body = replace(taken.body, databases=(replace(first, name="we'ird"), *others))
    text = await evidence_of(console, replace(frame, databases=replace(taken, body=body)), "4")
    assert all(each.name in text for each in others)
    (row,) = (line for line in text.splitlines() if line.startswith("we'"))
    assert len(row.split()) > 5


LITERAL = "further words of hers and jane.doe@example.com POTATO"
ROLES = ["app", "O'Brien", "O'Brien of the night's shift", "'", "= '", "note = 'x", "'POTA"]
AREAS = [(), ("2",), ("2", "enter"), ("3",), ("3", "enter"), ("4", "enter"), ("7",)]


def _spoken(role: str, database: str = "orders") -> Frame:
    """An incident in which everybody's query has a long literal, and roles are called so."""
    frame = frames.incident()
    taken, statements = frame.connections, frame.statements
    assert taken is not None
    assert isinstance(taken.body, Connections)
    assert statements is not None
    assert isinstance(statements.body, Statements)
    query = f"update t set note = '{'x ' * 60}{LITERAL}' where id = 7"
    backends = tuple(
        replace(each, query=query, role=role, database=database) for each in taken.body.backends
    )
    by_role = (Count(role, len(backends)),)
    body = replace(taken.body, backends=backends, by_role=by_role)
    top = tuple(
        replace(each, text=query, role=role, database=database) for each in statements.body.top
    )
    return replace(
        frame,
        connections=replace(taken, body=body),
        statements=replace(statements, body=replace(statements.body, top=top)),
        assessment=_assessed(frame, f"3 sessions wait for locks behind pid 4711 ({role})"),
    )


def _assessed(frame: Frame, title: str) -> Taken[Assessment]:
    """The incident's assessment with such a title of its first finding."""
    assert frame.assessment is not None
    assert isinstance(frame.assessment.body, Assessment)
    first, *others = frame.assessment.body.findings
    told = replace(first, title=title, detail=f"longest for 5 s; behind {title}; and more")
    return replace(frame.assessment, body=replace(frame.assessment.body, findings=(told, *others)))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("keys", AREAS, ids=" ".join)
async def test_no_literal_of_a_statement_is_in_a_ticket_whatever_the_names(
    console: Console, role: str, keys: tuple[str, ...]
) -> None:
    text = await evidence_of(console, _spoken(role), *keys)
    assert not {"jane.doe", "POTATO", "hers"} & set(re.findall(r"[\w.]+", text))
    assert "update t set note = '…'" in text or not {"3", "enter"} & set(keys)


@pytest.mark.parametrize("keys", AREAS, ids=" ".join)
async def test_a_name_with_an_apostrophe_takes_nothing_from_a_ticket(
    console: Console, keys: tuple[str, ...]
) -> None:
    """It is the same as with another name of the same length in that place."""
    plain = await evidence_of(console, _spoken("O_Brien_s", "we_ird"), *keys)
    told = await evidence_of(console, _spoken("O'Brien's", "we'ird"), *keys)
    assert "O'Brien" in told or "O_Brien" not in plain
    assert _as_plain(told) == _as_plain(plain)


def _as_plain(text: str) -> str:
    """The ticket as if no name had an apostrophe; as Markdown may escape an underscore."""
    for name in ("O'Brien's", "we'ird"):
        plain = name.replace("'", "_")
        text = text.replace(plain.replace("_", "\\_"), name).replace(plain, name)
    return text


async def test_a_name_that_is_cropped_or_broken_at_a_blank_takes_nothing_with_it(
    console: Console,
) -> None:
    name = "the O'Brien-and-sons' night shift of the warehouse in the old town's harbour"
    text = await evidence_of(console, _spoken(name[:63]))
    (row,) = (line for line in text.splitlines() if "100 %" in line or " 92 %" in line)
    assert "update t set note = '…' where id = 7" in row
    text = await evidence_of(console, _spoken(name[:63]), "7")
    assert "and more" in " ".join(text.split())


async def test_what_a_server_says_is_no_heading_of_the_ticket(console: Console) -> None:
    frame = frames.incident()
    assert frame.assessment is not None
    assert isinstance(frame.assessment.body, Assessment)
    first, *others = frame.assessment.body.findings
    hostile = replace(first, title="a \x1b[31mrole\n# INJECTED [x](http://evil)")
    body = replace(frame.assessment.body, findings=(hostile, *others))
    text = await evidence_of(
        console, replace(frame, assessment=replace(frame.assessment, body=body)), "7"
    )
    assert "\x1b" not in text
    assert "\n# INJECTED" not in text
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert all("[x](http" not in line for line in headings)
