"""Which moment? A timeline of what can be recovered, and the gaps with their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from typing import ClassVar

from textual.binding import BindingType

from core.api import restore_wizard as wizard
from core.api.restore_moments import database_meant, newest_before, suggested_moment
from core.errors import RestoreError
from core.model.backup import BackupKind
from core.model.recovery import RecoveryGap, RecoveryPoint, RecoveryTimeline
from core.model.restore_draft import RestoreDraft, Symptom
from tui import figures
from tui.actions import Place, actions_at, bindings_of
from tui.lines import Line, Role, wrap
from tui.panes.backup_words import LEVELS, seconds_since
from tui.panes.parts import heading, labelled
from tui.panes.view import View
from tui.text import clean, one_line
from tui.widgets.columns import Align, Column
from tui.widgets.confirm import Question
from tui.widgets.rows import Cell, Key, Row
from tui.wizard.guide import Guide
from tui.wizard.list_step import ListStep

MOMENT_COLUMNS = (
    Column("at", "as of", 19, importance=10, least=8),
    Column("age", "age", 13, Align.RIGHT, importance=8, least=6),
    Column("database", "database", 12, importance=6, least=8),
    Column("kind", "kind", 11, importance=7, least=4),
    Column("proof", "verified", 16, importance=7, least=8),
    Column("note", "what to know", 26, importance=9, grow=3),
    Column("backup", "backup", 34, importance=2, least=8),
)
_NAMED = 3


class MomentScreen(ListStep):
    """Backups as moments, newest first; between them what no backup has, and why."""

    PLACE = Place.WIZARD_MOMENT
    COLUMNS = MOMENT_COLUMNS
    LOOKING = "Looking what can be recovered, and what the live database has no more …"
    EMPTY = "No backup is known. pgvigil backup import asks the repositories what they hold."
    TELLS_MORE = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.WIZARD_MOMENT))]

    def __init__(self, guide: Guide) -> None:
        super().__init__(guide)
        self._timeline = RecoveryTimeline((), ())

    @property
    def question(self) -> str:
        """What is asked, by what happened."""
        draft = self.guide.draft
        if draft.damaged_at is not None:
            at = figures.moment(draft.damaged_at, relative_to=self.view.now)
            return f"Which moment? The damage was done at {at}: only older ones are free of it."
        if draft.symptom is Symptom.BAD_DEPLOY:
            return "Which moment? m says when it broke, and finds the newest one before."
        if draft.symptom is Symptom.TABLE_DROPPED:
            return "Which moment? The newest that still has the table loses least."
        return "Which moment? The newest loses least."

    def in_full(self, key: Key | None, width: int) -> list[Line]:
        """The moment or gap under the cursor, and why not just any moment can be chosen."""
        told = self._timeline.not_compared
        return [
            *self._moment_in_full(key, width),
            *labelled("? ", clean(told and f"what is gone is not known: {told}"), width,
                      Role.UNKNOWN),
            *wrap(wizard.NO_POINT_IN_TIME, width, Role.MUTED),
        ]  # fmt: skip

    def _moment_in_full(self, key: Key | None, width: int) -> list[Line]:
        point = self._timeline.point(str(key))
        if point is not None:
            notes = [
                row for each in _notes(self.guide.draft, point) for row in wrap(clean(each), width)
            ]
            return [heading(f"Backup {one_line(point.entry.backup_id)}", width), *notes]
        if isinstance(key, tuple):
            gap = self._timeline.gaps[key[1]]
            return [heading("Gap", width), *wrap(clean(gap_words(self.view, gap)), width)]
        return []

    async def find(self) -> Sequence[Row]:
        """The timeline."""
        self._timeline = await self.guide.timeline()
        return moment_rows(self.view, self.guide.draft, self._timeline)

    def found(self) -> None:
        """On the moment that serves best."""
        point = suggested_moment(self.guide.draft, self._timeline)
        if point is not None:
            self.listed.move_to(point.entry.backup_id)

    def open_detail(self, key: Key) -> None:
        """Take this moment; of a gap say why it can't be had."""
        point = self._timeline.point(str(key))
        if point is not None:
            self.answer(lambda draft: wizard.from_moment(draft, point))
        else:
            self.notify("No backup has a moment of this gap; below it says why.", markup=False)

    def action_tell_when(self) -> None:
        """Say when the damage was done, to the database under the cursor."""
        database = self._database()
        question = Question(
            title="When was the damage done?",
            steps=(
                "a time of today such as 14:32, or a moment such as 2026-11-21 14:32, in UTC",
                f"the newest backup of all of {one_line(database)} before it loses least",
            ),
            said="the time",
        )

        async def tell(said: str) -> str:
            at = moment_meant(said, self.view.now)
            await self.guide.answer(lambda draft: wizard.damaged(draft, at))
            self.list_again(moment_rows(self.view, self.guide.draft, self._timeline))
            point = newest_before(self._timeline, at, database)
            if point is None:
                return f"No backup of all of {one_line(database)} is older than that."
            self.listed.move_to(point.entry.backup_id)
            return "The cursor is on the newest backup before it."

        self.ask_and_do(question, tell)

    def _database(self) -> str:
        key = self.listed.cursor_key
        if (point := self._timeline.point(str(key))) is not None:
            return point.entry.database
        if isinstance(key, tuple):
            return self._timeline.gaps[key[1]].database
        return database_meant(self.guide.draft, self._timeline)


