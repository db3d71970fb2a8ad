"""Changed tables dumped anew and unchanged ones from earlier: one archive for plain pg_restore."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.backup.dump.complete import (
    complete,
    name_in_archive,
    sequence_values,
    table_of_file,
)
from core.backup.dump.table_of_contents import read_table_of_contents
from core.backup.fingerprint import compare
from core.backup.incremental import NextBackup, choose
from core.model.backup import (
    ArchiveFormat,
    Artifact,
    ArtifactRole,
    BackupKind,
    Manifest,
    TableName,
)
from core.model.fingerprint import Fingerprint
from core.postgres.client_programs import ClientPrograms
from core.postgres.embedded import EmbeddedServer, Programs
from tests.conftest import ProgramsOf
from tests.postgres.connecting import run
from tests.servers.dumping import clients, dump, fingerprint, restore
from tests.servers.everything import empty_database, everything
from tests.servers.factory import ServerFactory

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(params=[15, 18], ids=lambda major: f"postgresql {major}")
def served(
    request: pytest.FixtureRequest, start_server: ServerFactory, programs_of: ProgramsOf
) -> tuple[EmbeddedServer, ClientPrograms]:
    own = programs_of(request.param)
    return start_server(programs=own), clients(own)


class Chain:
    """Backups in one folder each: a full one, and incrementals completed from their ancestors."""

    def __init__(self, dsn: str, programs: ClientPrograms, folder: Path) -> None:
        self._dsn = dsn
        self._programs = programs
        self._folder = folder
        self.manifests: list[Manifest] = []

    def archive(self, manifest: Manifest) -> Path:
        return self._folder / manifest.backup_id

    def take(self) -> Manifest:
        """The next backup, as complete as each before."""
        parent = self.manifests[-1] if self.manifests else None
        backup_id = f"backup-{len(self.manifests)}"
        archive = self._folder / backup_id
        coming = self._coming(fingerprint(self._dsn))
        choice = choose(parent, coming, longest_chain=100)
        found, _, files = dump(
            self._dsn, self._programs, archive, exclude_data=list(choice.unchanged)
        )
        own = (archive / "toc.dat").read_bytes()
        artifacts = self._artifacts(backup_id, files, own)
        if parent is not None and choice.unchanged:
            earlier = (self.archive(parent) / "toc.dat").read_bytes()
            whole = complete(own, earlier, choice.unchanged)
            (archive / "toc.dat").write_bytes(whole.table_of_contents)
            for table, artifact in choice.unchanged.items():
                name = whole.file_names[table]
                shutil.copy(self.archive(parent) / artifact.file_name, archive / name)
                artifacts.append(replace(artifact, file_name=name))
        manifest = Manifest(
            backup_id=backup_id,
            server_id="s",
            system_identifier=coming.system_identifier,
            database=coming.database,
            kind=choice.kind,
            parent_id=parent.backup_id if parent else "",
            chain_id="backup-0",
            generation=len(self.manifests),
            started_at=NOW,
            snapshot_at=NOW,
            finished_at=NOW,
            server_version=coming.server_version,
            program_version=coming.program_version,
            archive_format=coming.archive_format,
            compression=coming.compression,
            artifacts=tuple(artifacts),
            fingerprint=found,
        )
        self.manifests.append(manifest)
        return manifest

    def _coming(self, found: Fingerprint) -> NextBackup:
        version = self._programs.version_num
        return NextBackup("1", "d", version, version, ArchiveFormat.DIRECTORY, "zstd:3", found)

    def _artifacts(self, backup_id: str, files: list[str], toc: bytes) -> list[Artifact]:
        tables = table_of_file(read_table_of_contents(toc))
        return [
            Artifact(name, ArtifactRole.TABLE_DATA, backup_id, name, 0, 0, "", table)
            for name in files
            if (table := tables.get(name.removesuffix(".gz").removesuffix(".zst")))
        ]


@pytest.mark.parametrize("jobs", [1, 3])
def test_an_incremental_restores_as_completely_as_a_full_backup(
    served: tuple[EmbeddedServer, ClientPrograms], tmp_path: Path, jobs: int
) -> None:
    server, programs = served
    with everything(server) as name, empty_database(server) as copy:
        chain = Chain(server.dsn(name), programs, tmp_path)
        chain.take()
        run(
            server.dsn(name),
            "INSERT INTO sales.duplicates VALUES (1, 'new')",
            "UPDATE sales.orders SET note = '' WHERE placed BETWEEN '2024-03-01' AND '2024-03-09'",
        )
        manifest = chain.take()
        restore(server, copy, chain.archive(manifest), programs, jobs=jobs)
        after = fingerprint(server.dsn(copy))

    assert manifest.kind is BackupKind.INCREMENTAL
    assert compare(manifest.fingerprint, after) == ()
    dumped = {each.table for each in manifest.artifacts if each.backup_id == manifest.backup_id}
    assert dumped == {TableName("sales", "duplicates"), TableName("sales", "orders_2024")}


def test_a_chain_in_a_random_walk_of_changes_restores_at_each_step(
    served: tuple[EmbeddedServer, ClientPrograms], tmp_path: Path
) -> None:
    server, programs = served
    chance = random.Random(7)
    walk = [
        "INSERT INTO w.a SELECT n, md5(n::text) FROM generate_series(1, 100) AS n",
        "UPDATE w.a SET t = 'x' || t WHERE n % 7 = 0",
        "DELETE FROM w.b WHERE n % 5 = 0",
        "TRUNCATE w.c",
        "INSERT INTO w.c VALUES (1, 'again')",
        "ALTER TABLE w.b ADD COLUMN IF NOT EXISTS more int DEFAULT 5",
        "ALTER TABLE w.b RENAME COLUMN t TO u",
        "ALTER TABLE w.b RENAME COLUMN u TO t",
        "CREATE TABLE IF NOT EXISTS w.new AS SELECT * FROM w.a",
        "DROP TABLE IF EXISTS w.new",
        "CREATE TABLE IF NOT EXISTS w.p2 PARTITION OF w.p FOR VALUES IN (2)",
        "INSERT INTO w.p VALUES (1, 'one')",
        "ALTER TABLE w.a ALTER COLUMN n TYPE bigint",
        "DROP TABLE IF EXISTS w.p2",
    ]
    with empty_database(server) as name:
        dsn = server.dsn(name)
        run(
            dsn,
            "CREATE SCHEMA w",
            *(f"CREATE TABLE w.{table} (n int, t text)" for table in "abc"),
            "CREATE TABLE w.p (n int, t text) PARTITION BY LIST (n)",
            "CREATE TABLE w.p1 PARTITION OF w.p FOR VALUES IN (1)",
            "INSERT INTO w.b SELECT n, 'b' FROM generate_series(1, 50) AS n",
        )
        chain = Chain(dsn, programs, tmp_path)
        chain.take()
        for _ in range(8):
            for statement in chance.sample(walk, 2):
                try_to(dsn, statement)
            manifest = chain.take()
            with empty_database(server) as copy:
                restore(server, copy, chain.archive(manifest), programs)
                assert compare(manifest.fingerprint, fingerprint(server.dsn(copy))) == ()

    kinds = [each.kind for each in chain.manifests]
    assert kinds.count(BackupKind.INCREMENTAL) >= 6


def try_to(dsn: str, statement: str) -> None:
    """Execute a statement that may not fit what earlier ones made."""
    guarded = statement.replace("'", "''")
    run(
        dsn,
        f"DO $do$ BEGIN EXECUTE '{guarded}'; EXCEPTION WHEN others THEN NULL; END $do$",
    )


def test_the_sequences_of_an_archive_are_those_of_the_database(
    postgres: EmbeddedServer, programs: Programs, tmp_path: Path
) -> None:
    with everything(postgres) as name:
        found, _, _ = dump(postgres.dsn(name), clients(programs), tmp_path / "dump")
    contents = read_table_of_contents((tmp_path / "dump" / "toc.dat").read_bytes())

    assert sequence_values(contents) == found.sequences
    assert len(found.sequences) == 4


def test_a_file_that_was_carried_on_keeps_its_name() -> None:
    first = Artifact("a", ArtifactRole.TABLE_DATA, "full-1", "3412.dat.zst", 0, 0, "")
    carried = replace(first, file_name=name_in_archive(first))

    assert carried.file_name == "full-1-3412.dat.zst"
    assert name_in_archive(carried) == carried.file_name
