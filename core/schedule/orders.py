"""What a schedule orders when its moment comes."""

from __future__ import annotations

import json

from core.config.schedule_settings import ScheduleSettings
from core.model.job import JobKind, JobOrder

_KINDS = {
    "verify": JobKind.VERIFY,
    "prune": JobKind.PRUNE,
    "drill": JobKind.DRILL,
    "sabotage": JobKind.DRILL,
}
_LISTS = ("databases", "schemas", "tables", "copies")


def job_kind(schedule: ScheduleSettings) -> JobKind:
    """The kind of job that a schedule starts."""
    return _KINDS.get(schedule.kind, JobKind.BACKUP)


def order_of(schedule: ScheduleSettings, server_id: str, who: str) -> JobOrder:
    """The order for one run.

    Its arguments are ``kind`` (of a backup, or of a drill) and ``keep`` as text, and ``databases``,
    ``schemas``, ``tables`` and ``copies`` as JSON lists; what the schedule leaves out is left out
    here.
    """
    arguments = {name: json.dumps(value) for name in _LISTS if (value := getattr(schedule, name))}
    kind = job_kind(schedule)
    if kind is JobKind.BACKUP:
        arguments["kind"] = schedule.kind
    if schedule.kind == "sabotage":
        arguments["kind"] = schedule.kind
    if schedule.keep:
        arguments["keep"] = schedule.keep
    return JobOrder(kind, server_id, who, arguments, schedule.name)
