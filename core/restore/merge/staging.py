"""The backup's rows of a table that is there, put beside it: the live table is only read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from core.backup.dump.endpoint import Connection
from core.backup.dump.table_of_contents import TABLE, TABLE_DATA, TableOfContents, TocEntry
from core.backup.progress import JobReporter
from core.model.restore import ChosenTable
from core.restore.archive.choice import choose
from core.restore.merge.columns import ColumnMatch, column_types, copied_columns, match
from core.restore.merge.existing import TableThere
from core.restore.merge.rows_diff import StagedRows
from core.restore.merge.scripts import Scripts
from core.restore.merge.session import rows_as_archived

STAGE = "stage"

_ALWAYS = "a"
"""An identity whose values only a new row may be given (``pg_attribute.attidentity``)."""


@dataclass(frozen=True, slots=True)
class ToStage:
    """A chosen table that is there; ``data`` are its rows in the archive, its partitions' too."""

    chosen: ChosenTable
    there: TableThere
    data: tuple[TocEntry, ...]
    match: ColumnMatch

    @property
    def files(self) -> tuple[str, ...]:
        """The files of an archive in directory format that have the rows."""
        named = (each.file_name for each in self.data if each.file_name)
        return tuple(name.decode("ascii") for name in named)

    def staged(self, staging: str, number: int) -> StagedRows:
        """What it becomes as the ``number``-th table of the schema ``staging``."""
        key = {each.column for each in self.there.key}
        by_whole_row = not key <= set(self.match.shared)
        fixed = {e.name for e in self.there.columns if e.identity == _ALWAYS} | key
        return StagedRows(
            staging=staging,
            table=f"t{number}",
            schema=self.chosen.table.schema,
            name=self.chosen.table.name,
            is_partitioned=self.there.kind == "p",
            columns=self.match.shared,
            all_columns=tuple(e.name for e in self.there.columns if not e.generated),
            updated=tuple(each for each in self.match.shared if each not in fixed),
            key=() if by_whole_row else self.there.key,
            references=self.there.references,
        )


def to_stage(
    contents: TableOfContents, chosen: ChosenTable, there: TableThere, *, codec: str
) -> ToStage:
    """What staging a table comes to.

    Raises:
        BackupError: the backup lacks it.
    """
    restored = choose(contents, [chosen], codec=codec).restored
    data = tuple(each for each in restored if each.description == TABLE_DATA)
    name = chosen.table.schema.encode(codec), chosen.table.name.encode(codec)
    entry = contents.tables()[name]
    types = column_types((entry.definition or b"").decode(codec, "replace"))
    copied = (
        copied_columns((data[0].copy_statement or b"").decode(codec, "replace"))
        if data
        else tuple(types)
    )
    types |= _inherited(contents, entry, set(copied) - set(types), codec=codec)
    return ToStage(chosen, there, data, match(copied, types, there.columns))


def _inherited(
    contents: TableOfContents, entry: TocEntry, wanted: set[str], *, codec: str
) -> dict[str, str]:
    """The types of columns that a table's own definition leaves to what it inherits from."""
    found: dict[str, str] = {}
    for parent in contents.entries if wanted else ():
        if parent.description == TABLE and parent.dump_id in entry.dependencies:
            types = column_types((parent.definition or b"").decode(codec, "replace"))
            types |= _inherited(contents, parent, wanted - set(types), codec=codec)
            found |= {name: kind for name, kind in types.items() if name in wanted}
    return found


def stage(
    connection: Connection,
    table: ToStage,
    rows: StagedRows,
    scripts: Scripts,
    reporter: JobReporter,
    *,
    codec: str,
) -> None:
    """Make the staged table, and load the backup's rows into it.

    Raises:
        RestoreError: the archive is not understood.
        psycopg.Error: a value can't be read as the type that its column has now.
        CancelledError: a person cancelled the job.
    """
    place = sql.Identifier(rows.staging, rows.table)
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in table.match.loaded
    )
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(place, columns))
    for entry in table.data:
        copied = copied_columns((entry.copy_statement or b"").decode(codec))
        statement = _copy(place, copied).as_bytes(connection)
        with (
            rows_as_archived(connection),
            scripts.rows(entry) as blocks,
            connection.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            for block in blocks:
                reporter.check_cancelled()
                copy.write(block)
                reporter.advance(len(block))
    connection.execute(sql.SQL("ANALYZE {}").format(place))


def _copy(place: sql.Identifier, columns: Sequence[str]) -> sql.Composed:
    if not columns:
        return sql.SQL("COPY {} FROM STDIN").format(place)
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(place, listed)
