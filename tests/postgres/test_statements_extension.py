"""pg_stat_statements that is absent, old, hidden, or made while somebody looks."""

from __future__ import annotations

from core.model.snapshot import Subject
from core.model.statements import Statements
from core.model.unknown import Unknown
from core.postgres.embedded import EmbeddedServer, Programs
from tests.postgres.connecting import collector_of, read, rows, run, session_with
from tests.postgres.reading_statements import WORK, found, statements
from tests.servers.factory import ServerFactory


async def test_an_extension_that_is_made_later_is_found(postgres: EmbeddedServer) -> None:
    run(postgres.dsn(), 'CREATE DATABASE "later"')
    dsn = postgres.dsn("later")
    try:
        async with session_with(dsn) as session:
            collector = await collector_of(session, Subject.STATEMENTS)
            missing = (await read(collector, session)).body
            schema = '"my ""stats"'
            run(dsn, f"CREATE SCHEMA {schema}")
            run(dsn, f"CREATE EXTENSION pg_stat_statements SCHEMA {schema}")
            made = (await read(collector, session)).body
            run(dsn, "DROP EXTENSION pg_stat_statements", "CREATE EXTENSION pg_stat_statements")
            moved = (await read(collector, session)).body
            run(dsn, "DROP EXTENSION pg_stat_statements")
            dropped = (await read(collector, session)).body
    finally:
        run(postgres.dsn(), 'DROP DATABASE "later" WITH (FORCE)')

    assert missing == Unknown(
        "pg_stat_statements is loaded, but not created in the database later",
        "CREATE EXTENSION pg_stat_statements",
    )
    assert isinstance(made, Statements)
    assert isinstance(moved, Statements)
    assert dropped == missing


async def test_a_library_that_is_not_loaded_says_what_to_set(start_server: ServerFactory) -> None:
    server = start_server(settings={"shared_preload_libraries": "auto_explain"})
    async with session_with(server.dsn()) as session:
        body = (await read(await collector_of(session, Subject.STATEMENTS), session)).body

    assert isinstance(body, Unknown)
    assert "not loaded" in body.reason
    assert body.remedy == (
        "ALTER SYSTEM SET shared_preload_libraries = 'auto_explain', 'pg_stat_statements';"
        " restart PostgreSQL; then CREATE EXTENSION pg_stat_statements"
    )
    # It can be run as it stands.
    statement = body.remedy.partition(";")[0]
    run(server.dsn(), statement)
    server.restart()
    assert rows(server.dsn(), "SHOW shared_preload_libraries") == [
        ("auto_explain, pg_stat_statements",)
    ]


async def test_a_schema_that_the_role_may_not_use_is_named(postgres: EmbeddedServer) -> None:
    run(
        postgres.dsn(),
        "CREATE DATABASE guarded",
        "CREATE ROLE \"o'w\" LOGIN PASSWORD 'x' IN ROLE pg_monitor",
    )
    try:
        run(
            postgres.dsn("guarded"),
            "CREATE SCHEMA stats",
            "CREATE EXTENSION pg_stat_statements SCHEMA stats",
        )
        async with session_with(postgres.dsn("guarded", user="o'w", password="x")) as session:
            collector = await collector_of(session, Subject.STATEMENTS)
            body = (await read(collector, session)).body
            assert isinstance(body, Unknown)
            run(postgres.dsn("guarded"), body.remedy)
            assert isinstance((await read(collector, session)).body, Statements)
    finally:
        run(postgres.dsn(), "DROP DATABASE guarded WITH (FORCE)", 'DROP ROLE "o\'w"')


async def test_without_privilege_other_roles_statements_are_said_to_be_hidden(
    database: str, postgres: EmbeddedServer
) -> None:
    run(database, WORK, "CREATE ROLE weak LOGIN PASSWORD 'x'")
    try:
        dsn = postgres.dsn(database.rpartition("/")[2], user="weak", password="x")
        async with session_with(dsn) as session:
            body = statements(await read(await collector_of(session, Subject.STATEMENTS), session))
    finally:
        run(database, "DROP ROLE weak")

    assert body.details is not None
    assert body.details.remedy == "GRANT pg_monitor TO weak"
    assert body.hidden > 0


async def test_postgresql_15_is_read_as_well(
    start_server: ServerFactory, debian_programs: Programs
) -> None:
    server = start_server(programs=debian_programs)
    run(server.dsn(), "CREATE EXTENSION pg_stat_statements VERSION '1.8'")
    async with session_with(server.dsn()) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        await read(collector, session)
        run(server.dsn(), WORK)
        old = statements(await read(collector, session))
        run(server.dsn(), "SELECT pg_stat_statements_reset()")
        reset = statements(await read(collector, session))

        assert found(old, "the work").calls == 1
        assert isinstance(old.evictions, Unknown)
        assert isinstance(old.stats_reset, Unknown)
        assert old.extension_version == "1.8"
        assert "reset" in reset.rebaselined

        run(server.dsn(), "ALTER EXTENSION pg_stat_statements UPDATE")
        fresh = await collector_of(session, Subject.STATEMENTS)
        await read(fresh, session)
        run(server.dsn(), WORK)
        new = statements(await read(fresh, session))

    assert new.extension_version == "1.10"
    assert found(new, "the work").calls == 1
    assert new.evictions == 0


async def test_an_extension_too_old_is_told_to_be_updated(
    start_server: ServerFactory, debian_programs: Programs
) -> None:
    server = start_server(programs=debian_programs)
    run(server.dsn(), "CREATE EXTENSION pg_stat_statements VERSION '1.7'")
    async with session_with(server.dsn()) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        body = (await read(collector, session)).body
        assert isinstance(body, Unknown)
        assert "1.7" in body.reason
        run(server.dsn(), body.remedy)
        assert isinstance((await read(collector, session)).body, Statements)
