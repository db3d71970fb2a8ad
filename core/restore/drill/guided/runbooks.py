"""Runbooks: what a person does step by step, by what happened; the docs are written from them.

In a drill the same steps are done, and only the commands differ that would touch what is live.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from textwrap import fill

from core.errors import ExitCode, RestoreError
from core.model.guided_drill import GuidedStep
from core.model.restore_draft import Symptom

_SERVER = "SERVER"
_WIDTH = 110
_INDENT = "   "


class UnknownRunbookError(RestoreError):
    """No runbook is meant by what was given."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Runbook:
    """What is done after something happened. ``name`` is what is typed for it."""

    name: str
    symptom: Symptom
    told: str
    steps: tuple[GuidedStep, ...]


_TIME = GuidedStep(
    "time",
    "Write down when it happened",
    "In UTC, as well as you know it, and who told you. What was written after that moment is what a"
    " restore from before it will not have.",
)
_LEAVE = GuidedStep(
    "leave",
    "Leave the damaged database as it is",
    "Don't drop it, don't clean up: it may hold what the backup does not. Where it goes on getting"
    " worse, stop the application.",
)
_SEE = GuidedStep(
    "see",
    "See which backups there are",
    "Find the newest from before it happened. How old is it, and how far was it verified? Tell"
    " those who wait how much will be lost.",
    ("pgvigil backup list SERVER",),
)
_LOOK = GuidedStep(
    "look",
    "Look at what came back",
    "Read what the restore says: proven, or each difference. Then look yourself: the newest rows,"
    " the rows that were lost, a figure that somebody knows by heart.",
    ("pgvigil restore list",),
)
_TELL = GuidedStep(
    "tell",
    "Say what is back, and what is missing",
    "As of which moment the data is, what was written since and is lost, and from where it could be"
    " entered again. Write down who was told.",
)

_TABLE = Runbook(
    "table",
    Symptom.TABLE_DROPPED,
    "A table was dropped, or its rows deleted or spoilt",
    (
        _TIME,
        _LEAVE,
        _SEE,
        GuidedStep(
            "restore",
            "Bring the table back",
            "With its rows as of the backup, its indexes, grants, triggers and foreign keys, and"
            " the views that stood on it. Read the plan before you run it: nothing that exists is"
            " touched.",
            (
                "pgvigil restore plan SERVER --scratch --table public.orders --out back.plan",
                "pgvigil restore run back.plan",
            ),
            (
                "pgvigil restore plan SERVER --merge --table public.orders --dependents"
                " --out back.plan",
                "pgvigil restore run back.plan",
            ),
            restores=True,
        ),
        _LOOK,
        _TELL,
    ),
)
_DEPLOY = Runbook(
    "deploy",
    Symptom.BAD_DEPLOY,
    "A bad deploy, or a query that changed data",
    (
        replace(_TIME, told=f"{_TIME.told} The deploy's log has it to the second."),
        replace(
            _LEAVE,
            title="Stop the application, and leave the database as it is",
            told="Whatever it writes from now on is lost or has to be merged later. Don't run a"
            " migration backwards: it may destroy what is still there.",
        ),
        _SEE,
        GuidedStep(
            "restore",
            "Bring back the newest backup from before it",
            "The plan's first lines say which one that is, and how old. On the day it takes the"
            " live database's place once it is proven, and the other one is kept, closed, beside"
            " it.",
            (
                "pgvigil restore plan SERVER --before 2026-11-21T14:32 --scratch --out back.plan",
                "pgvigil restore run back.plan",
            ),
            (
                "pgvigil restore plan SERVER --before 2026-11-21T14:32 --swap --out back.plan",
                "pgvigil restore run back.plan",
            ),
            restores=True,
        ),
        _LOOK,
        GuidedStep(
            "undo",
            "Know the way back",
            "If it turns out wrong, one command exchanges the names again. Say until when that can"
            " be had ([restore] grace_days), and who decides.",
            (),
            ("pgvigil restore undo last",),
        ),
        _TELL,
    ),
)
_SERVER_LOST = Runbook(
    "server",
    Symptom.SERVER_LOST,
    "The database, or the whole server, is corrupt or lost",
    (
        _TIME,
        GuidedStep(
            "server",
            "Have a PostgreSQL to restore to",
            "Of the same major version or newer, with room for all of it. Name it in the config. In"
            " a drill pgvigil starts one.",
            (),
            ("pgvigil init",),
        ),
        GuidedStep(
            "key",
            "Have the key and the repositories",
            "On a machine that has never seen these backups: the config's [repositories] and"
            " [keys], the key file or the recovery key from paper. In a drill: find out where the"
            " paper is, and who can get it at night.",
            ("pgvigil backup import", "pgvigil backup list SERVER"),
        ),
        GuidedStep(
            "globals",
            "Bring the roles back first",
            "With their settings, memberships and attributes, without passwords. What is there by"
            " then stays as it is, so do this before anything else. In a drill the scratch server"
            " has them.",
            (),
            (
                "pgvigil restore plan SERVER --globals --to NEW --out roles.plan",
                "pgvigil restore run roles.plan",
            ),
        ),
        GuidedStep(
            "restore",
            "Restore everything",
            "As the database was, with its owner, rights and settings. Roles that are still missing"
            " are made, and nobody can log in as them.",
            (
                "pgvigil restore plan SERVER --scratch --out back.plan",
                "pgvigil restore run back.plan",
            ),
            (
                "pgvigil restore plan SERVER --to NEW --name shop --create-roles --out back.plan",
                "pgvigil restore run back.plan",
            ),
            restores=True,
        ),
        _LOOK,
        GuidedStep(
            "roles",
            "Let the roles log in",
            "Whose passwords are these, and where are they kept? In a drill: find each.",
            (),
            ("ALTER ROLE app LOGIN PASSWORD '…'",),
        ),
        GuidedStep(
            "point",
            "Point the application there, and back it up at once",
            "Which settings, which DNS name, who may change them? In a drill: name them. The new"
            " server has no backup before you take one.",
            (),
            ("pgvigil backup run NEW",),
        ),
        _TELL,
    ),
)
_COPY = Runbook(
    "copy",
    Symptom.COPY,
    "A copy for a look, an analysis, a test",
    (
        GuidedStep(
            "allowed",
            "Say who may have it",
            "It holds real data: who asks for it, for how long, and who has agreed?",
        ),
        replace(_SEE, told="Which moment is wanted? How old is the newest backup?"),
        GuidedStep(
            "restore",
            "Restore it where it harms nobody",
            "On a PostgreSQL that pgvigil starts for it, private to this host; or with --name as a"
            " new database beside the live one.",
            (
                "pgvigil restore plan SERVER --scratch --out copy.plan",
                "pgvigil restore run copy.plan",
            ),
            restores=True,
        ),
        _LOOK,
        GuidedStep(
            "away",
            "Say when it is taken away",
            "On the day the undo drops the copy, or stops its server. A drill's scratch server goes"
            " with its verdict.",
            (),
            ("pgvigil restore undo last",),
        ),
    ),
)
RUNBOOKS = (_TABLE, _DEPLOY, _SERVER_LOST, _COPY)
"""Every runbook."""


