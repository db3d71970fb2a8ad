"""The server itself: primary and standby, and other versions."""

from __future__ import annotations

from core.model.server import Platform, ServerInfo
from core.model.snapshot import Subject
from core.postgres.embedded import EmbeddedServer
from tests.postgres.connecting import collector_of, read, rows, run, session_with


async def server_info(dsn: str) -> ServerInfo:
    async with session_with(dsn) as session:
        body = (await read(await collector_of(session, Subject.SERVER), session)).body
        assert isinstance(body, ServerInfo)
        return body


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
