"""Privileges and extensions that are missing, or taken away while a person looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
import pytest

from core.postgres.embedded import EmbeddedServer
from tests.faults.person import person_at
from tests.servers.databases import fresh_database
from tests.servers.factory import ServerFactory
from tests.servers.watching import Site


@dataclass(frozen=True)
class Place:
    """A database, its superuser's DSN, and a role that pgvigil may connect as."""

    admin_dsn: str
    dsn: str
    role: str

    def run(self, *statements: str) -> None:
        """Execute statements as the superuser."""
        with psycopg.connect(self.admin_dsn, autocommit=True) as admin:
            for statement in statements:
                admin.execute(statement.encode())


@pytest.fixture
def place(postgres: EmbeddedServer) -> Iterator[Place]:
    """A database with a session of another role in it."""
    with fresh_database(postgres) as name:
        role = f"eye_{name}"
        made = Place(postgres.dsn(name), postgres.dsn(name, user=role, password="eye"), role)
        made.run(f"CREATE ROLE {role} LOGIN PASSWORD 'eye'")
        try:
            with closing(psycopg.connect(made.admin_dsn, autocommit=True)) as app:
                app.execute("SET application_name = 'shop'")
                app.execute("SELECT 'seen in the statistics'")
                yield made
        finally:
            made.run(f"DROP ROLE {role}")


async def test_a_role_without_privileges_sees_what_it_may_and_how_to_see_the_rest(
    here: Site, place: Place
) -> None:
    async with person_at(here.launch(place.dsn)) as person:
        await person.sees("live ", r"\d+ of \d+ slots", "hidden [1-9]")
        await person.sees(f"GRANT pg_monitor TO {place.role}", pane="connections")
        await person.sees(r"\d+ statements of other roles are", pane="queries")
        await person.press("3")
        await person.sees(
            r"\d+ statements of other roles are hidden", f"do GRANT pg_monitor TO {place.role}"
        )


async def test_a_grant_shows_everything_and_a_revoke_hides_it_again_without_a_restart(
    here: Site, place: Place
) -> None:
    async with person_at(here.launch(place.dsn)) as person:
        await person.sees("live ", "hidden [1-9]")
        place.run(f"GRANT pg_monitor TO {place.role}")
        await person.sees_no_more("hidden")
        await person.sees("live ", "primary")
        place.run(f"REVOKE pg_monitor FROM {place.role}")
        await person.sees("live ", "hidden [1-9]")


async def test_statistics_that_are_loaded_but_not_created_say_the_statement_that_creates_them(
    here: Site, place: Place
) -> None:
    place.run("DROP EXTENSION pg_stat_statements")
    async with person_at(here.launch(place.dsn)) as person:
        await person.sees("live ", "• OK")
        await person.sees(
            "not created in the database .* do CREATE EXTENSION pg_stat_statements", pane="queries"
        )
        await person.sees(r"\d+ of \d+ slots", pane="connections")


async def test_statistics_that_come_go_and_are_reset_under_way_are_followed(
    here: Site, place: Place
) -> None:
    place.run(f"GRANT pg_monitor TO {place.role}")
    async with person_at(here.launch(place.dsn)) as person:
        await person.sees("live ", "time +mean +calls")
        place.run("DROP EXTENSION pg_stat_statements")
        await person.sees("do CREATE EXTENSION pg_stat_statements", pane="queries")
        place.run("CREATE EXTENSION pg_stat_statements")
        await person.sees("time mean calls", pane="queries")
        for _ in range(3):
            place.run("SELECT pg_stat_statements_reset()")
        await person.sees("time mean calls", pane="queries")
        await person.sees("• OK", "live ")


async def test_statistics_that_are_not_loaded_say_the_setting_and_that_it_needs_a_restart(
    here: Site, start_server: ServerFactory
) -> None:
    server = start_server(settings={"shared_preload_libraries": ""})
    async with person_at(here.launch(server.dsn())) as person:
        await person.sees("live ", "not loaded")
        await person.sees("shared_preload_libraries", "restart", pane="queries")
        await person.sees(r"\d+ of \d+ slots", pane="connections")


async def test_a_role_that_loses_its_login_is_told_when_its_session_ends_and_let_in_again(
    here: Site, place: Place
) -> None:
    async with person_at(here.launch(place.dsn)) as person:
        await person.sees("live ", "primary")
        end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename='{place.role}'"
        place.run(f"ALTER ROLE {place.role} NOLOGIN", end)
        await person.sees("refused", "CRITICAL", r"data \d+ s ago")
        await person.sees(
            f"the role {place.role} may not log in",
            f'do ALTER ROLE "{place.role}" LOGIN',
            pane="connections",
        )
        place.run(f"ALTER ROLE {place.role} LOGIN")
        await person.sees("live ", "• OK")


async def test_a_database_that_is_renamed_is_gone_and_found_again_under_its_name(
    here: Site, place: Place, postgres: EmbeddedServer
) -> None:
    name = urlsplit(place.admin_dsn).path[1:]
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname='{name}'"
    async with person_at(here.launch(place.dsn)) as person:
        await person.sees("live ", "primary")
        with closing(psycopg.connect(postgres.dsn(), autocommit=True)) as admin:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
            admin.execute(end.encode())
            admin.execute(f"ALTER DATABASE {name} RENAME TO {name}_other".encode())
            await person.sees("refused", "there is no such database", "dropped or renamed")
            admin.execute(f"ALTER DATABASE {name}_other RENAME TO {name}".encode())
            await person.sees("admits no connections", pane="connections")
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
        await person.sees("live ", "• OK")


async def test_a_role_that_is_renamed_keeps_its_session(here: Site, place: Place) -> None:
    async with person_at(here.launch(place.dsn), size=(200, 50)) as person:
        await person.sees("live ", "primary")
        place.run(f"ALTER ROLE {place.role} RENAME TO renamed")
        try:
            await person.press("2")
            await person.sees("renamed", "live ")
        finally:
            place.run(f"ALTER ROLE renamed RENAME TO {place.role}")


async def test_after_its_role_was_renamed_the_grant_is_for_the_new_name(
    here: Site, place: Place
) -> None:
    renamed = f"{place.role}_now"
    async with person_at(here.launch(place.dsn)) as person:
        await person.sees(f"GRANT pg_monitor TO {place.role}", pane="connections")
        place.run(f"ALTER ROLE {place.role} RENAME TO {renamed}")
        try:
            await person.sees(f"GRANT pg_monitor TO {renamed}", pane="connections")
            await person.sees("live ", r"\d+ of \d+ slots")
        finally:
            place.run(f"ALTER ROLE {renamed} RENAME TO {place.role}")
