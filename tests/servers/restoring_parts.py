"""Parts of a backup restored as a new database, and what was fetched for them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg

from core.backup.keys.sources import load_opening_keys
from core.backup.progress import JobReporter, SilentReporter
from core.backup.repository.open import open_repository
from core.backup.unsealing import SealedSource
from core.model.backup import ArtifactRole, Manifest, TableName
from core.model.restore import ChosenTable, RestoreWish, TargetKind
from core.postgres.text import python_codec
from core.restore.archive.at_once import workers_for
from core.restore.archive.taken import Taken, taken
from core.restore.beside import NewDatabase, restore_beside
from core.restore.survey import contents_of
from core.restore.validate import Looked, Validation, look_at_part
from tests.servers.backing_up import SERVER, BackupSite
from tests.servers.dumping import clients, endpoint

NAME = "a part"
"""The new database."""


class Counting(SilentReporter):
    """Remembers the phases, and how many bytes were done in each."""

    def __init__(self) -> None:
        self.done: dict[str, int] = {}

    @property
    def fetched(self) -> int:
        """How many bytes were fetched."""
        return self.done.get("fetch", 0)

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        self.done[name] = 0

    def advance(self, done_bytes: int) -> None:
        *_, phase = self.done
        self.done[phase] += done_bytes


@dataclass(frozen=True)
class Backed:
    """A backup, and how parts of it are restored."""

    site: BackupSite
    manifest: Manifest

    def restore(
        self, staging: Path, *tables: TableName, schemas: tuple[str, ...] = (), rows: bool = True
    ) -> tuple[Validation, int]:
        """What comparing says, and the bytes that were fetched."""
        reporter = Counting()
        found = self.reported(reporter, staging, *tables, schemas=schemas, rows=rows)
        return found, reporter.fetched

    def reported(
        self,
        reporter: JobReporter,
        staging: Path,
        *tables: TableName,
        schemas: tuple[str, ...] = (),
        rows: bool = True,
    ) -> Validation:
        """What comparing says; ``reporter`` hears how it goes."""
        staging.mkdir()
        source = self._source()
        chosen = self._taken(source, *tables, schemas=schemas, rows=rows)
        new = NewDatabase(
            endpoint(self.site.server.dsn()), clients(self.site.tools), NAME, "r1", workers=2
        )
        return restore_beside(source, self.manifest, new, staging, reporter, chosen=chosen)

    def change(self, *statements: str) -> None:
        """Execute statements in the new database."""
        with psycopg.connect(self.site.server.dsn(NAME), autocommit=True) as connection:
            for each in statements:
                connection.execute(each.encode())

    def looked_at(self, folder: Path, *tables: TableName) -> Looked:
        """What of what came with the tables is not as it was."""
        chosen = self._taken(self._source(), *tables)
        return look_at_part(
            endpoint(self.site.server.dsn(NAME)),
            clients(self.site.tools),
            self.manifest,
            chosen.entries,
            folder=folder,
            reporter=SilentReporter(),
        )

    def without_rows(self, *, schemas: tuple[str, ...]) -> tuple[TableName, ...]:
        """The tables that come empty."""
        return self._taken(self._source(), schemas=schemas).without_rows

    def workers(self, table: TableName) -> int:
        """How many workers restore a table."""
        return workers_for(self._taken(self._source(), table).entries, 2)

    def _source(self) -> SealedSource:
        settings = self.site.settings
        keys = load_opening_keys(settings.encryption, settings.keys)
        repository = open_repository("local", settings.repositories["local"])
        return SealedSource.of(repository, SERVER, keys)

    def _taken(
        self,
        source: SealedSource,
        *tables: TableName,
        schemas: tuple[str, ...] = (),
        rows: bool = True,
    ) -> Taken:
        return taken(
            contents_of(source, self.manifest),
            RestoreWish(
                SERVER,
                self.site.server_database,
                TargetKind.BESIDE,
                SERVER,
                NAME,
                tables=tuple(ChosenTable(each, rows) for each in tables),
                schemas=schemas,
                rows=rows,
            ),
            python_codec(self.manifest.fingerprint.encoding),
        )

    def asked(self, question: str) -> object:
        """The first value of an answer of the new database."""
        with psycopg.connect(self.site.server.dsn(NAME)) as connection:
            row = connection.execute(question.encode()).fetchone()
        return row[0] if row else None

    def fetched_for(self, *tables: TableName) -> int:
        """What the table of contents and these tables' files come to."""
        return sum(
            each.sealed_bytes
            for each in self.manifest.artifacts
            if each.role is ArtifactRole.TABLE_OF_CONTENTS or each.table in tables
        )
