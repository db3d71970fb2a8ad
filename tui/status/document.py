"""The JSON document of ``status --json``; docs/command-line.md describes it, keys are only added.

A value that can't be had is ``null``, and ``unknown`` says why; a ``null`` that is not named there
says that there is none. Times are ISO 8601 in UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from core.model.connections import BackendState, Connections
from core.model.databases import Databases
from core.model.health import Finding
from core.model.server import Link, ServerInfo
from core.model.snapshot import Frame
from core.model.statements import Statements
from core.model.unknown import Unknown
from tui.status.look import Look, known_body, worst
from tui.status.reasons import reasons

SCHEMA = 1


def document(looks: Sequence[Look]) -> dict[str, Any]:
    """All servers and the worst health among them."""
    return {
        "schema": SCHEMA,
        "health": worst(looks).value,
        "servers": [_server(look) for look in looks],
    }


def _server(look: Look) -> dict[str, Any]:
    frame = look.frame
    return {
        "name": look.entry.name,
        "target": look.entry.target,
        "production": look.entry.production,
        "health": look.health.value,
        "moment": _time(frame.moment),
        "age_seconds": look.age_seconds,
        "assessed_at": _time(frame.assessment.at if frame.assessment is not None else None),
        "findings": [_finding(finding) for finding in look.findings],
        "link": _link(known_body(frame.link)),
        "server": _info(known_body(frame.server), frame),
        "connections": _connections(known_body(frame.connections)),
        "statements": _statements(known_body(frame.statements)),
        "databases": _databases(known_body(frame.databases)),
        "unknown": {
            path: {"reason": why.reason, "remedy": why.remedy}
            for path, why in reasons(look).items()
        },
    }


def _time(value: datetime | Unknown | None) -> str | None:
    if value is None or isinstance(value, Unknown):
        return None
    return value.astimezone(UTC).isoformat(timespec="milliseconds")


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "fingerprint": finding.fingerprint,
        "area": finding.area.value,
        "severity": finding.severity.label,
        "title": finding.title,
        "detail": finding.detail,
        "advice": finding.advice,
        "since": _time(finding.since),
        "subject": finding.subject,
        "figures_at": _time(finding.figures_at),
    }


def _link(link: Link | None) -> dict[str, Any] | None:
    if link is None:
        return None
    return {
        "state": link.state.value,
        "since": _time(link.since),
        "what": link.what,
        "why": link.why,
        "remedy": link.remedy,
    }


def _info(info: ServerInfo | None, frame: Frame) -> dict[str, Any] | None:
    if info is None:
        return None
    started = None if isinstance(info.started_at, Unknown) else info.started_at
    return {
        "version": info.version,
        "version_num": info.version_num,
        "in_recovery": info.in_recovery,
        "started_at": _time(started),
        "uptime_seconds": (frame.moment - started).total_seconds() if started else None,
        "platform": info.platform.value,
        "via_pooler": info.via_pooler,
        "role": info.role,
    }


def _connections(found: Connections | None) -> dict[str, Any] | None:
    if found is None:
        return None
    visible = found.details is None
    return {
        "total": found.total,
        "usable": found.slots.usable,
        "usage": round(found.usage, 4),
        "max_connections": found.slots.max_connections,
        "by_state": {
            state.value: found.in_state(state) for state in BackendState if found.in_state(state)
        },
        "waiting_on_lock": found.waiting_on_lock if visible else None,
        "longest_query_seconds": found.longest_query_seconds if visible else None,
        "longest_transaction_seconds": found.longest_transaction_seconds if visible else None,
        "longest_idle_in_transaction_seconds": (
            found.longest_idle_in_transaction_seconds if visible else None
        ),
    }


def _statements(found: Statements | None) -> dict[str, Any] | None:
    if found is None or found.since is None:
        return None
    whole = not found.hidden
    mean = found.others_ms / found.others_calls if found.others_calls else None
    return {
        "interval_seconds": found.seconds,
        "calls": found.others_calls if whole else None,
        "total_ms": found.others_ms if whole else None,
        "mean_ms": mean if whole else None,
        "own_calls": found.own_calls,
    }


def _databases(found: Databases | None) -> list[dict[str, Any]] | None:
    if found is None or found.since is None:
        return None
    return [
        {
            "name": row.name,
            "interval_seconds": found.seconds,
            "commits": row.commits,
            "rollbacks": row.rollbacks,
            "error_rate": row.error_rate,
            "cache_hit_rate": row.cache_hit_rate,
            "temp_bytes": row.temp_bytes,
            "deadlocks": row.deadlocks,
            "size_bytes": None if isinstance(row.size_bytes, Unknown) else row.size_bytes,
        }
        for row in found.databases
    ]
