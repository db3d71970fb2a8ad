"""Merges for tests: a backup of a database that has everything, and copies of that database."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from core.backup.fingerprint import compare
from core.backup.progress import JobReporter, SilentReporter
from core.errors import RestoreError
from core.model.backup import Manifest, TableName
from core.model.fingerprint import Fingerprint
from core.model.restore import ChosenTable, RestorePlan, RestoreWish, TargetKind
from core.model.restore_operation import RestoreOperation, RestoreStatus
from core.restore.doing import Doing, Done
from core.restore.planner import plan
from core.restore.survey import Surveyed, endpoint_of, surveyed
from core.restore.undo import plan_undo, undo
from core.restore.ways import way_of
from core.schedule.jobs import new_job_id
from tests.servers.backing_up import SERVER, BackupSite
from tests.servers.databases import create_database
from tests.servers.dumping import fingerprint
from tests.servers.everything import drop_database


@dataclass
class Live:
    """A live database that was equal to the backup, and what is merged into it."""

    site: BackupSite
    manifest: Manifest
    name: str
    folder: Path
    reporter: JobReporter
    while_running: str = ""
    """Statements of somebody else, between the plan's last look and the work."""

    @property
    def dsn(self) -> str:
        """The superuser's."""
        return self.site.server.dsn(self.name)

    def run(self, statements: str) -> None:
        """Execute statements in it."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statements.encode())

    def ask(self, question: str) -> list[tuple[object, ...]]:
        """What it answers."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(question.encode()).fetchall()

    @contextmanager
    def connecting_as(self, role: str) -> Iterator[None]:
        """Have pgvigil connect as another role, whose password is its name."""
        site, server = self.site, self.site.settings.servers[SERVER]
        dsn = make_conninfo(server.dsn, user=role, password=role)
        self.site = site.changed(servers={SERVER: replace(server, dsn=dsn)})
        try:
            yield
        finally:
            self.site = site

    def wish(self, *tables: str | TableName, rows: bool = True, **more: object) -> RestoreWish:
        """Tables of the schema ``sales``, or of the one that is named, into it."""
        named = [
            each if isinstance(each, TableName) else TableName("sales", each) for each in tables
        ]
        wish = RestoreWish(
            server_id=SERVER,
            database=self.site.server_database,
            target=TargetKind.MERGE,
            target_server=SERVER,
            target_database=self.name,
            tables=tuple(ChosenTable(each, rows) for each in named),
            backup_id=self.manifest.backup_id,
        )
        return replace(wish, **more)  # type: ignore[arg-type]

    def plan(self, wish: RestoreWish) -> RestorePlan:
        """What it would do."""
        with self._surveyed(wish) as found:
            return plan(wish, found.around, plan_id="p1", now=datetime.now(UTC))

    def merge(self, wish: RestoreWish) -> tuple[RestoreOperation, Done]:
        """Plan it, and do it as a job does."""
        operation_id = new_job_id()
        staging = self.folder / operation_id
        staging.mkdir()
        with self._surveyed(wish) as found:
            made = plan(wish, found.around, plan_id="p1", now=datetime.now(UTC))
            if made.stops:
                raise RestoreError("stopped", why="; ".join(each.what for each in made.stops))
            doing = Doing(
                wish,
                "p1",
                operation_id,
                found,
                staging,
                self.site.store,
                self.site.settings,
                self.reporter,
            )
            if self.while_running:
                self.run(self.while_running)
            done = way_of(wish.target)(doing)
        return self.operation(wish, operation_id), done

    def operation(self, wish: RestoreWish, operation_id: str) -> RestoreOperation:
        """A merge that is over, as the store's row tells it."""
        return RestoreOperation(
            operation_id=operation_id,
            server_id=SERVER,
            database=wish.database,
            backup_id=self.manifest.backup_id,
            repository="local",
            what=wish.what,
            target=TargetKind.MERGE,
            target_server=SERVER,
            target_database=self.name,
            who="anna@bastion",
            status=RestoreStatus.COMPLETED,
            created_at=datetime.now(UTC),
        )

    def undo(self, operation: RestoreOperation) -> str:
        """Undo it."""
        reached = endpoint_of(SERVER, self.site.settings)
        plan_undo(operation, reached, grace_days=7)
        return undo(operation, reached, grace_days=7).what

    def fingerprint(self) -> Fingerprint:
        """What is in it now."""
        return fingerprint(self.dsn, seeds=self.manifest.fingerprint.seeds)

    def differences_but_schemas(self) -> tuple[str, ...]:
        """What tables and sequences are different from the backup, the merges' own left out."""
        expected, found = self.manifest.fingerprint, self.fingerprint()
        tables = tuple(e for e in found.tables if not e.schema.startswith("pgvigil_restore_"))
        sequences = tuple(e for e in found.sequences if not e.schema.startswith("pgvigil_restore_"))
        rest = replace(found, tables=tables, sequences=sequences, schema="", privileges="")
        return compare(
            replace(expected, roles=(), schema="", privileges=""), replace(rest, roles=())
        )

    def differences(self) -> tuple[str, ...]:
        """What is different in it from the backup, but for the merges' own schemas."""
        for (schema,) in self.ask(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'pgvigil_restore_%'"
        ):
            self.run(f'DROP SCHEMA "{schema}" CASCADE')
        expected = self.manifest.fingerprint
        found = fingerprint(self.dsn, seeds=expected.seeds)
        return compare(replace(expected, roles=()), replace(found, roles=()))

    def schemas(self) -> int:
        """How many schemas of merges are in it."""
        return len(self.ask("SELECT FROM pg_namespace WHERE nspname LIKE 'pgvigil_restore_%'"))

    @contextmanager
    def _surveyed(self, wish: RestoreWish) -> Iterator[Surveyed]:
        with surveyed(
            wish,
            self.site.store,
            self.site.settings,
            state_folder=self.site.state,
            reporter=SilentReporter(),
        ) as found:
            yield found


@contextmanager
def live_copy(site: BackupSite, manifest: Manifest, folder: Path) -> Iterator[Live]:
    """A copy of the backed up database, which is given back when the context is left."""
    name = f"live_{secrets.token_hex(4)}"
    create_database(site.server, name, site.server_database)
    try:
        yield Live(site, manifest, name, folder, SilentReporter())
    finally:
        drop_database(site.server, name)
