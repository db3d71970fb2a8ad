"""The rows of a staged table beside those of the live one, as SQL: by primary key or whole row.

Two rows are equal where all shared columns are written alike: equality would take 1.0 for 1.00, and
not every type has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from core.backup.dump.endpoint import Connection
from core.backup.fingerprint.content import combined
from core.restore.merge.session import rows_as_archived

_SAMPLES = 5
_SEEDS = (1, 2)


@dataclass(frozen=True, slots=True)
class KeyPart:
    """A column of a primary key, and the operator by which its values are equal."""

    column: str
    operator_schema: str
    operator: str


@dataclass(frozen=True, slots=True)
class StagedRows:
    """Rows of the backup that lie in ``staging``.``table`` beside the live ``schema``.``name``.

    ``columns`` are shared, ``all_columns`` those of the live table that can be written. Without a
    ``key`` whole rows are compared, and how often each is there. ``references`` are other live
    tables, as schema and name, whose rows these need.
    """

    staging: str
    table: str
    schema: str
    name: str
    is_partitioned: bool
    columns: tuple[str, ...]
    all_columns: tuple[str, ...]
    updated: tuple[str, ...]
    key: tuple[KeyPart, ...]
    references: tuple[tuple[str, str], ...] = ()

    @property
    def told(self) -> str:
        """The live table's name, for people."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Difference:
    """How many rows are only in the backup, only here, and different, with some of their keys.

    The ``…_content`` are hashes of these rows: other ones, though as many, have another.
    """

    missing: int
    extra: int
    changed: int
    samples: tuple[str, ...] = ()
    missing_content: str = ""
    extra_content: str = ""
    changed_content: str = ""

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many are only in the backup, how many different, and how many only here."""
        return self.missing, self.changed, self.extra

    @property
    def is_none(self) -> bool:
        """Whether the rows are the same."""
        return not (self.missing or self.extra or self.changed)

    @property
    def told(self) -> str:
        """The counts in words."""
        return (
            f"{self.missing:,} rows only in the backup, {self.extra:,} only here,"
            f" {self.changed:,} different"
        )


class Rows:
    """The queries for one pair of tables."""

    def __init__(self, staged: StagedRows) -> None:
        self.staged = staged
        self.live = sql.Identifier(staged.schema, staged.name)
        # What inherits from a table has its own rows in the backup; a partition's are its parent's.
        self.live_rows = sql.SQL("{}" if staged.is_partitioned else "ONLY {}").format(self.live)
        self.backup = sql.Identifier(staged.staging, staged.table)

    @property
    def can_update(self) -> bool:
        """Whether rows can be told apart that differ, and have columns that can be set back."""
        return bool(self.staged.key and self.staged.updated)

    def saved(self, what: str) -> sql.Identifier:
        """The table in which rows are kept for the undo.

        ``missing``, ``changed`` and ``extra`` as they were, ``left`` as the merge left them.
        """
        return sql.Identifier(self.staged.staging, self.saved_name(what))

    def saved_name(self, what: str) -> str:
        """That table's name in the merge's schema."""
        return f"{self.staged.table}_{what}"

    def columns(self, of: str, names: Sequence[str] | None = None) -> sql.Composed:
        """Columns as a list; of an alias, or bare where ``of`` is empty."""
        wanted = self.staged.columns if names is None else names
        return sql.SQL(", ").join(
            sql.Identifier(of, each) if of else sql.Identifier(each) for each in wanted
        )

    def written(self, of: str) -> sql.Composed:
        """A row's shared columns as one text."""
        return sql.SQL('(ROW({})::pg_catalog.text COLLATE pg_catalog."C")').format(self.columns(of))

    def same_key(self, one: str, other: str) -> sql.Composed:
        """Whether two aliases' keys are equal."""
        return sql.SQL(" AND ").join(
            sql.SQL("{} OPERATOR({}.{}) {}").format(
                sql.Identifier(one, each.column),
                sql.Identifier(each.operator_schema),
                sql.SQL(each.operator),
                sql.Identifier(other, each.column),
            )
            for each in self.staged.key
        )

    def missing(self) -> sql.Composed:
        """Rows that are only in the backup: its shared columns."""
        if not self.staged.key:
            return self._surplus(self.backup, self.live_rows, self.columns("r"))
        return sql.SQL(
            "SELECT {} FROM {} AS s WHERE NOT EXISTS (SELECT FROM {} AS l WHERE {})"
        ).format(self.columns("s"), self.backup, self.live_rows, self.same_key("l", "s"))

    def extra(self) -> sql.Composed:
        """Rows that are only here: all columns that can be written."""
        every = self.staged.all_columns
        if not self.staged.key:
            told = sql.SQL("r.tableoid AS pgvigil_table, r.ctid AS pgvigil_row{}{}").format(
                sql.SQL(", " if every else ""), self.columns("r", every)
            )
            return self._surplus(self.live_rows, self.backup, told)
        return sql.SQL(
            "SELECT {} FROM {} AS l WHERE NOT EXISTS (SELECT FROM {} AS s WHERE {})"
        ).format(self.columns("l", every), self.live_rows, self.backup, self.same_key("l", "s"))

    def changed(self) -> sql.Composed:
        """Rows that are in both and different: the live one's shared columns."""
        if not self.staged.key:
            return sql.SQL("SELECT {} FROM {} AS l WHERE false").format(
                self.columns("l"), self.live_rows
            )
        return sql.SQL("SELECT {} FROM {} AS l JOIN {} AS s ON {} WHERE {} <> {}").format(
            self.columns("l"),
            self.live_rows,
            self.backup,
            self.same_key("l", "s"),
            self.written("l"),
            self.written("s"),
        )

    def _surplus(
        self, of: sql.Composable, other: sql.Composable, columns: sql.Composable
    ) -> sql.Composed:
        """Whole rows that are there more often than in the other table."""
        is_live = of is self.live_rows
        place = sql.SQL("tableoid, ctid, " if is_live else "")
        every = self.staged.all_columns if is_live else self.staged.columns
        return sql.SQL(
            "SELECT {columns} FROM (SELECT {place}{every}{comma}{one} AS pgvigil_written,"
            " pg_catalog.row_number() OVER (PARTITION BY {one}{order}) AS pgvigil_nth"
            " FROM {of} AS a) AS r"
            " LEFT JOIN (SELECT {two} AS pgvigil_written, pg_catalog.count(*) AS pgvigil_count"
            " FROM {other} AS b GROUP BY 1) AS o ON o.pgvigil_written = r.pgvigil_written"
            " WHERE r.pgvigil_nth > coalesce(o.pgvigil_count, 0)"
        ).format(
            columns=columns,
            place=place,
            # Of rows that are alike in what is shared, the same ones are meant each time.
            order=sql.SQL(" ORDER BY tableoid, ctid" if is_live else ""),
            every=self.columns("a", every),
            comma=sql.SQL(", " if every else ""),
            one=self.written("a"),
            two=self.written("b"),
            of=of,
            other=other,
        )