def moment_meant(said: str, now: datetime) -> datetime:
    """A moment as a person says it: a time of the last 24 hours, or date and time, in UTC.

    Raises:
        RestoreError: it is none, or lies in the future.
    """
    now = now.astimezone(UTC)
    try:
        if len(said) <= len("14:32:59"):
            at = datetime.combine(now.date(), time.fromisoformat(said), tzinfo=UTC)
        else:
            read = datetime.fromisoformat(said)
            at = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except ValueError:
        raise RestoreError(
            f"{said} is no moment", remedy="say it such as 14:32 or 2026-11-21 14:32"
        ) from None
    if at > now:
        raise RestoreError(
            f"{said} is still to come", why=f"it is {now:%Y-%m-%d %H:%M} UTC", remedy="say the date"
        )
    return at


def moment_rows(view: View, draft: RestoreDraft, line: RecoveryTimeline) -> list[Row]:
    """Moments and gaps, newest first."""
    points = [(each.at, 1, _point_row(view, draft, each)) for each in line.points]
    gaps = [
        (each.until or view.now, 0 if each.until is None else 2, _gap_row(view, each, number))
        for number, each in enumerate(line.gaps)
    ]
    ordered = sorted([*points, *gaps], key=lambda each: (-each[0].timestamp(), each[1]))
    return [row for _, _, row in ordered]


def _point_row(view: View, draft: RestoreDraft, point: RecoveryPoint) -> Row:
    entry = point.entry
    role = Role.TEXT if point.is_usable else Role.MUTED
    age = seconds_since(view, point.at)
    note = "; ".join(_notes(draft, point))
    return Row(
        entry.backup_id,
        (
            Cell(figures.moment(point.at, relative_to=view.now),
                 Role.STRONG if point.is_usable else Role.MUTED, point.at),
            Cell(figures.duration(age), Role.NUMBER, age),
            Cell(one_line(entry.database), role),
            Cell(entry.kind.value, role),
            Cell(LEVELS[entry.level], role, int(entry.level)),
            Cell(one_line(note), _note_role(draft, point)),
            Cell(one_line(entry.backup_id), Role.MUTED),
        ),
    )  # fmt: skip


def _notes(draft: RestoreDraft, point: RecoveryPoint) -> Iterator[str]:
    if point.why_not:
        yield f"▲ can't be restored: {point.why_not}"
    if draft.damaged_at is not None and point.at > draft.damaged_at:
        yield "newer than the damage: has it already"
    if point.gone:
        names = ", ".join(f"{each.schema}.{each.name}" for each in point.gone[:_NAMED])
        more = len(point.gone) - _NAMED
        yield f"has what is gone: {names}" + (f" and {more} more" if more > 0 else "")
    if point.entry.kind is BackupKind.SCHEMA:
        yield "definitions without rows"
    elif not point.is_whole:
        chosen = point.entry.selection.chosen_words
        yield f"only what was chosen: {chosen}" if chosen else "only what was chosen"


def _note_role(draft: RestoreDraft, point: RecoveryPoint) -> Role:
    if point.why_not:
        return Role.WARNING
    is_late = draft.damaged_at is not None and point.at > draft.damaged_at
    if is_late or not point.is_whole:
        return Role.NOTICE
    return Role.ACCENT if point.gone else Role.TEXT


def _gap_row(view: View, gap: RecoveryGap, number: int) -> Row:
    empty = Cell("", Role.MUTED)
    return Row(
        ("gap", number),
        (
            Cell(_span(view, gap), Role.MUTED, gap.until or view.now),
            empty,
            Cell(one_line(gap.database), Role.MUTED),
            empty,
            empty,
            Cell(one_line(f"nothing: {gap.why}"), Role.MUTED),
            empty,
        ),
    )


def _span(view: View, gap: RecoveryGap) -> str:
    """Where a gap lies, as short as its neighbours allow."""
    if gap.after is not None and gap.until is None:
        return f"  since {figures.moment(gap.after, relative_to=view.now)}"
    if gap.after is None and gap.until is not None:
        return f"  before {figures.moment(gap.until, relative_to=view.now)}"
    return "  between" if gap.until is not None else "  ever"


def gap_words(view: View, gap: RecoveryGap) -> str:
    """A gap in full."""

    def at(moment: datetime) -> str:
        return figures.moment(moment, relative_to=view.now)

    if gap.after is None and gap.until is None:
        return f"nothing can be had: {gap.why}"
    if gap.after is None and gap.until is not None:
        return f"nothing before {at(gap.until)}: {gap.why}"
    if gap.after is not None and gap.until is not None:
        return f"nothing from {at(gap.after)} to {at(gap.until)}: {gap.why}"
    return f"nothing since {at(gap.after)}: {gap.why}" if gap.after is not None else gap.why
