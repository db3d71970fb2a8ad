"""What will be done to backups, jobs and schedules, told exactly before it is agreed to."""

from __future__ import annotations

from dataclasses import replace

from core.model.backup import CatalogEntry
from core.model.backup_detail import BackupPlan
from core.model.job import Job, JobKind
from core.model.schedule import ScheduleStatus
from tui.panes.backup_words import job_words
from tui.panes.view import View
from tui.screens.back_up_question import backup_question
from tui.text import one_line
from tui.widgets.confirm import Question

_DOES = {
    "verify": "reads copies that were not verified for longest, within the budget of [verify]; "
    "what is missing or damaged is repaired from a sound copy",
    "drill": "restores a backup on a server that is started for it on this host, compares it, "
    "takes the times, and takes all of it away again; no watched server is touched",
    "sabotage": "spoils private copies of a backup in one way after another, each of which pgvigil "
    "must see; the backup itself is only read",
}


def typed_on_production(view: View) -> str:
    """What is to be typed before something is taken away on a production server."""
    return view.entry.name if view.entry.production else ""


def cancel_question(view: View, job: Job) -> Question:
    """What stopping a job leaves; only a backup that is not taken is something taken away."""
    leaves, consequence = _stopping(job)
    return Question(
        title=f"Stop the {job_words(job)} on {view.entry.name}",
        steps=(
            f"job {one_line(job.job_id)}, asked by {one_line(job.order.who)}, "
            f"{one_line(job.progress.phase) or 'not begun'}: asked to stop",
            leaves,
        ),
        consequence=consequence,
        typed=typed_on_production(view) if job.order.kind is JobKind.BACKUP else "",
    )


_CLEARS_UP = "it removes what it wrote so far; earlier backups are not touched"


def _stopping(job: Job) -> tuple[str, str]:
    """What a job does when it is stopped, and what there will not be."""
    match job.order.kind:
        case JobKind.BACKUP if job.order.arguments.get("database", "all") != "all":
            return _CLEARS_UP, "There will be no backup of this run."
        case JobKind.BACKUP:
            return (
                "it removes what it has not finished; earlier backups are not touched",
                "Databases that it has finished stay backed up; of the one that it is at, and of "
                "those after it, this run leaves no backup.",
            )
        case JobKind.VERIFY:
            return (
                "what it has found so far is noted, and stays",
                "What it has not come to is not verified; a copy that it is writing again stays a "
                "bad one until the next verification.",
            )
        case JobKind.PRUNE:
            return (
                "what it has done so far stays done: what is destroyed does not come back",
                "What it has not come to is left as it is; the next prune goes on there.",
            )
        case _:
            return _CLEARS_UP, "What it has not finished is not done."


def protect_question(view: View, entry: CatalogEntry) -> Question:
    """What keeping a backup means."""
    needs = f", and the {len(entry.needs)} that it needs" if entry.needs else ""
    return Question(
        title=f"Keep {entry.backup_id} of {view.entry.name}",
        steps=(
            f"no retention deletes it{needs} until somebody lets it go",
            "the reason, your name and the moment are written beside each copy",
        ),
        said="why",
    )


def unprotect_question(view: View, entry: CatalogEntry) -> Question:
    """What letting a backup go means."""
    return Question(
        title=f"Keep {entry.backup_id} of {view.entry.name} no longer",
        steps=(f"it was kept: {one_line(entry.kept_because)}",),
        consequence="Retention decides again: the next prune may expire it.",
        typed=typed_on_production(view),
    )


def pause_question(view: View, schedule: ScheduleStatus) -> Question:
    """What pausing a schedule, or resuming it, means."""
    name = one_line(schedule.name)
    if schedule.is_paused:
        return Question(
            title=f"Resume the schedule {name} of {view.entry.name}",
            steps=(one_line(schedule.sentence) or one_line(schedule.cron),),
            consequence="It fires again from its next moment on; missed ones are not made up for.",
        )
    return Question(
        title=f"Pause the schedule {name} of {view.entry.name}",
        steps=(
            one_line(schedule.sentence) or one_line(schedule.cron),
            "a run that is under way goes on",
        ),
        consequence="It does not fire until somebody resumes it, also not after a restart.",
        typed=typed_on_production(view),
    )


def run_question(view: View, schedule: ScheduleStatus, plan: BackupPlan | None) -> Question:
    """What running a schedule now does; ``plan`` is that of a backup."""
    title = f"Run the schedule {one_line(schedule.name)} of {view.entry.name} now"
    if plan is not None:
        asked = backup_question(view, plan)
        return asked if asked.refused else replace(asked, title=title)
    return Question(
        title=title,
        steps=(_DOES.get(schedule.kind, schedule.kind),),
        consequence="It runs as a process of its own: it goes on when you leave. Its plan stays "
        "as it is.",
    )
