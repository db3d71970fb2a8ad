"""``pgvigil doctor`` and ``pgvigil init``: what a role may see, found out by connecting."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime

from core.api.launch import Launch
from core.api.setup import Draft
from core.config.secrets import PasswordSource, SecretError
from core.config.settings import CollectSettings, ServerSettings
from core.errors import PgvigilError
from core.model.capability import CapabilityReport
from core.model.server import ServerInfo


def report(launch: Launch, server_id: str) -> CapabilityReport:
    """What the role may see on a server of ``launch``, and what each missing piece costs.

    Raises:
        ServerError: the server can't be reached, refuses, or doesn't answer in time.
        ConfigError: the server's connection parameters can't be used.
    """
    settings = launch.settings
    found, info = _ask(server_id, settings.servers[server_id], settings.collect)
    if info is None:
        return found
    return dataclasses.replace(found, also_watched_as=_other_names(launch, server_id, info))


def to_be_tried(draft: Draft) -> tuple[Draft, SecretError | None]:
    """``draft`` as an attempt proves most of it, and why that is not what a config with it does.

    A password that was given beside the keys stays only where what they refer to gives none here:
    an attempt with another password than the config's would prove nothing.

    Raises:
        ConfigError: the name or a key can't stand in a config.
    """
    if draft.password:
        source = PasswordSource.from_settings(f"server {draft.name}", draft.settings())
        try:
            source.fetch(CollectSettings().connect_timeout_seconds)
        except SecretError as error:
            return draft, error
    return dataclasses.replace(draft, password=""), None


def report_for_draft(draft: Draft) -> CapabilityReport:
    """The same for a server that stands in no config yet; raises the same, and for its keys."""
    from psycopg.conninfo import make_conninfo

    server = draft.settings()
    if draft.password:
        server = dataclasses.replace(
            server,
            dsn=make_conninfo(server.dsn, password=draft.password),
            password_env="",
            password_file="",
            password_command=(),
        )
    found, _ = _ask(draft.name, server, CollectSettings())
    return found


def _other_names(launch: Launch, server_id: str, info: ServerInfo) -> tuple[str, ...]:
    """Under which other names the server is sampled, where there is a store that tells."""
    from core.engine.same_server import also_watched_as
    from core.store.store import Store

    settings = dataclasses.replace(launch.settings.store, wait_seconds=0.0)
    try:
        store = Store.open(settings, state_folder=launch.state_folder, migrate=False)
    except PgvigilError:
        return ()
    try:
        return also_watched_as(store, server_id, info)
    except PgvigilError:
        return ()
    finally:
        store.close()


def _ask(
    name: str, server: ServerSettings, limits: CollectSettings
) -> tuple[CapabilityReport, ServerInfo | None]:
    """The report, and what the server says of itself; nothing where it does not say."""
    from core.collect.server import ServerCollector
    from core.postgres.capabilities import probe
    from core.postgres.capability_report import examine
    from core.postgres.session import Limits, Session
    from core.postgres.target import Target

    async def ask() -> tuple[CapabilityReport, ServerInfo | None]:
        target = Target.from_settings(name, server)
        session = await Session.connect(target, Limits.from_settings(limits))
        try:
            found = await examine(session)
            collector = ServerCollector(await probe(session))
            told = (await collector.collect(session, datetime.now(UTC))).body
            return found, told if isinstance(told, ServerInfo) else None
        finally:
            await session.close()

    return asyncio.run(ask())
