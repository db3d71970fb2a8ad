"""Drills: whether the last one proved what it should, met its objectives, and is not too long ago.

Each database is judged by its own last drill of each kind: that another one restores says nothing
of it. Nothing is said of a server before one could have been done: its oldest good backup is as old
as the last drill may be.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from core.assess.situation import Draft, Situation
from core.assess.wording import duration
from core.model.health import Area, Severity
from core.model.protection import BackupOverview

if TYPE_CHECKING:
    from core.model.drill import Drill, DrillOverview
    from core.model.guided_drill import GuidedDrill

_TOLD = 3
_AGAIN = "d in the drills (Tab in 5) or pgvigil drill run does one; pgvigil drill list has each."


def findings(situation: Situation, overview: BackupOverview) -> Iterator[Draft]:
    """What is wrong with a server's drills; nothing where none was ever done or planned."""
    if overview.drills is None:
        return
    for each in overview.drills.last:
        yield from _last(each)
    yield from _overdue(situation, overview.drills)
    for left in overview.drills.left:
        yield _left(situation, left)


def _last(drill: Drill) -> Iterator[Draft]:
    # The models of drills are loaded by whoever has made one.
    from core.model.drill import DrillKind, DrillStatus

    if drill.undetected:
        names = ", ".join(each.name for each in drill.undetected)
        yield _draft(
            drill,
            Severity.CRITICAL,
            "A backup that was spoilt on purpose was taken for sound",
            f"not seen on a private copy of {drill.backup_id}: {names}",
            "Trust no backup without a drill until that is mended; report it with pgvigil drill"
            " report.",
        )
    elif drill.status is DrillStatus.FAILED:
        is_restore = drill.kind is not DrillKind.SABOTAGE
        told = drill.problem or _different(drill.differences)
        yield _draft(
            drill,
            Severity.CRITICAL if is_restore else Severity.WARNING,
            f"The last {drill.kind.value} drill{_of(drill)} failed",
            told,
            drill.remedy
            or f"See pgvigil drill report {drill.drill_id}, and try another backup: pgvigil drill"
            " run.",
        )
    elif drill.status is DrillStatus.INTERRUPTED:
        title = f"The last drill{_of(drill)} was interrupted"
        yield _draft(drill, Severity.WARNING, title, drill.problem, _AGAIN)
    elif drill.missed:
        yield _missed(drill)


def _different(differences: Sequence[str]) -> str:
    """The first of what is not as it should be, and how many more there are."""
    more = len(differences) - _TOLD
    return "; ".join([*differences[:_TOLD], *([f"and {more} more"] if more > 0 else [])])


def _missed(drill: Drill) -> Draft:
    wanted, told = drill.objectives, []
    if "RTO" in drill.missed and drill.rto_seconds is not None:
        told.append(
            f"restored in {duration(drill.rto_seconds)}, and {duration(wanted.rto_seconds)} are"
            " allowed"
        )
    if "RPO" in drill.missed:
        newest = (
            "no backup was known to be good"
            if drill.rpo_seconds is None
            else f"the newest backup was {duration(drill.rpo_seconds)} old"
        )
        told.append(f"{newest}, and {duration(wanted.rpo_seconds)} are allowed")
    return _draft(
        drill,
        Severity.WARNING,
        f"The last drill{_of(drill)} missed its {' and '.join(drill.missed)}",
        "; ".join(told),
        f"See the times by phase: pgvigil drill report {drill.drill_id}; then more [dump] workers,"
        " a nearer copy, or backups more often.",
    )


def _overdue(situation: Situation, known: DrillOverview) -> Iterator[Draft]:
    since = known.proven_at or known.restorable_since
    if not known.overdue_seconds or since is None:
        return
    seconds = (situation.now - since).total_seconds()
    if seconds <= known.overdue_seconds:
        if len(known.standings) > 1:
            yield from _turns(situation, known)
        return
    never = known.proven_at is None
    yield Draft(
        fingerprint="backups.drill.overdue",
        area=Area.BACKUPS,
        severity=Severity.WARNING,
        title="No drill has proven yet that a backup restores"
        if never
        else f"No drill has proven a restore for {duration(seconds)}",
        detail=f"one should within {duration(known.overdue_seconds)}"
        + (f"; the oldest good backup is {duration(seconds)} old" if never else ""),
        advice=f"See in the schedules (Tab in 5) why none ran. {_AGAIN}",
    )


def _turns(situation: Situation, known: DrillOverview) -> Iterator[Draft]:
    """The databases that were passed by, though others were proven meanwhile."""
    for each in known.standings:
        seconds = (situation.now - each.since).total_seconds()
        if seconds <= known.turn_seconds:
            continue
        yield Draft(
            fingerprint=f"backups.drill.overdue:{each.database}",
            area=Area.BACKUPS,
            severity=Severity.WARNING,
            title=f"No drill has proven a restore of {each.database} for {duration(seconds)}"
            if each.is_proven
            else f"No drill has proven yet that a backup of {each.database} restores",
            detail=f"each of {len(known.standings)} databases should have its turn within"
            f" {duration(known.turn_seconds)}"
            + ("" if each.is_proven else f"; its oldest good backup is {duration(seconds)} old"),
            advice=f"pgvigil drill run --database {shlex.quote(each.database)} does one;"
            " pgvigil drill list has what came of the last ones.",
            subject=each.database,
        )


def _left(situation: Situation, drill: GuidedDrill) -> Draft:
    seconds = (situation.now - drill.noted_at).total_seconds()
    return Draft(
        fingerprint=f"backups.drill.left:{drill.drill_id}",
        area=Area.BACKUPS,
        severity=Severity.WARNING,
        title="A guided drill was left",
        detail=f"{drill.symptom.value}: in the hands of {drill.holder}, and nobody has touched it"
        f" for {duration(seconds)}; its clock runs",
        advice="Take it over or close it: pgvigil drill guide, or g among the drills (Tab in 5).",
        subject=drill.drill_id,
        since=drill.noted_at,
    )


def _draft(drill: Drill, severity: Severity, title: str, detail: str, advice: str) -> Draft:
    return Draft(
        fingerprint=f"backups.drill:{drill.kind.value}:{drill.database}",
        area=Area.BACKUPS,
        severity=severity,
        title=title,
        detail=detail,
        advice=advice,
        subject=drill.backup_id,
        since=drill.finished_at,
    )


def _of(drill: Drill) -> str:
    """Of which database, where it came so far as to have one."""
    return f" of {drill.database}" if drill.database else ""
