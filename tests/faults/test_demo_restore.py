"""A table of the demo is dropped by mistake; who reads the screen gets it back, by keys alone."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import psycopg
import pytest

from tests.faults.terminal import Seat, Sit

pytestmark = pytest.mark.waits

SIZE = (120, 40)
ENTER, DOWN = "\r", "\x1b[B"


@pytest.fixture
def demo(sit: Sit) -> Seat:
    """The demo's console, once its first backup is there."""
    seat = sit("demo", "--scenario", "calm", size=SIZE)
    seat.sees("live ", r"last good +\d+ s ago")
    return seat


def shop(seat: Seat) -> psycopg.Connection:
    """A superuser's session in the demo's database."""
    told = re.search(r"--config (\S+)", seat.written)
    assert told is not None
    (server,) = tomllib.loads(Path(told.group(1)).read_text())["servers"].values()
    return psycopg.connect(
        host=server["host"],
        port=server["port"],
        dbname="shop",
        user=server["restore_user"],
        password=Path(server["restore_password_file"]).read_text().strip(),
        autocommit=True,
    )


def count(seat: Seat, what: str) -> int:
    with shop(seat) as connection:
        row = connection.execute(f"SELECT count(*) FROM {what}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_a_table_that_was_dropped_by_mistake_comes_back_into_the_live_database(demo: Seat) -> None:
    demo.goes(
        ("M", "Drop a table of the demo"),
        ("y", "order_items is gone"),
    )
    with pytest.raises(psycopg.errors.UndefinedTable):
        count(demo, "order_items")
    demo.goes(
        ("R", "What happened"),
        (ENTER, "has what is gone: public.order_items"),
        (ENTER, "1 marked"),
        (ENTER, "into the live shop"),
        (ENTER, "Nothing stops it"),
        (ENTER, "Read it. Enter does it"),
        (ENTER, "Type shop and press"),
    )
    demo.press("shop" + ENTER)
    demo.sees("• proven", "public.order_items is back")
    assert count(demo, "order_items") > 0
    demo.goes(("5", "Backups"), ("\t", "Schedules"), ("\t", "Storage by kind"))
    demo.goes(("\t", r"• proven +public.order_\S+ +shop on demo-shop"))


def test_a_whole_database_is_put_back_by_swap_and_the_swap_undone(demo: Seat) -> None:
    with shop(demo) as connection:
        connection.execute("CREATE TABLE written_since (word text)")
    demo.goes(
        ("R", "What happened"),
        ("j" + ENTER, r"Which moment[\s\S]*shop +full"),
        (ENTER, "everything"),
        ("g" + ENTER, "in the place of shop"),
        (ENTER, "Nothing stops it"),
        (ENTER, "Read it. Enter does it"),
        (ENTER, "read on|Type shop and press"),
        (DOWN * 30, "Type shop and press"),
    )
    demo.press("shop" + ENTER)
    demo.sees("• proven|▲ differences", "u undo  R restore")
    with pytest.raises(psycopg.errors.UndefinedTable):
        count(demo, "written_since")
    demo.goes(("u", "Undo the restore"))
    demo.press("shop" + ENTER)
    demo.sees("· undone")
    assert count(demo, "written_since") == 0
