"""What happens by itself and when, and how the processes that do it behave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from core.config.settings_types import Hours, Seconds, about


@dataclass(frozen=True, slots=True)
class OnlyIfSettings:
    """What must hold when the moment comes; where it does not, the run is skipped and says so."""

    role: Annotated[
        Literal["", "primary", "standby"], about("The server's role; empty: either.")
    ] = ""
    load_below: Annotated[
        float, Meta(ge=0), about("This host's load average of a minute; 0: any.")
    ] = 0
    active_sessions_below: Annotated[
        int, Meta(ge=0), about("Sessions of the server that run a statement; 0: any number.")
    ] = 0


@dataclass(frozen=True, slots=True)
class HookSettings:
    """A program that runs before or after a job."""

    command: Annotated[
        tuple[str, ...], about("Program and arguments; no shell is used.", ["/usr/local/bin/hook"])
    ] = ()
    timeout_seconds: Annotated[Seconds, about("It is ended when it takes longer.")] = 300


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """What is done by itself and when: one [[schedules]] for each.

    These are there by default, as soon as [backup] copies names a repository: full "0 2 * * *",
    incremental "0 9-17 * * 1-5", schema "0 3 * * 0", archive "0 1 1 * *" (a full backup that is
    kept), verify "0 5 * * *", prune "30 4 * * *", drill "0 6 * * 0". One of the same name stands
    in the default's place, and what it leaves out of kind, cron and keep is the default's; with
    enabled = false there is none. None of the defaults: defaults = false in [scheduler].
    """

    name: Annotated[str, about("The schedule's name.", "full")] = ""
    kind: Annotated[
        Literal[
            "", "full", "incremental", "schema", "data", "verify", "prune", "drill", "sabotage"
        ],
        about("A backup of this kind, or what is done with those that there are.", "full"),
    ] = ""
    cron: Annotated[
        str,
        about(
            "Minute, hour, day of month, month, day of week, as in crontab(5); or @daily …",
            "0 2 * * *",
        ),
    ] = ""
    time_zone: Annotated[
        str, Meta(min_length=1), about("Whose clock is meant, such as Europe/Berlin.")
    ] = "UTC"
    jitter_seconds: Annotated[
        float,
        Meta(ge=0, le=86_400),
        about("Each run begins up to so many seconds later, so that not all begin at once."),
    ] = 0
    window: Annotated[
        str, about("Only between these times of day, also where it is late.", "22:00-06:00")
    ] = ""
    servers: Annotated[
        tuple[str, ...], about("Servers of this config; empty: each of them.", ["orders"])
    ] = ()
    databases: Annotated[
        tuple[str, ...],
        about("Databases; empty: those that a backup takes anyway.", ["orders"]),
    ] = ()
    schemas: Annotated[
        tuple[str, ...], about('Of kind "data": patterns as pg_dump --schema takes.', ["sales"])
    ] = ()
    tables: Annotated[
        tuple[str, ...],
        about('Of kind "data": patterns as pg_dump --table takes.', ["public.orders*"]),
    ] = ()
    copies: Annotated[
        tuple[str, ...],
        about("Repositories; empty: those that every backup goes to.", ["local", "s3"]),
    ] = ()
    keep: Annotated[
        str,
        about("Why these backups are kept, whatever the retention says; empty: they are not.",
              "archive"),
    ] = ""  # fmt: skip
    enabled: Annotated[bool, about("Off: it never fires.")] = True
    only_if: Annotated[
        OnlyIfSettings,
        about(
            "What must hold when the moment comes; else the run is skipped and says so.",
            OnlyIfSettings(role="standby", load_below=8),
        ),
    ] = OnlyIfSettings()
    before: Annotated[
        HookSettings,
        about(
            "A program that runs first; where it fails, the job does not begin.",
            HookSettings(command=("/usr/local/bin/before-backup",)),
        ),
    ] = HookSettings()
    after: Annotated[
        HookSettings,
        about(
            "A program that runs last, whatever came of the job; PGVIGIL_STATE says what did.",
            HookSettings(command=("/usr/local/bin/after-backup",)),
        ),
    ] = HookSettings()


@dataclass(frozen=True, slots=True)
class SchedulerSettings:
    """How the schedules are fired."""

    defaults: Annotated[
        bool, about("Off: nothing happens by itself but what stands in [[schedules]].")
    ] = True
    late_hours: Annotated[
        Hours, about("A run that was missed is made up for within so many hours.")
    ] = 12
    late_after_seconds: Annotated[
        Seconds, about("A run that begins later than this after its moment says that it is late.")
    ] = 60
    unknown_seconds: Annotated[
        Seconds, about("A run waits so long for what only_if asks for; then it is skipped.")
    ] = 300
    missed_listed: Annotated[
        int, Meta(ge=1, le=1000), about("Missed runs of one schedule that are listed one by one.")
    ] = 10
    look_seconds: Annotated[
        Seconds, about("Seconds between two looks at what is due, paused or under way.")
    ] = 5


@dataclass(frozen=True, slots=True)
class JobSettings:
    """How jobs (backups, verifications, …) run: processes that outlive the terminal."""

    report_seconds: Annotated[
        Seconds, about("Seconds between two signs of life and of progress of a job.")
    ] = 1
    lost_seconds: Annotated[
        Seconds, about("A job of another host counts as dead after this silence.")
    ] = 60
    cancel_seconds: Annotated[
        Seconds, about("A cancelled job that does not stop within this time is ended.")
    ] = 20
    store_seconds: Annotated[
        Seconds, about("A job waits so long for the store; then it is given up, not begun.")
    ] = 900
    ending_seconds: Annotated[
        Seconds, about("A job that is over tries for so long to write down what came of it.")
    ] = 86_400
    rate_seconds: Annotated[Seconds, about("Seconds over which the rate of a job is taken.")] = 10
    earlier_runs: Annotated[
        int, Meta(ge=0, le=100), about("Earlier runs from which the time left is estimated.")
    ] = 5
    nice: Annotated[
        int, Meta(ge=0, le=19), about("How much a job steps back for others: 0 not at all.")
    ] = 5
    io_priority: Annotated[
        Literal["normal", "low", "idle"], about("How much a job steps back at the disk (Linux).")
    ] = "low"
