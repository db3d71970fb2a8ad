"""Restores that are done to prove that they can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from core.config.settings_types import Days, about

Every = Literal["week", "month", "quarter", "year", "never"]
Minutes = Annotated[float, Meta(ge=0, le=60 * 24 * 366, extra={"unit": "minutes"})]


@dataclass(frozen=True, slots=True)
class DrillSettings:
    """Drills: a backup is restored on a scratch server that pgvigil starts itself, and proven.

    The schedule drill does one each week, as soon as [backup] copies names a repository.
    """

    pick: Annotated[
        Literal["newest", "random", "oldest"],
        about("Which backup a drill takes, of those that are kept."),
    ] = "newest"
    rto_minutes: Annotated[
        Minutes, about("Everything should be back within so many minutes; 0: no objective.")
    ] = 60
    rpo_minutes: Annotated[
        Minutes, about("The newest backup should not be older than this; 0: no objective.")
    ] = 24 * 60
    overdue_days: Annotated[
        Days, about("A server whose last proven drill is older has a finding.")
    ] = 14
    restore_every: Annotated[Every, about("How often the calendar has a restore drill due.")] = (
        "week"
    )
    sabotage_every: Annotated[
        Every, about("How often the calendar has a sabotage drill due; a schedule can do it.")
    ] = "month"
    guided_every: Annotated[
        Every, about("How often the calendar has a drill due that people go through themselves.")
    ] = "quarter"
    abandoned_hours: Annotated[
        float,
        Meta(gt=0, le=24 * 366, extra={"unit": "hours"}),
        about("A guided drill that nobody has touched for so long is told as abandoned."),
    ] = 8
    folder: Annotated[
        str,
        about(
            "Where scratch servers are made; empty: where there is room of TMPDIR, /tmp, /var/tmp.",
            "/srv/scratch",
        ),
    ] = ""
    start_seconds: Annotated[
        float,
        Meta(gt=0, le=3600, extra={"unit": "seconds"}),
        about("A scratch server that has not started within this time is given up."),
    ] = 60
