"""What comes back? Everything, schemas, or tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from core.api import restore_wizard as wizard
from core.model.backup import TableName
from core.model.recovery import BackupContents, TableToRestore
from core.model.restore_draft import RestoreDraft, Symptom
from tui import figures
from tui.actions import Place, actions_at, bindings_of
from tui.lines import Role
from tui.text import one_line
from tui.widgets.columns import Align, Column, SortOrder
from tui.widgets.rows import Cell, Key, Row
from tui.wizard.guide import Guide
from tui.wizard.list_step import ListStep

EVERYTHING = ("everything",)
GLOBALS = ("globals",)
PART_COLUMNS = (
    Column("what", "what", 28, importance=10, grow=3, least=14),
    Column("kind", "is", 10, importance=6, least=4),
    Column("live", "in the live database", 20, importance=9),
    Column("rows", "rows", 12, Align.RIGHT, importance=8, first=SortOrder.DESCENDING, least=6),
    Column("size", "is fetched", 11, Align.RIGHT, importance=7, first=SortOrder.DESCENDING),
)
_NOTHING = Cell("", Role.MUTED)


class PartsScreen(ListStep):
    """Marked ones come back; without marks the one under the cursor."""

    PLACE = Place.WIZARD_PARTS
    COLUMNS = PART_COLUMNS
    LOOKING = "Reading what the backup holds …"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.WIZARD_PARTS))]

    def __init__(self, guide: Guide) -> None:
        super().__init__(guide)
        self._with_rows = guide.draft.rows
        self._contents: BackupContents | None = None

    @property
    def question(self) -> str:
        """What is asked."""
        rows = "" if self._with_rows else " Only definitions, WITHOUT rows: d changes that."
        return f"What comes back? Space marks, Enter takes the marked, / finds.{rows}"

    async def find(self) -> Sequence[Row]:
        """Everything, the server's roles, the schemas where there are several, and each table."""
        self._contents = await self.guide.contents()
        return part_rows(self._contents)

    def found(self) -> None:
        """On what was answered; of a table that was dropped, on what is gone."""
        draft = self.guide.draft
        marks = _answered(draft)
        if not marks and not draft.is_whole and draft.symptom is Symptom.TABLE_DROPPED:
            marks = [row.key for row in self.listed.rows if row.cells[2].text.startswith("is gone")]
        self.listed.mark(marks)
        if marks or draft.is_globals:
            self.listed.move_to(next(iter(marks), GLOBALS))

    def open_detail(self, key: Key) -> None:
        """Everything, or globals, where the cursor is there; else what is marked, or its row."""
        rows = self._with_rows
        if key == EVERYTHING:
            self.answer(lambda draft: wizard.everything(draft, rows=rows))
            return
        contents = self._contents
        if key == GLOBALS and contents is not None:
            self.answer(lambda draft: wizard.globals_alone(draft, contents))
            return
        chosen = self.listed.marks - {EVERYTHING, GLOBALS} or {key}
        tables, schemas = _tables(chosen), _schemas(chosen)
        self.answer(lambda draft: wizard.parts(draft, tables, schemas, rows=rows))

    def action_definitions(self) -> None:
        """With or without rows."""
        self._with_rows = not self._with_rows
        self.show(self.view)


def _answered(draft: RestoreDraft) -> list[Key]:
    tables: list[Key] = [("table", each.schema, each.name) for each in draft.tables]
    return [*tables, *(("schema", each) for each in draft.schemas)]


def _tables(keys: Iterable[Key]) -> list[TableName]:
    found = [each for each in keys if isinstance(each, tuple) and each[0] == "table"]
    return sorted(
        (TableName(each[1], each[2]) for each in found), key=lambda each: (each.schema, each.name)
    )


def _schemas(keys: Iterable[Key]) -> list[str]:
    return sorted(each[1] for each in keys if isinstance(each, tuple) and each[0] == "schema")


def part_rows(contents: BackupContents) -> list[Row]:
    """What can be chosen of a backup; tables that are gone come first."""
    schemas: dict[str, list[TableToRestore]] = {}
    for each in contents.tables:
        schemas.setdefault(each.table.schema, []).append(each)
    several = sorted(schemas.items()) if len(schemas) > 1 else ()
    tables = sorted(contents.tables, key=lambda each: not each.is_gone)
    return [
        _everything(contents),
        _globals(contents),
        *(_schema(name, inside) for name, inside in several),
        *map(_table, tables),
    ]


def _everything(contents: BackupContents) -> Row:
    gone = len(contents.gone)
    return Row(
        EVERYTHING,
        (
            Cell("everything", Role.STRONG),
            Cell(f"{len(contents.tables)} tables", Role.TEXT),
            Cell(f"{gone} {'is' if gone == 1 else 'are'} gone" if gone else "", Role.WARNING),
            _NOTHING,
            Cell(figures.size(contents.sealed_bytes), Role.NUMBER, contents.sealed_bytes),
        ),
    )


def _globals(contents: BackupContents) -> Row:
    size = contents.globals_bytes
    there = Cell("what is missing", Role.TEXT)
    return Row(
        GLOBALS,
        (
            Cell("roles and tablespaces", Role.MUTED if size is None else Role.TEXT),
            Cell("server", Role.TEXT),
            Cell("not in this backup", Role.NOTICE) if size is None else there,
            _NOTHING,
            _NOTHING if size is None else Cell(figures.size(size), Role.NUMBER, size),
        ),
    )


def _schema(name: str, inside: Sequence[TableToRestore]) -> Row:
    size = sum(each.sealed_bytes for each in inside)
    gone = sum(1 for each in inside if each.is_gone)
    return Row(
        ("schema", name),
        (
            Cell(one_line(name), Role.TEXT),
            Cell("schema", Role.TEXT),
            Cell(f"{gone} of {len(inside)} gone" if gone else "", Role.WARNING),
            _NOTHING,
            Cell(figures.size(size), Role.NUMBER, size),
        ),
    )


def _table(each: TableToRestore) -> Row:
    live = {True: "is gone", False: "is there", None: "not known"}[each.is_gone]
    role = {True: Role.WARNING, False: Role.MUTED, None: Role.UNKNOWN}[each.is_gone]
    rows = "?" if each.rows is None else f"{each.rows:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    name = one_line(f"{each.table.schema}.{each.table.name}")
    return Row(
        ("table", each.table.schema, each.table.name),
        (
            Cell(name, Role.STRONG if each.is_gone else Role.TEXT),
            Cell("table", Role.TEXT),
            Cell(live, role),
            Cell(rows, Role.NUMBER, -1 if each.rows is None else each.rows),
            Cell(figures.size(each.sealed_bytes), Role.NUMBER, each.sealed_bytes),
        ),
    )
