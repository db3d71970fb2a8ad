"""How backups are set up, as long as they are not: the exact commands, and what is done already."""

from __future__ import annotations

from typing import NamedTuple

from core.model.protection import BackupOverview, SetUpStep
from tui.lines import EMPTY, Line, Role, Span, line, wrap

NOT_SET_UP = "? not set up"
HINDERED = "▲ none begins before:"


class Step(NamedTuple):
    """A step: what it is for, its command or lines of the config, and those on one short line."""

    step: SetUpStep
    what: str
    how: tuple[str, ...]
    brief: str


STEPS = (
    Step(
        SetUpStep.KEY,
        "In a shell, make the key that seals every backup:",
        ("pgvigil key init",),
        "pgvigil key init",
    ),
    Step(
        SetUpStep.KEY_CONFIRMED,
        "In a shell, confirm that you keep a copy of the key elsewhere:",
        ("pgvigil key confirm",),
        "pgvigil key confirm",
    ),
    Step(
        SetUpStep.REPOSITORY,
        "Name a place for backups in the config (pgvigil config path says which file):",
        (
            "[repositories.local]",
            'path = "/var/backups/pgvigil"',
            '# or a bucket: kind = "s3", bucket = "NAME"',
        ),
        "config: [repositories.local] path",
    ),
    Step(
        SetUpStep.COPIES,
        "Say in the config where backups go; the default schedules begin with that:",
        ("[backup]", 'copies = ["local"]'),
        "config: [backup] copies",
    ),
)
FIRST = "pgvigil backup run"


def set_up_brief(overview: BackupOverview, width: int) -> list[Line]:
    """For a pane of the overview: what is to be done, a line a step that is open."""
    lines = [line(Span(NOT_SET_UP, Role.NOTICE), Span("; press 5 for the steps:", Role.TEXT))]
    for step in _open(overview):
        lines += [line("  ", row) for row in wrap(step.brief, max(1, width - 2), Role.STRONG)]
    return [*lines, line("  ", Span(FIRST, Role.STRONG))]


def set_up_lines(overview: BackupOverview, width: int) -> list[Line]:
    """For the area: every open step with its exact commands, in their order."""
    told = f"{NOT_SET_UP}: pgvigil takes no backups until you have done this"
    lines: list[Line] = [line(Span(told, Role.NOTICE))]
    steps = _open(overview)
    for number, step in enumerate(steps, start=1):
        lines += [EMPTY, *_numbered(number, step.what, width)]
        lines += [line("     ", Span(row, Role.STRONG)) for row in step.how]
    if overview.missing & {SetUpStep.REPOSITORY, SetUpStep.COPIES}:
        last = "Take the first backup; then open pgvigil again, for it to read the config:"
    else:
        last = "Take the first backup, here with b or in a shell:"
    lines += [EMPTY, *_numbered(len(steps) + 1, last, width)]
    return [*lines, line("     ", Span(FIRST, Role.STRONG))]


def hindered_brief(overview: BackupOverview, width: int) -> list[Line]:
    """For a pane of the overview that has backups to tell of: what hinders further ones."""
    told = "; ".join(step.brief for step in _open(overview))
    return wrap(f"{HINDERED} {told}", width, Role.WARNING) if told else []


def not_configured(overview: BackupOverview) -> list[Span]:
    """For the area, above backups that are there already: why no further ones are taken."""
    if not overview.missing:
        return []
    if overview.missing == {SetUpStep.KEY_CONFIRMED}:
        told = "No backup begins until the key is confirmed as kept: pgvigil key confirm"
    elif overview.missing & {SetUpStep.REPOSITORY, SetUpStep.COPIES}:
        told = "This config says nothing of backups: those here were taken by another one."
    else:
        told = "No key is here to seal a new backup with: pgvigil key import, or key init."
    return [Span(told, Role.NOTICE)]


def _open(overview: BackupOverview) -> list[Step]:
    return [step for step in STEPS if step.step in overview.missing]


def _numbered(number: int, text: str, width: int) -> list[Line]:
    first, *rest = wrap(text, max(1, width - 3))
    return [line(Span(f"{number}  ", Role.LABEL), first), *(line("   ", row) for row in rest)]
