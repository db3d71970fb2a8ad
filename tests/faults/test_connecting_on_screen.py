"""What a person sees when a server can't be reached: what, why, what to do, at 80x24."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import pytest

from core.postgres.embedded import EmbeddedServer
from tests.faults.person import person_at
from tests.servers.watching import Site


@dataclass(frozen=True)
class Mistake:
    """One thing wrong with a DSN, and the words for what, why and what to do about it."""

    what: str
    why: str
    remedy: str
    state: str
    host: str = ""
    port: int = 0
    password: str = ""
    dbname: str = ""
    query: str = ""

    def made_in(self, dsn: str) -> str:
        """``dsn`` with the mistake."""
        good = urlsplit(dsn)
        login = f"{good.username}:{self.password or good.password}"
        place = f"{self.host or good.hostname}:{self.port or good.port}"
        path = f"/{self.dbname}" if self.dbname else good.path
        return urlunsplit(good._replace(netloc=f"{login}@{place}", path=path, query=self.query))


MISTAKES = {
    "host": Mistake(
        host="no-such-host.invalid",
        state="unreachable",
        what="the host's name is not known",
        why="its name can't be resolved",
        remedy="check the host's name",
    ),
    "port": Mistake(
        port=1,
        state="unreachable",
        what="nothing listens at",
        why="the machine answers, but refuses the port: the server is down, listens elsewhere, or"
        " a firewall rejects",
        remedy="start the server, check port",
    ),
    "password": Mistake(
        password="s3cr3t-but-wrong",
        state="refused",
        what="the password was refused",
        why="the role's password is another one or past its VALID UNTIL, or there is no such role",
        remedy="check password_env, password_file, password_command, PGPASSWORD or ~/.pgpass",
    ),
    "database": Mistake(
        dbname="nothing",
        state="refused",
        what="there is no such database",
        why="the database's name is wrong, or it was dropped or renamed",
        remedy="check dbname; psql -l lists the databases",
    ),
    "tls": Mistake(
        query="sslmode=require",
        state="refused",
        what="TLS is not spoken",
        why="sslmode demands it, and the server has ssl = off",
        remedy="set ssl = on there with a certificate",
    ),
}


@pytest.mark.parametrize("kind", MISTAKES)
async def test_a_mistake_is_told_with_its_cause_and_its_mend_and_the_other_server_is_shown(
    kind: str, here: Site, postgres: EmbeddedServer, database: str
) -> None:
    mistake = MISTAKES[kind]
    async with person_at(here.launch(mistake.made_in(database), postgres.dsn())) as person:
        first_line, second_line, *_ = (
            await person.sees(f"  {mistake.state} +", "CRITICAL  1 finding")
        ).split("\n")
        assert "no data yet" in first_line
        assert mistake.what[:30] in second_line, "the fact stands before what may be cut"
        words = (mistake.what, f"why {mistake.why}", f"do {mistake.remedy}")
        await person.sees(*map(re.escape, words), pane="connections")
        await person.sees(r"Attempt \d+ (in \d+ s|under way)\.", pane="connections")
        assert "No figures while" in person.pane("queries")
        assert "s3cr3t" not in person.screen

        await person.press("7")
        await person.sees("since .* in server", *map(re.escape, (mistake.why, mistake.remedy)))
        await person.press("enter")
        await person.sees(r"link +\w+ since", *map(re.escape, (mistake.why, mistake.remedy)))

        await person.press("1", "s", "j", "enter")
        await person.sees("  primary  ", "• OK", "live", r"\d+ of \d+ slots")


async def test_a_port_where_something_else_answers_is_told_also_with_a_short_password(
    here: Site,
) -> None:
    async with (
        web_server() as port,
        person_at(here.launch(f"postgresql://u:p@127.0.0.1:{port}/d")) as person,
    ):
        await person.sees(
            "something else than PostgreSQL answers",
            "why what listens there speaks another protocol",
            "do check host and port",
            pane="connections",
        )


@asynccontextmanager
async def web_server() -> AsyncIterator[int]:
    """The port of something that answers everybody in HTTP."""

    async def answer(questions: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        try:
            await questions.read(8)
            answers.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await answers.drain()
        finally:
            answers.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
