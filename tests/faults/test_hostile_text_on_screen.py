"""Text from a server that means harm, or is just broken, all the way to a person's screen."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from psycopg import sql

from core.postgres.embedded import EmbeddedServer
from tests.faults.person import person_at
from tests.servers.factory import ServerFactory
from tests.servers.watching import Site

HOSTILE_NAME = 'a"b\n[bold]c\x1b[31m;--'
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b31m\r\u202e\u200b[red]markup[/red][/] '%s {x}"


def harmless(screen: str) -> bool:
    """Whether every character takes the cells it seems to take."""
    return all(
        character == "\n" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        for character in screen
    )


@contextmanager
def active(dsn: str, statement: bytes) -> Iterator[int]:
    """The pid of a session that executes ``statement`` all the while."""
    with closing(psycopg.connect(dsn, autocommit=True)) as connection:
        connection.pgconn.send_query(statement)
        connection.pgconn.flush()
        try:
            yield connection.info.backend_pid
        finally:
            connection.cancel_safe()


async def test_escapes_and_markup_in_a_running_query_are_shown_and_not_obeyed(
    here: Site, database: str
) -> None:
    query = f"SELECT pg_sleep(60) /* {ESCAPES} */".encode()
    with active(database, query):
        async with person_at(here.launch(database)) as person:
            await person.sees("live ", r"active 1")
            await person.press("2")
            seen = await person.sees("pg_sleep")
            assert harmless(seen)
            await person.press("slash", *"sleep", "enter")
            await person.sees("pg_sleep")
            await person.press("enter")
            seen = await person.sees("␛]0;owned", r"\[red\]markup\[/red\]", r"\\u202e")
            assert harmless(seen)


async def test_a_role_and_a_database_with_quotes_and_newlines_are_shown_on_one_line(
    here: Site, postgres: EmbeddedServer
) -> None:
    name = sql.Identifier(HOSTILE_NAME)
    with closing(psycopg.connect(postgres.dsn(), autocommit=True)) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x' IN ROLE pg_monitor").format(name))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            own = postgres.dsn(HOSTILE_NAME, user=HOSTILE_NAME, password="x")
            async with person_at(here.launch(own), size=(120, 40)) as person:
                shown = 'a"b⏎[bold]c␛[31m;--'
                seen = await person.sees("live ", "primary", r"active 0")
                assert harmless(seen)
                await person.press("2")
                assert harmless(await person.sees(r'a"b⏎\[bold\]c'))
                await person.press("4")
                seen = await person.sees(r'a"b⏎\[bold\]c')
                assert shown[:12] in seen
                assert harmless(seen)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
            admin.execute(sql.SQL("DROP ROLE {}").format(name))


async def test_a_statement_of_ten_megabytes_is_listed_and_opened_and_hinders_nothing(
    here: Site, start_server: ServerFactory
) -> None:
    server = start_server(settings={"track_activity_query_size": "1MB"})
    with closing(psycopg.connect(server.dsn(), autocommit=True)) as app:
        app.execute("CREATE EXTENSION pg_stat_statements")
        names = ", ".join(f"now() AS column_{n}" for n in range(1600))
        text = f"SELECT {names} /* {'é' * 5_000_000} */ /* whale */"
        stop = asyncio.Event()

        async def swim() -> None:
            while not stop.is_set():
                await asyncio.to_thread(app.execute, text.encode())
                await asyncio.sleep(0.1)

        swimming = asyncio.create_task(swim())
        try:
            async with person_at(here.launch(server.dsn())) as person:
                await person.sees("live ", r"SELECT now\(\)")
                await person.press("3")
                await person.sees("column_0")
                await person.press("slash", *"column_0", "enter", "enter")
                await person.sees("now\\(\\) AS column_0, now\\(\\) AS column_1")
                await person.press("G")
                await person.press("escape", "escape", "1")
                await person.sees("live ", r"\d+ of \d+ slots")
        finally:
            stop.set()
            await swimming


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
async def test_text_that_is_no_utf8_is_shown_as_well_as_can_be(
    here: Site, postgres: EmbeddedServer, encoding: str
) -> None:
    name = f"odd_{encoding.lower()}"
    with closing(psycopg.connect(postgres.dsn(), autocommit=True)) as admin:
        admin.execute(
            f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0"
            " LC_COLLATE 'C' LC_CTYPE 'C'".encode()
        )
        try:
            with psycopg.connect(postgres.dsn(name), autocommit=True) as made:
                made.execute("CREATE EXTENSION pg_stat_statements")
            broken = b"SELECT pg_sleep(60) /* caf\xe9 \xff\xfe end */"
            raw = postgres.dsn(name) + f"?client_encoding={encoding}"
            with active(raw, broken):
                for watched in (postgres.dsn(name), postgres.dsn()):
                    async with person_at(here.launch(watched)) as person:
                        await person.sees("live ", "active 1")
                        await person.press("2")
                        await person.press("slash", *"sleep", "enter")
                        await person.sees("pg_sleep")
                        await person.press("enter")
                        assert harmless(await person.sees(r"caf. .. end"))
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