def differences(connection: Connection, staged: StagedRows) -> Difference:
    """Count what is different now, and tell some of it.

    Raises:
        psycopg.Error: a table can't be read.
    """
    rows = Rows(staged)
    missing, missing_content = counted(connection, rows.missing(), staged.columns)
    extra, extra_content = counted(connection, rows.extra(), staged.all_columns)
    changed, changed_content = counted(connection, rows.changed(), staged.columns)
    return Difference(
        missing,
        extra,
        changed,
        tuple(_samples(connection, rows)) if staged.key else (),
        missing_content,
        extra_content,
        changed_content,
    )


def counted(
    connection: Connection, query: sql.Composable, columns: Sequence[str]
) -> tuple[int, str]:
    """How many rows a query gives, and the hash of them in any order, by these columns.

    Raises:
        psycopg.Error: a table can't be read.
    """
    written = sql.SQL('ROW({})::pg_catalog.text COLLATE pg_catalog."C"').format(
        sql.SQL(", ").join(sql.Identifier("q", each) for each in columns)
    )
    sums = sql.SQL(", ").join(
        sql.SQL("pg_catalog.sum(pg_catalog.hashtextextended({}, {}))").format(
            written, sql.Literal(seed)
        )
        for seed in _SEEDS
    )
    asked = sql.SQL("SELECT pg_catalog.count(*), {} FROM ({}) AS q").format(sums, query)
    count, first, second = connection.execute(asked).fetchall()[0]
    return int(count), combined(int(count), int(first or 0), int(second or 0))


def _samples(connection: Connection, rows: Rows) -> list[str]:
    """Keys alone: what else is in the rows is for who may read the table."""
    key = rows.columns("q", [each.column for each in rows.staged.key])
    told = []
    for what, query in (
        ("only in the backup", rows.missing()),
        ("only here", rows.extra()),
        ("different", rows.changed()),
    ):
        asked = sql.SQL("SELECT ROW({})::pg_catalog.text FROM ({}) AS q LIMIT {}").format(
            key, query, sql.Literal(_SAMPLES)
        )
        statement = asked.as_bytes(connection)
        with rows_as_archived(connection):
            answered = [text for (text,) in connection.execute(statement).fetchall()]
        if keys := [_readable(each) for each in answered]:
            told.append(f"{rows.staged.told}, {what}: {', '.join(keys)}")
    return told


def _readable(text: str | bytes) -> str:
    """A text, also of a database that may have any bytes."""
    return text if isinstance(text, str) else text.decode("utf-8", "backslashreplace")