def runbook_named(name: str) -> Runbook:
    """The runbook of a name, or of its beginning.

    Raises:
        UnknownRunbookError: there is none.
    """
    meant = [each for each in RUNBOOKS if name and each.name.startswith(name)]
    if len(meant) != 1:
        raise UnknownRunbookError(
            f"There is no runbook {name!r}",
            remedy=f"one of {', '.join(each.name for each in RUNBOOKS)}",
        )
    return meant[0]


def runbook_of(symptom: Symptom) -> Runbook:
    """The runbook of what happened; of a drill alone, that of a copy."""
    return next((each for each in RUNBOOKS if each.symptom is symptom), _COPY)


def steps_for(runbook: Runbook, server: str) -> tuple[GuidedStep, ...]:
    """The steps with the server's name in their commands."""
    return tuple(
        replace(
            each,
            commands=tuple(_named(one, server) for one in each.commands),
            on_the_day=tuple(_named(one, server) for one in each.on_the_day),
        )
        for each in runbook.steps
    )


def _named(command: str, server: str) -> str:
    return " ".join(server if word == _SERVER else word for word in command.split(" "))


def as_markdown(runbook: Runbook) -> str:
    """The steps as docs/runbooks.md has them: on the day first, then what a drill does instead."""
    return "\n".join(_lines(runbook))


def _lines(runbook: Runbook) -> Iterator[str]:
    for number, step in enumerate(runbook.steps, start=1):
        told = f"{number}. **{step.title}.** {step.told}"
        yield fill(
            told, _WIDTH, subsequent_indent=_INDENT, break_long_words=False, break_on_hyphens=False
        )
        on_the_day = step.on_the_day or step.commands
        yield from _block("", on_the_day)
        if step.on_the_day and step.commands:
            yield from _block("In a drill:", step.commands)
        yield ""


def _block(title: str, commands: tuple[str, ...]) -> Iterator[str]:
    if not commands:
        return
    yield ""
    if title:
        yield f"{_INDENT}{title}"
        yield ""
    yield from (f"{_INDENT}    {each}" for each in commands)
