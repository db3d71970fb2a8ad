"""What a console makes of it that its servers are watched by other settings than its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.engine.precedence import WATCHING, differs, is_newer, superseded
from core.model.health import Area, Finding, Severity
from core.model.process import ProcessInfo, ProcessKind

_SERVICE_TITLE = "pgvigil serve watches by other settings than yours: reload the service"
_CONSOLE_TITLE = "watched by the settings of a console that was opened later"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether to start a watcher by our settings, whether to leave that to a newer one, a notice.

    ``needs_watcher``: one that a console started goes on with older settings; it gives way.
    """

    needs_watcher: bool = False
    is_superseded: bool = False
    notice: Finding | None = None


def compare(me: ProcessInfo, alive: Iterable[ProcessInfo]) -> Comparison:
    """What the console ``me`` does beside these living processes.

    A service keeps its settings until it is told to read them again, so nobody competes with it.
    """
    watching = [each for each in alive if each.kind in WATCHING]
    others = [each for each in watching if _differs_at_all(me, each)]
    services = [each for each in others if each.kind is ProcessKind.SERVICE]
    newer = [each for each in others if is_newer(each, me)]
    return Comparison(
        needs_watcher=any(_is_outdated(me, server, watching) for server in me.servers),
        is_superseded=superseded(me, watching) == frozenset(me.servers),
        notice=_notice(me, services, newer),
    )


def _notice(
    me: ProcessInfo, services: Sequence[ProcessInfo], newer: Sequence[ProcessInfo]
) -> Finding | None:
    if services:
        return _of_service(me, services[0])
    return _of_console(me, newer[0]) if newer else None


def _is_outdated(me: ProcessInfo, server_id: str, watching: Iterable[ProcessInfo]) -> bool:
    """Whether a watcher has the server by older settings, and no service and none of ours does."""
    having = [each for each in watching if server_id in each.servers and each.host == me.host]
    if any(each.kind is ProcessKind.SERVICE for each in having):
        return False
    older = [each for each in having if differs(me, each, server_id) and is_newer(me, each)]
    ours = [each for each in having if not differs(me, each, server_id)]
    return any(not any(is_newer(our, each) for our in ours) for each in older)


def _differs_at_all(me: ProcessInfo, other: ProcessInfo) -> bool:
    return any(differs(me, other, server_id) for server_id in me.servers)


def _of_service(me: ProcessInfo, service: ProcessInfo) -> Finding:
    return Finding(
        fingerprint="pgvigil.other_settings",
        area=Area.PGVIGIL,
        severity=Severity.INFO,
        title=_SERVICE_TITLE,
        detail=f"For {_servers(me, service)} the service (pid {service.pid}) was given another"
        " config than this console: connection, paces, thresholds, retention, schedules or backups"
        " are not the same.",
        advice=f"systemctl reload pgvigil, or kill -HUP {service.pid}: it reads its config again."
        " See with pgvigil config check that both read the same file.",
        since=service.configuration.asked_at if service.configuration else service.started_at,
    )


def _of_console(me: ProcessInfo, watcher: ProcessInfo) -> Finding:
    return Finding(
        fingerprint="pgvigil.other_settings",
        area=Area.PGVIGIL,
        severity=Severity.INFO,
        title=_CONSOLE_TITLE,
        detail=f"For {_servers(me, watcher)} the newest config is in use (watcher {watcher.pid}),"
        " and this console was opened with another one.",
        advice="Open this console again: it reads the config as it is then, and that is used.",
        since=watcher.started_at,
    )


def _servers(me: ProcessInfo, other: ProcessInfo) -> str:
    return ", ".join(server_id for server_id in me.servers if differs(me, other, server_id))
