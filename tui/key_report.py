"""Keys, backups' keys and rotations told: lines for people, documents for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.model.keys import BackupKeyState, KeyStatus, RotationReport


def rotation_lines(
    reports: Mapping[str, RotationReport], still_needed: Mapping[str, Mapping[str, int]]
) -> Iterator[str]:
    """What came of a rotation of repositories, for people.

    ``still_needed`` is how many copies in each repository are under each key, by the catalog.
    """
    for name, report in reports.items():
        yield (
            f"{name}: {report.rewrapped} backups rewrapped, {report.already} were already under "
            f"key {report.key_id}; {report.written_bytes} bytes written"
        )
        for problem in report.problems:
            yield f"  STILL UNDER AN OLDER KEY  {problem.backup_id}: {problem.problem}"
        if report.hindrance:
            yield f"  NOT DONE TO ITS END  {report.hindrance}"
    if hindered := [name for name, report in reports.items() if report.hindrance]:
        yield (
            f"Rotate again when {', '.join(hindered)} can be used, before you take any key away: "
            "the backups there may need an older one."
        )
    retired = retired_in(reports)
    needed = {
        key for report in reports.values() for each in report.problems for key in each.key_ids
    }
    for key_id in sorted(retired & still_needed.keys()):
        places = (f"{name} ({copies})" for name, copies in still_needed[key_id].items())
        yield f"Key {key_id} is still needed, by the copies in {', '.join(places)}."
    if running := sorted({each for report in reports.values() for each in report.running}):
        yield (
            f"A BACKUP IS RUNNING  {', '.join(running)}: it may be sealed with an older key. "
            "Rotate again when it has ended, before you take any key away."
        )
        return
    if hindered:
        return
    for key_id in sorted(retired - needed - still_needed.keys()):
        yield (
            f"Key {key_id} is needed for none of these any more. Keep it as long as other copies, "
            "or older versions in a versioned bucket, may need it."
        )


def retired_in(reports: Mapping[str, RotationReport]) -> frozenset[str]:
    """The keys that something was sealed with before."""
    return frozenset(key for report in reports.values() for key in report.retired_key_ids)


def status_line(status: KeyStatus) -> str:
    """One key of the config for people."""
    use = "seals new backups" if status.seals_new_backups else "opens older backups"
    if status.problem:
        return f"{status.name}  NOT AT HAND  {use}  {status.problem}"
    return f"{status.name}  {status.key_id}  {use}  {_confirmation(status)}  {status.place}"


def _confirmation(status: KeyStatus) -> str:
    record = status.record
    if record is None or record.confirmed_at is None:
        return "NOT CONFIRMED"
    return f"confirmed {record.confirmed_at:%Y-%m-%d} by {record.confirmed_by}"


def is_well(status: KeyStatus) -> bool:
    """Whether a key is at hand, and confirmed where it has to be."""
    if status.problem:
        return False
    is_confirmed = status.record is not None and status.record.confirmed_at is not None
    return is_confirmed or not status.seals_new_backups


def status_document(status: KeyStatus) -> dict[str, Any]:
    """One key of the config for programs."""
    record = status.record
    confirmed_at = record.confirmed_at if record else None
    return {
        "name": status.name,
        "place": status.place,
        "seals_new_backups": status.seals_new_backups,
        "key_id": status.key_id or None,
        "made_at": record.made_at.isoformat() if record else None,
        "confirmed_at": confirmed_at.isoformat() if confirmed_at else None,
        "confirmed_by": (record.confirmed_by or None) if record else None,
        "problem": status.problem or None,
    }


def state_document(state: BackupKeyState) -> dict[str, Any]:
    """One backup's keys for programs."""
    return {
        "repository": state.repository,
        "backup_id": state.backup_id or None,
        "key_ids": sorted(state.key_ids),
        "opens": not state.problem,
        "problem": state.problem or None,
    }


def report_document(report: RotationReport) -> dict[str, Any]:
    """A rotation for programs."""
    return {
        "key_id": report.key_id,
        "rewrapped": report.rewrapped,
        "already": report.already,
        "read_bytes": report.read_bytes,
        "written_bytes": report.written_bytes,
        "problems": [state_document(state) for state in report.problems],
        "running": list(report.running),
        "hindrance": report.hindrance or None,
    }
