"""Drills told: as lines for people, as documents for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from core.errors import ExitCode
from core.model.drill import Drill, DrillKind, DrillStatus
from tui import figures
from tui.drills.document import guided_document, under_way_words
from tui.text import one_line

_CODES = {
    DrillStatus.PASSED: ExitCode.OK,
    DrillStatus.MISSED: ExitCode.WARNING,
    DrillStatus.CANCELLED: ExitCode.WARNING,
}


def exit_code_of(drill: Drill) -> ExitCode:
    """What the shell is told of a drill."""
    return _CODES.get(drill.status, ExitCode.CRITICAL)


def drill_lines(drill: Drill, now: datetime) -> Iterator[str]:
    """One drill of a list, for people."""
    words = [
        drill.drill_id,
        drill.status.value,
        f"{drill.server_id}/{drill.database or '?'}",
        figures.moment(drill.started_at, relative_to=now),
        f"by {drill.who}" if not drill.schedule else f"by schedule {drill.schedule}",
        *_figures(drill),
    ]
    yield one_line("  ".join(words))
    if drill.guided is not None and not drill.guided.is_over:
        yield one_line(f"    {under_way_words(drill.guided, now)}")
    if drill.problem:
        yield one_line(f"    why: {drill.problem}")
    if drill.remedy:
        yield one_line(f"    do:  {drill.remedy}")
    for each in drill.undetected:
        yield one_line(f"    not seen: {each.name}")


def _figures(drill: Drill) -> Iterator[str]:
    if drill.kind is DrillKind.SABOTAGE:
        if drill.trials:
            seen = len(drill.trials) - len(drill.undetected)
            yield f"sabotage: {seen} of {len(drill.trials)} seen"
        return
    if drill.rto_seconds is not None:
        yield f"RTO {figures.duration(drill.rto_seconds)}"
    if drill.rpo_seconds is not None:
        yield f"RPO {figures.duration(drill.rpo_seconds)}"


def outcome_lines(drill: Drill, result: str) -> Iterator[str]:
    """A drill that is over, for people."""
    yield one_line(f"drill {drill.drill_id} {drill.status.value}: {result}")
    for phase in drill.phases:
        yield one_line(f"  {phase.name:<26}{figures.duration(phase.seconds):>8}")
    wanted = drill.objectives
    for name, measured, most in (
        ("RTO", drill.rto_seconds, wanted.rto_seconds),
        ("RPO", drill.rpo_seconds, wanted.rpo_seconds),
    ):
        if measured is not None and drill.kind is not DrillKind.SABOTAGE:
            limit = f", at most {figures.duration(most)}" if most else ", no objective"
            yield f"  {name}  {figures.duration(measured)}{limit}"
    for each in drill.trials:
        yield one_line(
            f"  {'seen    ' if each.is_detected else 'NOT SEEN'}  {each.name}: {each.said}"
        )
        yield one_line(f"            then: {each.person}")
    for difference in drill.differences:
        yield one_line(f"  different: {difference}")
    for unchecked in drill.unchecked:
        yield one_line(f"  unchecked: {unchecked}")
    if drill.remedy:
        yield one_line(f"  do:  {drill.remedy}")
    yield f"  report: pgvigil drill report {drill.drill_id} --out drill.html"


def drill_document(drill: Drill) -> dict[str, Any]:
    """One drill for programs."""
    seal = drill.seal
    return {
        "drill": drill.drill_id,
        "kind": drill.kind.value,
        "status": drill.status.value,
        "server": drill.server_id,
        "database": drill.database or None,
        "backup_id": drill.backup_id or None,
        "repository": drill.repository or None,
        "snapshot_at": _moment(drill.snapshot_at),
        "pick": drill.pick.value,
        "why": drill.why or None,
        "who": drill.who,
        "host": drill.host,
        "schedule": drill.schedule or None,
        "restored_on": drill.server or None,
        "started_at": _moment(drill.started_at),
        "finished_at": _moment(drill.finished_at),
        "rto_seconds": drill.rto_seconds,
        "rto_objective_seconds": drill.objectives.rto_seconds or None,
        "rpo_seconds": drill.rpo_seconds,
        "rpo_objective_seconds": drill.objectives.rpo_seconds or None,
        "missed": list(drill.missed),
        "phases": [
            {"phase": each.name, "seconds": each.seconds, "bytes": each.bytes}
            for each in drill.phases
        ],
        "sealed_bytes": drill.sealed_bytes,
        "plain_bytes": drill.plain_bytes,
        "database_bytes": drill.database_bytes,
        "tables": drill.tables,
        "rows": drill.rows,
        "differences": list(drill.differences),
        "sound": list(drill.sound),
        "unchecked": list(drill.unchecked),
        "sabotage": [
            {
                "name": each.name,
                "done": each.done,
                "detected": each.is_detected,
                "said": each.said,
                "person": each.person,
            }
            for each in drill.trials
        ],
        "what": drill.what or None,
        "guided": None if drill.guided is None else guided_document(drill.guided),
        "problem": drill.problem or None,
        "remedy": drill.remedy or None,
        "seal": None
        if seal is None
        else {"sha256": seal.digest, "audit_entry": seal.entry, "audit_hash": seal.entry_hash},
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
