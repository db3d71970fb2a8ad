"""What a server and a role allow: asked once for each connection."""

from __future__ import annotations

from dataclasses import dataclass

from core.model.server import ConnectionSlots, Platform
from core.postgres.session import Session


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What was found out about a server, and about what the role may do there."""

    version_num: int
    version: str
    role: str
    superuser: bool
    in_recovery: bool
    slots: ConnectionSlots
    platform: Platform
    via_pooler: bool

    @property
    def major(self) -> int:
        """The major version: 18 of 180001."""
        return self.version_num // 10_000


_PROBE = b"""
SELECT /* pgvigil capabilities */
    pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
    pg_catalog.current_setting('server_version'),
    current_user::pg_catalog.text,
    pg_catalog.current_setting('is_superuser') = 'on',
    pg_catalog.pg_is_in_recovery(),
    pg_catalog.current_setting('max_connections')::pg_catalog.int4,
    pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int4,
    coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::pg_catalog.int4
"""


async def probe(session: Session) -> Capabilities:
    """Ask what the server and the role allow.

    Raises:
        SessionLostError: the connection is gone.
        QuestionError: the server refused to say.
    """
    (row,) = (await session.ask(_PROBE)).rows
    return Capabilities(
        version_num=row[0],
        version=row[1],
        role=row[2],
        superuser=row[3],
        in_recovery=row[4],
        slots=ConnectionSlots(row[5], row[6], row[7]),
        platform=Platform.SELF_HOSTED,
        via_pooler=session.via_pooler,
    )
