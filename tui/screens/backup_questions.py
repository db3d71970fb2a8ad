"""What will be done to backups, jobs and schedules, told exactly before it is agreed to."""

from __future__ import annotations

from dataclasses import replace

from core.model.backup import BackupKind, CatalogEntry
from core.model.backup_detail import BackupPlan
from core.model.job import Job, JobKind
from core.model.schedule import ScheduleStatus
from core.model.unknown import Unknown
from tui import figures
from tui.panes.backup_words import job_words
from tui.panes.view import View, body_of
from tui.text import one_line
from tui.widgets.confirm import Question

_HOLDS = {
    BackupKind.FULL: "everything: schema, data, large objects, and the roles of the server",
    BackupKind.INCREMENTAL: "everything; tables that did not change stay in earlier backups",
    BackupKind.SCHEMA: "the schema alone, no data",
    BackupKind.DATA: "the data of chosen schemas or tables",
    BackupKind.PHYSICAL: "the files of the server",
}


_DOES = {
    "verify": "reads copies that were not verified for longest, within the budget of [verify]; "
    "what is missing or damaged is repaired from a sound copy",
}


def typed_on_production(view: View) -> str:
    """What is to be typed before something is taken away on a production server."""
    return view.entry.name if view.entry.production else ""


def backup_question(view: View, plan: BackupPlan) -> Question:
    """Exactly what a backup would do, or why it would not begin."""
    if plan.refusals:
        return Question(
            f"A backup of {view.entry.name} would not begin",
            plan.refusals,
            refused=True,
        )
    steps = [
        f"pg_dump of {_databases(view, plan)} on {one_line(view.entry.target)}, in one "
        f"consistent snapshot: {_HOLDS[plan.kind]}",
        _sealing(plan),
        f"staged in {plan.staging}" if plan.staging else "streamed, without staging",
        f"{_several(len(plan.copies))}: {', '.join(one_line(each) for each in plan.copies)}; each "
        "is read back and verified, and its manifest is written last",
        _estimate(plan),
    ]
    if plan.parent_id:
        steps.insert(1, f"after {plan.parent_id}: only tables whose content differs are dumped")
    return Question(
        title=f"Take {_article(plan.kind)} backup of {view.entry.name} now",
        steps=tuple(steps),
        consequence="It runs as a process of its own: it goes on when you leave. It reads the "
        "whole database, and holds its snapshot for so long.",
    )


def _databases(view: View, plan: BackupPlan) -> str:
    """The names; of one that is not named, what the server says."""
    info = body_of(view.frame.server)
    if plan.databases == ("all",):
        return "every database"
    names = plan.databases or ((info.database,) if info is not None else ("its database",))
    return ", ".join(one_line(each) for each in names)


def _article(kind: BackupKind) -> str:
    return f"{'an' if kind.value[0] in 'aeiou' else 'a'} {kind.value}"


def _several(count: int) -> str:
    return "1 copy" if count == 1 else f"{count} copies"


def _sealing(plan: BackupPlan) -> str:
    if isinstance(plan.key_id, Unknown):
        return f"sealed with key {plan.key_name}: {plan.key_id.reason}"
    if not plan.key_id:
        return "NOT sealed: [encryption] enabled = false; whoever reads a copy reads the data"
    return f"sealed with key {one_line(plan.key_name)} ({one_line(plan.key_id)})"


def _estimate(plan: BackupPlan) -> str:
    if isinstance(plan.estimated_bytes, Unknown):
        return plan.estimated_bytes.reason
    size = f"about {figures.size(plan.estimated_bytes)}"
    if isinstance(plan.estimated_seconds, Unknown):
        return size
    return f"{size} in {figures.duration(plan.estimated_seconds)}, as the last one of its kind"


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
