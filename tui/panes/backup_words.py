"""Backups in words: how old, how far verified, in how many copies, and how bad that is."""

from __future__ import annotations

from datetime import datetime

from core.model.backup import BackupCopy, CatalogEntry, CopyState, VerificationLevel
from core.model.backup_history import Outcome
from core.model.health import Severity
from core.model.job import Job, JobKind, JobState
from core.model.protection import BackupOverview
from tui import figures
from tui.lines import Line, Role, Span, line
from tui.panes.judged import SIGNS, judge, role_of
from tui.panes.view import View
from tui.text import one_line

LEVELS = {
    VerificationLevel.NONE: "not verified yet",
    VerificationLevel.SEALED: "sealed",
    VerificationLevel.STRUCTURE: "structure",
    VerificationLevel.RESTORED: "restored",
}
LEFT = "not in the config"
"""What is said of a copy in a repository that the config has no more."""
LEVELS_EXPLAINED = {
    VerificationLevel.NONE: "nothing of it was read back",
    VerificationLevel.SEALED: "every byte was authenticated",
    VerificationLevel.STRUCTURE: "sealed, and its archive is whole and lists",
    VerificationLevel.RESTORED: "restored, and equal to its fingerprint",
}
OUTCOMES = {
    Outcome.GOOD: Span("•", Role.MUTED),
    Outcome.UNVERIFIED: Span("?", Role.UNKNOWN),
    Outcome.NOT_GOOD: Span("▲", Role.WARNING),
    Outcome.PRUNED: Span("•", Role.MUTED),
    Outcome.FAILED: Span("✖", Role.CRITICAL),
    Outcome.CANCELLED: Span("×", Role.MUTED),
    Outcome.INTERRUPTED: Span("▲", Role.WARNING),
    Outcome.RUNNING: Span("▸", Role.ACCENT),
}
"""A sign for each outcome; the word stands beside it wherever there is room."""
STATES = {
    JobState.QUEUED: Role.NOTICE,
    JobState.RUNNING: Role.ACCENT,
    JobState.DONE: Role.GOOD,
    JobState.FAILED: Role.CRITICAL,
    JobState.CANCELLED: Role.NOTICE,
    JobState.INTERRUPTED: Role.WARNING,
}


def age_severity(view: View, overview: BackupOverview) -> Severity | None:
    """How bad the age of the last good backup is; ``None`` where it is well, or has no measure."""
    good, objective = overview.weakest, overview.objective_seconds
    if good is None or not objective:
        return None
    return judge(seconds_since(view, good.moment) / objective, view.thresholds.backup_age)


def seconds_since(view: View, moment: datetime) -> float:
    """How long before the moment that is looked at, in seconds; never below zero."""
    return max(0.0, (view.reference - moment).total_seconds())


def outcome_word(outcome: Outcome) -> Span:
    """An outcome's sign and word."""
    sign = OUTCOMES[outcome]
    return Span(f"{sign.text} {outcome.value}", sign.role)


def level_word(view: View, entry: CatalogEntry) -> Line:
    """How far a backup was verified, and how long ago: that of its best copy."""
    if entry.level is VerificationLevel.NONE:
        return line(unproven(entry))
    best = [each for each in sound(entry) if each.level is entry.level]
    times = [each.verified_at for each in best if each.verified_at is not None]
    ago = figures.age(seconds_since(view, max(times))) if times else ""
    return line(Span(LEVELS[entry.level], Role.TEXT), Span(f", {ago}" if ago else "", Role.NUMBER))


def unproven(entry: CatalogEntry) -> Span:
    """What is said of a backup none of whose copies was authenticated: why that is so."""
    if entry.is_closed:
        return Span("✖ no key opens it", Role.CRITICAL)
    if entry.is_unverified:
        return Span(f"? {LEVELS[VerificationLevel.NONE]}", Role.UNKNOWN)
    return Span("✖ no sound copy", Role.CRITICAL)


def sound(entry: CatalogEntry) -> list[BackupCopy]:
    """The copies that are complete and can be read, as far as is known."""
    complete = (each for each in entry.copies if each.state is CopyState.COMPLETE)
    return [each for each in complete if not each.is_refused]


def copies_severity(entry: CatalogEntry, overview: BackupOverview) -> Severity | None:
    """How bad it is that copies lack: without a sound one there is no backup.

    One where nobody looks after it any more is as one that lacks.
    """
    if not sound(entry):
        return Severity.CRITICAL
    is_any_left = any(is_left(overview, copy.repository) for copy in entry.copies)
    lacks = len(sound(entry)) < _expected(entry, overview)
    return Severity.WARNING if lacks or is_any_left else None


def copies_count(entry: CatalogEntry, overview: BackupOverview) -> Span:
    """``2 of 2``, labelled where one lacks."""
    severity = copies_severity(entry, overview)
    sign = f" {SIGNS[severity]}" if severity is not None else ""
    told = f"{len(sound(entry))} of {_expected(entry, overview)}{sign}"
    return Span(told, role_of(severity))


def wanted_for(entry: CatalogEntry, overview: BackupOverview | None) -> tuple[str, ...]:
    """The repositories that should have it: those that its order named, or the config's.

    What the config has no more can't have it.
    """
    if overview is None:
        return entry.meant_for
    wanted, configured = entry.meant_for or overview.copies_wanted, overview.configured
    return tuple(name for name in wanted if not configured or name in configured)


def is_left(overview: BackupOverview | None, repository: str) -> bool:
    """Whether the config has a repository no more in which there are copies."""
    known = overview.unconfigured if overview is not None else ()
    return any(each.repository == repository for each in known)


def left_label(view: View, copy: BackupCopy) -> list[Line]:
    """That nobody looks after a copy, where that is so."""
    if not is_left(view.frame.backups, copy.repository):
        return []
    return [line(Span(f"{SIGNS[Severity.WARNING]} {LEFT}", Role.WARNING))]


def _expected(entry: CatalogEntry, overview: BackupOverview) -> int:
    return len({*wanted_for(entry, overview), *(copy.repository for copy in entry.copies)})


def job_words(job: Job) -> str:
    """What a job does: ``full backup of orders``."""
    arguments = job.order.arguments
    database = one_line(arguments.get("database", ""))
    of = f" of {database}" if database else ""
    if job.order.kind is JobKind.BACKUP:
        return f"{one_line(arguments.get('kind', ''))} backup{of}".strip()
    chosen = one_line(arguments.get("backups", "")).strip('[]"')
    return f"{job.order.kind.value} {chosen}".rstrip() if chosen else f"{job.order.kind.value}{of}"


def job_state(job: Job) -> Span:
    """A job's state; one that was asked to stop and has not is still stopping."""
    if job.cancel_asked and not job.state.is_over:
        return Span("stopping", Role.NOTICE)
    return Span(job.state.value, STATES[job.state])
