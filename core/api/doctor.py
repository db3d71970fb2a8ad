"""``pgvigil doctor`` and ``pgvigil init``: what a role may see, found out by connecting."""

from __future__ import annotations

import asyncio
import dataclasses

from core.api.launch import Launch
from core.api.setup import Draft
from core.config.settings import CollectSettings, ServerSettings
from core.model.capability import CapabilityReport


def report(launch: Launch, server_id: str) -> CapabilityReport:
    """What the role may see on a server of ``launch``, and what each missing piece costs.

    Raises:
        ServerError: the server can't be reached, refuses, or doesn't answer in time.
        ConfigError: the server's connection parameters can't be used.
    """
    settings = launch.settings
    return _ask(server_id, settings.servers[server_id], settings.collect)


def report_for_draft(draft: Draft) -> CapabilityReport:
    """The same for a server that stands in no config yet; raises the same, and for its keys."""
    from psycopg.conninfo import make_conninfo

    server = draft.settings()
    if draft.password:
        # What was typed goes before what the config will refer to, which may not be there yet.
        server = dataclasses.replace(
            server,
            dsn=make_conninfo(server.dsn, password=draft.password),
            password_env="",
            password_file="",
            password_command=(),
        )
    return _ask(draft.name, server, CollectSettings())


def _ask(name: str, server: ServerSettings, limits: CollectSettings) -> CapabilityReport:
    from core.postgres.capability_report import examine
    from core.postgres.session import Limits, Session
    from core.postgres.target import Target

    async def ask() -> CapabilityReport:
        target = Target.from_settings(name, server)
        session = await Session.connect(target, Limits.from_settings(limits))
        try:
            return await examine(session)
        finally:
            await session.close()

    return asyncio.run(ask())
