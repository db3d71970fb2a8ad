"""What the store holds of security events, bounded for screens."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, bindparam, select

from core.model.security import SecurityEvent, SecurityOverview
from core.store.database import Database
from core.store.seed_tables import security_events

_LISTED = 100
_NEWEST = (
    select(security_events)
    .where(security_events.c.server_id == bindparam("server_id"))
    .order_by(security_events.c.timestamp.desc())
    .limit(_LISTED)
)


class SecurityEvents:
    """The rows of ``security_events``, which others write."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def overview(self, server_id: str) -> SecurityOverview:
        """The newest events of a server, newest first; configured as soon as there is one."""
        with self._database.reading() as connection:
            rows = connection.execute(_NEWEST, {"server_id": server_id}).all()
        return SecurityOverview(configured=bool(rows), events=tuple(map(_event, rows)))


def _event(row: Row[Any]) -> SecurityEvent:
    details = row.details or {}
    summary = details.get("summary") if isinstance(details, dict) else None
    return SecurityEvent(
        event_type=row.event_type,
        at=row.timestamp,
        principal=row.user_id or "",
        address=row.ip_address or "",
        risk=row.risk_score or 0,
        summary=str(summary or json.dumps(details, sort_keys=True)),
    )
