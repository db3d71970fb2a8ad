"""How backups are set up, as long as they are not: the exact commands, and what is done already."""

from __future__ import annotations

from typing import NamedTuple

from core.model.protection import BackupOverview, SetUpStep
from tui.lines import EMPTY, Line, Role, Span, line, wrap

NOT_SET_UP = "? not set up"


class Step(NamedTuple):
    """A step: what it is for, the command or the lines of the config, and what it is called."""

    step: SetUpStep
    what: str
    how: tuple[str, ...]
    brief: str


STEPS = (
    Step(SetUpStep.KEY, "A key, which seals every backup:", ("pgvigil key init",), ""),
    Step(
        SetUpStep.KEY_CONFIRMED,
        "Confirm that you keep a copy of it elsewhere:",
        ("pgvigil key confirm",),
        "",
    ),
    Step(
        SetUpStep.REPOSITORY,
        'A place for them, in config.toml (or a bucket: kind = "s3"):',
        ("[repositories.local]", 'path = "/var/backups/pgvigil"'),
        "[repositories.local] path",
    ),
    Step(
        SetUpStep.COPIES,
        "Where each backup goes; from then on the default schedules run:",
        ("[backup]", 'copies = ["local"]'),
        '[backup] copies = ["local"]',
    ),
)
FIRST = "pgvigil backup run"


def set_up_brief(overview: BackupOverview, width: int) -> list[Line]:
    """For a pane of the overview: what is to be done, a line a step that is open."""
    lines = [line(Span(NOT_SET_UP, Role.NOTICE), Span("; to have backups taken:", Role.TEXT))]
    for step in _open(overview):
        told = step.brief or step.how[0]
        lines += [line("  ", row) for row in wrap(told, max(1, width - 2), Role.STRONG)]
    return [*lines, line("  ", Span(FIRST, Role.STRONG))]


def set_up_lines(overview: BackupOverview, width: int) -> list[Line]:
    """For the area: every open step with its exact commands, in their order."""
    lines: list[Line] = [line(Span(f"{NOT_SET_UP}: pgvigil takes no backups yet", Role.NOTICE))]
    steps = _open(overview)
    for number, step in enumerate(steps, start=1):
        lines += [EMPTY, *_numbered(number, step.what, width)]
        lines += [line("     ", Span(row, Role.STRONG)) for row in step.how]
    lines += [EMPTY, *_numbered(len(steps) + 1, "The first one:", width)]
    return [*lines, line("     ", Span(FIRST, Role.STRONG))]


def _open(overview: BackupOverview) -> list[Step]:
    return [step for step in STEPS if step.step in overview.missing]


def _numbered(number: int, text: str, width: int) -> list[Line]:
    first, *rest = wrap(text, max(1, width - 3))
    return [line(Span(f"{number}  ", Role.LABEL), first), *(line("   ", row) for row in rest)]
