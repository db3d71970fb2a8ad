"""A restore that was begun in a console goes on without it, and every other console shows it."""

from __future__ import annotations

import os
import re
import signal
from contextlib import suppress

import psycopg
import pytest
from psycopg import sql

from core.postgres.embedded import EmbeddedServer
from tests.faults.terminal import Seat, Sit
from tests.postgres.backup.conftest import run
from tests.servers.backing_up import BackupSite
from tests.servers.backup_host import Host
from tests.servers.watching import QUICK_ENGINE, Site

pytestmark = [pytest.mark.fault, pytest.mark.waits]
SIZE = (120, 40)
ENTER, DOWN = "\r", "\x1b[B"
BYTES_A_SECOND = 100_000
"""As over a slow line: what is fetched takes long enough to be cut off in the middle."""
MORE = """
CREATE TABLE much AS
SELECT n, md5(n::text) || md5((-n)::text) AS words FROM generate_series(1, 40000) AS n
"""


@pytest.fixture
def host(site: BackupSite, here: Site) -> Host:
    """A host whose repository is far away."""
    run(site.dsn, MORE)
    made = Host(site)
    site.take()
    slow = f"[repositories.local]\nbandwidth_bytes_per_second = {BYTES_A_SECOND}"
    config = made.config.read_text().replace("[repositories.local]", slow)
    made.config.write_text(f"{config}\n{QUICK_ENGINE}")
    return made


def begun(seat: Seat) -> str:
    """A copy of the whole database, by the wizard; gives the new database's name."""
    seat.sees("live ", r"last good")
    seat.goes(
        ("R", "What happened"),
        ("jjj" + ENTER, "Which moment"),
        ("", "full +sealed"),
        (ENTER, "everything"),
        ("g" + ENTER, "a new database on shop"),
        (ENTER, "Nothing stops it"),
        (ENTER, "Read it. Enter does it"),
        (ENTER, "Type [^ ]+ and press"),
    )
    told = re.search(r"Type (\S+) and press", seat.screen)
    assert told is not None
    seat.press(told.group(1) + ENTER)
    seat.sees("▸ running", "Fetch")
    return told.group(1)


def test_a_cut_terminal_does_not_end_it_and_a_second_console_shows_it(
    host: Host, sit: Sit, postgres: EmbeddedServer
) -> None:
    first = sit("shop", size=SIZE)
    name = begun(first)
    try:
        os.killpg(os.getpgid(first.process.pid), signal.SIGKILL)
        first.close()
        second = sit("shop", size=SIZE)
        second.sees("live ", r"restore +fetch|last good")
        second.goes(("5", "Backups"), ("\t", "Schedules"), ("\t", "Storage by kind"))
        second.goes(("\t", "▸ running +everything +test_"), (ENTER, "▸ running"))
        attached = host.restores.told("attach")
        assert (attached["status"], attached["verdict"]) == ("completed", "proven")
        assert attached["target_database"] == name
        second.sees("• proven", "u undo")
        second.goes(("u", "Undo the restore"), (name + ENTER, "· undone"))
        with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            assert found.fetchone() is None
    finally:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with suppress(psycopg.Error), psycopg.connect(postgres.dsn(), autocommit=True) as again:
            again.execute(drop)


def test_rows_that_were_deleted_come_back_into_a_table_that_is_there(host: Host, sit: Sit) -> None:
    with psycopg.connect(host.site.dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE much ADD PRIMARY KEY (n)")
    host.site.take()
    with psycopg.connect(host.site.dsn, autocommit=True) as connection:
        connection.execute("DELETE FROM much WHERE n <= 7")
    seat = sit("shop", size=SIZE)
    seat.sees("live ", r"last good")
    seat.goes(
        ("R", "What happened"),
        (ENTER, "full +sealed"),
        (ENTER, "public.much"),
        ("/much" + ENTER, r'1 of \d hold "much"'),
        (ENTER, "into the live"),
        (ENTER, "Nothing stops it"),
        (ENTER, "Read it. Enter does it"),
        (ENTER, "Type [^ ]+ and press"),
        (host.site.server_database + ENTER, "▲ differences"),
        ("m", "Which rows go into"),
    )
    seat.press("missing" + ENTER)
    seat.sees("Nothing stops it")
    seat.goes(
        (ENTER, "Read it. Enter does it"),
        (ENTER, "read on|Type [^ ]+ and press"),
        (DOWN * 30, "Type [^ ]+ and press"),
        (host.site.server_database + ENTER, "• proven|▲ differences|• restored"),
    )
    with psycopg.connect(host.site.dsn) as connection:
        row = connection.execute("SELECT count(*) FROM much WHERE n <= 7").fetchone()
    assert row == (7,)
