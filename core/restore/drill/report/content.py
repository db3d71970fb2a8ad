"""What a report says, before it is Markdown or HTML: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.model.differences import differences_told
from core.model.drill import Drill, DrillKind, DrillStatus
from core.model.restore import CheckState
from core.restore.drill.report.guided import clock_words, guided_sections
from core.restore.drill.report.parts import Report, Section, Table
from core.restore.drill.report.words import duration, moment, plain, size

_OUTCOMES = {
    DrillStatus.RUNNING: "Under way",
    DrillStatus.PASSED: "Passed",
    DrillStatus.MISSED: "Proven, but an objective was missed",
    DrillStatus.FAILED: "Failed",
    DrillStatus.CANCELLED: "Cancelled: nothing was proven",
    DrillStatus.INTERRUPTED: "Interrupted: nothing was proven",
}
_WHAT = {
    DrillKind.RESTORE: "Restore drill",
    DrillKind.SABOTAGE: "Sabotage drill",
    DrillKind.GUIDED: "Guided drill",
}
_EVERYTHING = "everything"
_MARKS = {
    CheckState.OK: "ok",
    CheckState.WARNING: "warning",
    CheckState.UNKNOWN: "not known",
    CheckState.STOP: "stop",
}


def report_of(drill: Drill, broken_seal: str) -> Report:
    """A drill as its report; ``broken_seal`` says why its record can't be trusted, else empty."""
    sections = [_facts(drill)]
    if drill.kind is not DrillKind.SABOTAGE:
        sections += [_objectives(drill)]
    if drill.guided is not None:
        sections += guided_sections(drill.guided)
    if drill.kind is not DrillKind.SABOTAGE:
        sections += [*_phases(drill), *_proof(drill), *_besides(drill)]
    sections += [*_trials(drill), *_checks(drill), _seal(drill, broken_seal)]
    return Report(
        title=f"{_WHAT[drill.kind]}: database {plain(drill.database) or '?'} of"
        f" {plain(drill.server_id)}",
        outcome=_outcome(drill),
        warning=f"NOT TO BE TRUSTED: {plain(broken_seal)}." if broken_seal else "",
        is_good=drill.status is DrillStatus.PASSED,
        sections=tuple(sections),
    )


def _outcome(drill: Drill) -> str:
    told = _OUTCOMES[drill.status]
    if drill.status is DrillStatus.MISSED:
        told = f"Proven, but missed: {' and '.join(drill.missed)}"
    if drill.kind is DrillKind.SABOTAGE and drill.trials:
        seen = len(drill.trials) - len(drill.undetected)
        told += f": {seen} of {len(drill.trials)} acts of sabotage were seen"
    elif drill.status.is_proof and drill.status is not DrillStatus.MISSED:
        is_part = drill.guided is not None and drill.what != _EVERYTHING
        told += f": {plain(drill.what) if is_part else 'the backup'} was restored, and is equal to"
        told += " what was backed up"
    elif drill.differences:
        told += f": restored with {differences_told(drill.differences)}"
    return told


def _facts(drill: Drill) -> Section:
    ended = drill.finished_at
    rows = [
        ("Drill", drill.drill_id),
        ("Done by", f"{drill.who}, on host {drill.host}"),
        ("Ordered by", f"schedule {drill.schedule}" if drill.schedule else "a person"),
        ("Began", moment(drill.started_at)),
        ("Ended", moment(ended)),
        ("Backup", f"{drill.backup_id or 'none'}, of {moment(drill.snapshot_at)}"),
        ("Repository", drill.repository or "none"),
        ("Chosen because", drill.why or "not known"),
    ]
    if drill.guided is not None:
        rows += [
            ("Runbook", drill.guided.symptom.value),
            ("Ended by", drill.guided.ended_by or "nobody"),
            ("Restored", drill.what or "nothing"),
        ]
    if drill.kind is not DrillKind.SABOTAGE:
        rows += [
            ("Restored on", drill.server or "nothing: it did not come so far"),
            ("Fetched", f"{size(drill.sealed_bytes)}, unpacked {size(drill.plain_bytes)}"),
            ("Database afterwards", size(drill.database_bytes)),
        ]
    else:
        rows.append(("Copied", size(drill.sealed_bytes)))
    sentences = []
    if drill.problem:
        sentences.append(f"Why: {plain(drill.problem)}.")
    if drill.remedy:
        sentences.append(f"What to do: {plain(drill.remedy)}.")
    told = tuple((name, plain(value)) for name, value in rows)
    passed = tuple(f"Passed over: {plain(each)}" for each in drill.passed_over)
    return Section("What was done", tuple(sentences), Table(told), passed)


