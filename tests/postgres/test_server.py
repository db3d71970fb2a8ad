"""The server itself: primary and standby, and other versions."""

from __future__ import annotations

from dataclasses import replace

from core.collect.registry import collectors
from core.model.server import Platform, ServerInfo
from core.model.snapshot import Subject
from core.model.unknown import Unknown
from core.postgres.capabilities import probe
from core.postgres.embedded import EmbeddedServer, Programs
from tests.postgres.connecting import SETTINGS, collector_of, read, rows, run, session_with
from tests.servers.factory import ServerFactory


async def server_info(dsn: str) -> ServerInfo:
    async with session_with(dsn) as session:
        body = (await read(await collector_of(session, Subject.SERVER), session)).body
        assert isinstance(body, ServerInfo)
        return body


async def nothing_unknown(dsn: str, major: int = 0) -> None:
    """Ask everything twice, as ``major`` wants it asked, else as the server's own version does."""
    async with session_with(dsn) as session:
        found = await probe(session)
        asked_as = replace(found, version_num=major * 10_000) if major else found
        for collector in collectors(asked_as, SETTINGS):
            for _ in range(2):
                body = (await read(collector, session)).body
                assert not isinstance(body, Unknown), (collector.subject, body)


async def test_a_role_with_pg_monitor_learns_who_the_server_is(
    monitor_dsn: str, postgres: EmbeddedServer
) -> None:
    info = await server_info(monitor_dsn)

    control = rows(postgres.dsn(), "SELECT system_identifier::text FROM pg_control_system()")
    started = rows(postgres.dsn(), "SELECT pg_postmaster_start_time()")
    assert (info.system_identifier, info.started_at) == (control[0][0], started[0][0])
    assert info.major == 18
    assert info.platform is Platform.SELF_HOSTED
    assert not info.superuser
    assert not info.in_recovery
    assert info.slots.max_connections == 100


async def test_settings_are_shown_as_they_stand_without_pgvigil(monitor_dsn: str) -> None:
    settings = (await server_info(monitor_dsn)).settings

    assert settings["shared_buffers"] == "16MB"
    assert settings["statement_timeout"] == "0ms"
    assert settings["jit"] == "on"
    assert settings["shared_preload_libraries"] == "pg_stat_statements"


async def test_on_a_standby_every_question_is_answered(start_server: ServerFactory) -> None:
    primary = start_server()
    run(
        primary.dsn(),
        "CREATE EXTENSION pg_stat_statements",
        "CREATE ROLE watch LOGIN PASSWORD 'x' IN ROLE pg_monitor",
    )
    standby = start_server.standby(primary)
    dsn = standby.dsn(user="watch", password="x")

    assert (await server_info(dsn)).in_recovery
    await nothing_unknown(dsn)
    assert (await server_info(dsn)).system_identifier == (
        await server_info(primary.dsn())
    ).system_identifier


async def test_on_postgresql_15_every_question_is_answered(
    start_server: ServerFactory, debian_programs: Programs
) -> None:
    server = start_server(programs=debian_programs)
    run(
        server.dsn(),
        "CREATE EXTENSION pg_stat_statements",
        "CREATE ROLE watch LOGIN PASSWORD 'x' IN ROLE pg_monitor",
    )

    await nothing_unknown(server.dsn(user="watch", password="x"))
    # PostgreSQL 13 lacks columns that 15 has; what is asked of it must not name them.
    run(
        server.dsn(),
        "DROP EXTENSION pg_stat_statements",
        "CREATE EXTENSION pg_stat_statements VERSION '1.8'",
    )
    await nothing_unknown(server.dsn(user="watch", password="x"), major=13)


async def test_through_a_pooler_every_question_is_answered(
    pooled: str, postgres: EmbeddedServer
) -> None:
    run(postgres.dsn(), "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    try:
        await nothing_unknown(pooled)
        assert (await server_info(pooled)).via_pooler
    finally:
        run(postgres.dsn(), "DROP EXTENSION pg_stat_statements")


async def test_a_role_with_nothing_still_gets_what_everybody_gets(
    postgres: EmbeddedServer,
) -> None:
    run(postgres.dsn(), "CREATE ROLE nobody2 LOGIN PASSWORD 'x'")
    try:
        info = await server_info(postgres.dsn(user="nobody2", password="x"))
    finally:
        run(postgres.dsn(), "DROP ROLE nobody2")

    assert info.major == 18
    assert "shared_preload_libraries" not in info.settings
