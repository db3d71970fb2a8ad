"""Tables that are not there any more, made again in the live database: in one transaction.

Nothing that exists is touched, but for foreign keys from it and a partition's parent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import psycopg
from psycopg import errors, sql

from core.backup.dump.endpoint import Connection
from core.backup.dump.table_of_contents import TABLE, TABLE_DATA, TocEntry
from core.backup.fingerprint.definitions import definitions
from core.backup.fingerprint.row_hash import RECIPE
from core.backup.progress import JobReporter
from core.errors import CancelledError, RestoreError
from core.model.backup import Manifest
from core.model.fingerprint import TableFingerprint
from core.postgres.text import python_codec
from core.restore.merge import foreign_keys, journal
from core.restore.merge.content import content_of, oid_of
from core.restore.merge.default_rights import take_back_on_relation, take_back_on_schema
from core.restore.merge.foreign_keys import KeyNames
from core.restore.merge.journal import Made
from core.restore.merge.made_state import with_state
from core.restore.merge.pick import MissingTables
from core.restore.merge.scripts import Scripts
from core.restore.merge.session import one_transaction, rows_as_archived
from core.restore.program import DEFINITIONS, INDEXES, ROWS
from core.restore.validate import VALIDATE

FOREIGN_KEYS = "foreign keys"

# What goes with its table or its schema, and is not dropped by itself in an undo.
_DROPPED_ALONE = frozenset(
    {
        TABLE, b"VIEW", b"MATERIALIZED VIEW", b"FUNCTION", b"PROCEDURE", b"AGGREGATE", b"TYPE",
        b"DOMAIN", b"COLLATION", b"SCHEMA", b"EXTENSION", b"SEQUENCE",
    }
)  # fmt: skip
_RELATIONS = frozenset({TABLE, b"VIEW", b"MATERIALIZED VIEW", b"SEQUENCE"})
_OWNED = b"SEQUENCE OWNED BY"


@dataclass(frozen=True, slots=True)
class MadeTables:
    """What came of it: tables with their rows, and what is not as it was, in words."""

    tables: int
    rows: int
    differences: tuple[str, ...]


def make_missing(
    connection: Connection,
    missing: MissingTables,
    scripts: Scripts,
    manifest: Manifest,
    *,
    operation_id: str,
    reporter: JobReporter,
) -> MadeTables:
    """Make the tables with all that belongs to them, compare them with the backup, and commit.

    The operation's journal must be there. After an error or a cancellation, and after a death at
    whatever moment before the end, nothing of it is there.

    Raises:
        LostAtCommitError: it is not known whether it is there.
        RestoreError: a table's content is not that of the backup, or an archive is not understood.
        psycopg.Error: the server refused.
        CancelledError: a person cancelled the job.
    """
    work = _Work(
        connection,
        missing,
        scripts,
        manifest,
        operation_id=operation_id,
        reporter=reporter,
    )
    with one_transaction(connection):
        made = work.make()
    return MadeTables(
        made.tables, made.rows, (*made.differences, *work.validate_foreign_keys(connection))
    )


class _Work:
    def __init__(
        self,
        connection: Connection,
        missing: MissingTables,
        scripts: Scripts,
        manifest: Manifest,
        *,
        operation_id: str,
        reporter: JobReporter,
    ) -> None:
        self._connection = connection
        self._missing = missing
        self._scripts = scripts
        self._expected = {(each.schema, each.name): each for each in manifest.fingerprint.tables}
        self._fingerprint = manifest.fingerprint
        self._operation_id = operation_id
        self._reporter = reporter
        self._codec = python_codec(manifest.fingerprint.encoding)
        self._keys = [KeyNames(each, self._codec) for each in missing.foreign_keys]
        self._refused: set[str] = set()

    def make(self) -> MadeTables:
        """All of it; the transaction is the caller's."""
        self._reporter.phase(DEFINITIONS)
        made: dict[int, Made] = {}
        for is_data, group in groupby(
            self._missing.made, lambda each: each.description == TABLE_DATA
        ):
            entries = list(group)
            self._reporter.check_cancelled()
            if is_data:
                self._reporter.phase(ROWS)
                self._load(entries)
                made |= self._proven(entries)
                self._reporter.phase(INDEXES)
            else:
                self._connection.execute(self._scripts.statements(entries))
                self._take_back_default_rights(entries)
        differences = [*self._definitions(), *self._not_back(), *self._one_by_one()]
        self._reporter.phase(FOREIGN_KEYS)
        for key in self._keys:
            if problem := foreign_keys.add(self._connection, key):
                differences.append(problem)
                self._refused.add(key.told)
        journal.note(self._connection, self._operation_id, journal.MADE, [*self._journal(made)])
        self._reporter.check_cancelled()
        return MadeTables(
            len(self._missing.tables), sum(each.rows for each in made.values()), tuple(differences)
        )

    def validate_foreign_keys(self, connection: Connection) -> Iterator[str]:
        """What is wrong with rows: nothing is undone for it, also where a person cancels now."""
        made = [each for each in self._keys if each.told not in self._refused]
        try:
            self._reporter.phase(VALIDATE)
            while made:
                self._reporter.check_cancelled()
                if problem := foreign_keys.validate(connection, made.pop(0)):
                    yield problem
        except CancelledError:
            yield from (f"{each.told} is not validated: cancelled after the merge" for each in made)
        for key in (KeyNames(each, self._codec) for each in self._missing.left_out):
            other = ".".join(key.referenced)
            yield f"{key.told} is left out: {other} or {key.schema}.{key.table} is not there"

    def _not_back(self) -> Iterator[str]:
        for entry in self._missing.tables_gone:
            name = ".".join(self._names(entry))
            yield f"table {name} stood on what came back, is not there, and was not chosen"

    def _load(self, entries: list[TocEntry]) -> None:
        for entry in entries:
            with (
                rows_as_archived(self._connection),
                self._scripts.rows(entry) as blocks,
                self._connection.cursor() as cursor,
                cursor.copy(entry.copy_statement or b"") as copy,
            ):
                for block in blocks:
                    self._reporter.check_cancelled()
                    copy.write(block)
                    self._reporter.advance(len(block))

    def _take_back_default_rights(self, entries: list[TocEntry]) -> None:
        """What was granted comes with entries of its own, after these."""
        for entry in entries:
            schema, name = self._names(entry)
            if entry.description == b"SCHEMA":
                take_back_on_schema(self._connection, name)
            elif entry.description in _RELATIONS:
                take_back_on_relation(self._connection, schema, name)

    def _names(self, entry: TocEntry) -> tuple[str, str]:
        return (
            (entry.namespace or b"").decode(self._codec),
            (entry.tag or b"").decode(self._codec),
        )

    def _proven(self, entries: list[TocEntry]) -> dict[int, Made]:
        """The tables that rows were loaded into, each compared with the backup's fingerprint."""
        by_name = {self._names(each): each for each in self._missing.tables}
        found = {}
        for entry in entries:
            name = self._names(entry)
            found[by_name[name].dump_id] = self._table(by_name[name], name)
        return found

    def _table(self, table: TocEntry, name: tuple[str, str]) -> Made:
        oid = oid_of(self._connection, *name) or 0
        seeds = self._fingerprint.seeds
        content = content_of(self._connection, oid, sql.Identifier(*name), seeds)
        _require_same(self._expected.get(name), content.rows, self._comparable(content.hash), name)
        return Made(_drop(table, self._codec), *name, oid, content.rows, content.hash, seeds)

    def _comparable(self, content: str) -> str:
        return content if self._fingerprint.recipe == RECIPE else ""

    def _definitions(self) -> Iterator[str]:
        """Tables whose columns did not come back as they were."""
        for table in self._missing.tables:
            name = self._names(table)
            expected = self._expected.get(name)
            if expected is None or not expected.definition:
                continue
            oid = oid_of(self._connection, *name) or 0
            found = definitions(self._connection, [oid]).get(oid)
            if found is None or found.digest != expected.definition:
                yield f"table {'.'.join(name)}: another definition"

    def _one_by_one(self) -> Iterator[str]:
        """What may fail without harm to a table."""
        for entry in self._missing.may_fail:
            script = self._scripts.statements([entry])
            try:
                with self._connection.transaction():
                    self._connection.execute(script)
                    self._take_back_default_rights([entry])
            except (errors.LockNotAvailable, psycopg.OperationalError):
                raise
            except psycopg.Error as error:
                told = f"{entry.description.decode()} {' '.join(self._names(entry)).strip()}"
                self._refused.add(told)
                why = str(error).strip().partition("\n")[0]
                yield f"{told} could not be restored: {why}"

    def _journal(self, proven: dict[int, Made]) -> Iterator[Made]:
        owned = {
            each
            for entry in self._missing.made
            if entry.description == _OWNED
            for each in entry.dependencies
        }
        restored = (*self._missing.made, *self._missing.may_fail)
        for entry in restored:
            told = f"{entry.description.decode()} {' '.join(self._names(entry)).strip()}"
            if entry.description not in _DROPPED_ALONE or told in self._refused:
                continue
            name = self._names(entry)
            if entry.dump_id in proven:
                made = proven[entry.dump_id]
            elif entry.description == TABLE:
                made = Made(_drop(entry, self._codec), *name, oid_of(self._connection, *name) or 0)
            elif entry.dump_id not in owned and not _is_identity(entry):
                made = Made(_drop(entry, self._codec))
            else:
                continue
            yield with_state(self._connection, made, entry.description, *name)
        for key in self._keys:
            if key.told not in self._refused:
                yield Made(key.drop)


def _is_identity(entry: TocEntry) -> bool:
    """Whether a sequence is a column's own, and goes with it."""
    is_sequence = entry.description == b"SEQUENCE"
    return is_sequence and not (entry.drop_statement or b"").startswith(b"DROP SEQUENCE")


def _drop(entry: TocEntry, codec: str) -> str:
    return (entry.drop_statement or b"").decode(codec).strip().removesuffix(";")


def _require_same(
    expected: TableFingerprint | None, rows: int, content: str, name: tuple[str, str]
) -> None:
    if expected is None:
        return
    if expected.rows is not None and rows != expected.rows:
        why = f"{rows} rows came instead of {expected.rows}"
    elif content and expected.content and content != expected.content:
        why = "the rows are not those that were backed up"
    else:
        return
    raise RestoreError(
        f"Table {'.'.join(name)} did not come back as it was, and was not kept",
        why=why,
        remedy="nothing was changed; restore it beside, as a new database, and look at it there",
    )