def _objectives(drill: Drill) -> Section:
    wanted = drill.objectives
    rows = (
        _objective(drill, "RTO", "Recovery time (RTO)", drill.rto_seconds, wanted.rto_seconds),
        _objective(drill, "RPO", "Recovery point (RPO)", drill.rpo_seconds, wanted.rpo_seconds),
    )
    clock = (
        "The recovery time is from the order, with what it waited before it began, until the"
        " restored database was compared and opened."
        if drill.guided is None
        else clock_words(drill.guided)
    )
    said = (
        f"{clock} The recovery point is how old the newest good backup was when the drill began: so"
        " much would have been lost.",
    )
    heads = ("Objective", "Measured", "At most", "Met")
    return Section("Objectives", said, Table(rows, heads, frozenset({1, 2})))


def _objective(
    drill: Drill, objective: str, name: str, measured: float | None, wanted: float
) -> tuple[str, ...]:
    met = "no objective" if not wanted else "not measured"
    if objective in drill.missed:
        met = "NO"
    elif wanted and measured is not None:
        met = "yes"
    return name, duration(measured), duration(wanted) if wanted else "none set", met


def _phases(drill: Drill) -> Iterator[Section]:
    if not drill.phases:
        return
    rows = tuple(
        (plain(each.name), duration(each.seconds), size(each.bytes) if each.bytes else "")
        for each in drill.phases
    )
    total = ("together", duration(sum(each.seconds for each in drill.phases)), "")
    heads = ("Phase", "Time", "Bytes")
    yield Section("Time by phase", (), Table((*rows, total), heads, frozenset({1, 2})))


def _proof(drill: Drill) -> Iterator[Section]:
    if not (drill.status.is_proof or drill.differences):
        return
    said = [
        f"{drill.tables:,} tables with {drill.rows:,} rows were compared with the fingerprint that"
        " was taken inside the dump's own snapshot: rows, contents, sequences, definitions,"
        " extensions, owners and grants."
    ]
    if drill.unhashed:
        said.append(f"Of {drill.unhashed:,} tables the rows were counted only.")
    if not drill.differences:
        said.append("Nothing is different.")
    yield Section("Proof", tuple(said), None, tuple(map(plain, drill.differences)))


def _besides(drill: Drill) -> Iterator[Section]:
    """What else was looked at, and what was not: silence must mean neither."""
    rows = [(plain(each), "yes", "as it should be") for each in drill.sound]
    rows += [(plain(each), "NO", "not known") for each in drill.unchecked]
    if not rows:
        return
    said = "What was looked at and is not as it should be stands among the differences above."
    heads = ("Besides the fingerprint", "Looked at", "State")
    yield Section("Looked at besides", (said,), Table(tuple(rows), heads))


def _trials(drill: Drill) -> Iterator[Section]:
    if not drill.trials:
        return
    rows = tuple(
        (
            plain(f"{each.name}: {each.done}"),
            "seen" if each.is_detected else "NOT SEEN",
            plain(each.said),
            plain(each.person),
        )
        for each in drill.trials
    )
    said = (
        "All of it was done to a private copy, which was read whole first and is gone since. The"
        " backup itself was only read.",
    )
    heads = ("What was done", "pgvigil", "What it said", "What a person does then")
    yield Section("Sabotage", said, Table(rows, heads))


def _checks(drill: Drill) -> Iterator[Section]:
    if not drill.checks:
        return
    rows = tuple((plain(e.name), _MARKS[e.state], plain(e.what)) for e in drill.checks)
    yield Section("Checks before", (), Table(rows, ("Check", "State", "Found")))


def _seal(drill: Drill, broken: str) -> Section:
    seal = drill.seal
    rows: Sequence[tuple[str, str]] = ()
    if seal is not None:
        rows = (
            ("SHA-256 of the record", seal.digest),
            ("Entry of the audit log", str(seal.entry)),
            ("Hash of that entry", seal.entry_hash),
        )
    said = (
        f"The seal does not hold: {plain(broken)}."
        if broken
        else "The record is as it was when the drill ended: its hash stands in the audit log, whose"
        " chain was checked from its beginning to its end when this report was made."
    )
    return Section("Seal", (said,), Table(tuple(rows)) if rows else None)
