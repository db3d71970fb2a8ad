"""Level 2 on real archives: what pg_dump wrote is sound, and what was tampered with is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.backup.dump.complete import sequence_values, table_of_file
from core.backup.dump.globals import dump_globals
from core.backup.dump.table_of_contents import (
    TableOfContents,
    read_start_of_archive,
    read_table_of_contents,
    write_table_of_contents,
)
from core.backup.progress import SilentReporter
from core.backup.repository.open import open_repository
from core.backup.verify.problems import UnsoundBackupError
from core.backup.verify.structure import verify_structure
from core.config.repository_settings import RepositorySettings
from core.errors import DamagedArtifactError
from core.model.backup import ArchiveFormat, Artifact, ArtifactRole
from core.model.fingerprint import Fingerprint
from core.postgres.client_programs import ClientPrograms
from core.postgres.embedded import EmbeddedServer, Programs
from tests.conftest import ProgramsOf
from tests.servers.dumping import clients, dump, dump_stream, endpoint
from tests.servers.everything import everything
from tests.servers.factory import ServerFactory
from tests.servers.sealed_backups import SealedBackup, Sealing

SEALING = Sealing(chunk_bytes=1 << 16)
GLOBALS = "globals.sql"


@dataclass(frozen=True)
class Dumped:
    """What pg_dump and pg_dumpall wrote of a database that has everything."""

    contents: Mapping[str, bytes]
    fingerprint: Fingerprint
    database: str
    programs: ClientPrograms

    @property
    def toc(self) -> TableOfContents:
        return read_table_of_contents(self.contents["toc.dat"])

    def sealed(
        self,
        toc: TableOfContents | None = None,
        *,
        without: tuple[str, ...] = (),
        changed: Mapping[str, bytes] = {},
    ) -> SealedBackup:
        """A backup of it; ``toc`` in place of its own, files left out, changed or added."""
        found = {name: each for name, each in self.contents.items() if name not in without}
        found |= changed
        if toc is not None:
            found["toc.dat"] = write_table_of_contents(toc)
        return SEALING.full(
            contents=found,
            database=self.database,
            fingerprint=self.fingerprint,
            artifacts=self._described,
        )

    def _described(self, artifact: Artifact) -> Artifact:
        tables = table_of_file(self.toc)
        name = artifact.name.removesuffix(".gz").removesuffix(".zst")
        if artifact.name in {"toc.dat", GLOBALS}:
            return artifact
        role = ArtifactRole.TABLE_DATA if name in tables else ArtifactRole.LARGE_OBJECTS
        return replace(artifact, role=role, table=tables.get(name))


def dumped_from(server: EmbeddedServer, programs: ClientPrograms, folder: Path) -> Dumped:
    with everything(server) as name:
        found, _, files = dump(server.dsn(name), programs, folder / "dump")
        sql = dump_globals(
            endpoint(server.dsn(name)), programs, passwords=True, reporter=SilentReporter()
        )
    contents = {file: (folder / "dump" / file).read_bytes() for file in files}
    values = sequence_values(read_table_of_contents(contents["toc.dat"]))
    return Dumped(contents | {GLOBALS: sql}, replace(found, sequences=values), name, programs)


@pytest.fixture(scope="module")
def dumped(
    postgres: EmbeddedServer, programs: Programs, tmp_path_factory: pytest.TempPathFactory
) -> Dumped:
    return dumped_from(postgres, clients(programs), tmp_path_factory.mktemp("dumped"))


@dataclass
class Verify:
    """Writes a backup into a folder and verifies how its parts fit."""

    folder: Path

    def __call__(self, *backups: SealedBackup, programs: ClientPrograms | None = None) -> None:
        repository = open_repository(
            "nightly", RepositorySettings(kind="folder", path=str(self.folder))
        )
        for backup in backups:
            backup.write_to(repository)
        verify_structure(
            repository,
            backups[-1].manifest,
            SEALING.ring,
            SilentReporter(),
            programs=programs,
            timeout_seconds=60,
        )

    def problems(self, *backups: SealedBackup, programs: ClientPrograms | None = None) -> str:
        with pytest.raises(UnsoundBackupError) as caught:
            self(*backups, programs=programs)
        return "\n".join(caught.value.problems)


@pytest.fixture
def verify(tmp_path: Path) -> Verify:
    (tmp_path / "repository").mkdir(mode=0o700)
    return Verify(tmp_path / "repository")


@pytest.mark.parametrize("major", [15, 18])
def test_a_dump_of_a_database_that_has_everything_is_sound(
    start_server: ServerFactory, programs_of: ProgramsOf, verify: Verify, tmp_path: Path, major: int
) -> None:
    own = programs_of(major)
    found = dumped_from(start_server(programs=own), clients(own), tmp_path)
    verify(found.sealed(), programs=clients(own))


@pytest.mark.parametrize("major", [14, 16, 17])
def test_so_is_one_of_an_older_server_by_newer_programs(
    start_server: ServerFactory,
    programs_of: ProgramsOf,
    programs: Programs,
    verify: Verify,
    tmp_path: Path,
    major: int,
) -> None:
    server = start_server(programs=programs_of(major))
    verify(dumped_from(server, clients(programs), tmp_path).sealed(), programs=clients(programs))


def test_a_stream_is_sound_too(
    postgres: EmbeddedServer, programs: Programs, verify: Verify
) -> None:
    with everything(postgres) as name:
        found, content = dump_stream(postgres.dsn(name), clients(programs))
    start = read_start_of_archive(content)
    assert len(start.table_data()) == len(found.tables)

    def backup(**changed: object) -> SealedBackup:
        manifest: dict[str, object] = {"database": name, "fingerprint": found, **changed}
        return SEALING.full(
            0,
            {"archive": content},
            archive_format=ArchiveFormat.CUSTOM,
            artifacts=lambda each: replace(each, role=ArtifactRole.ARCHIVE, table=None),
            **manifest,
        )

    verify(backup(), programs=clients(programs))
    fewer = replace(found, tables=found.tables[1:])
    assert "the fingerprint does not know" in verify.problems(backup(fingerprint=fewer))
    other = backup(database="elsewhere")
    assert "is of database" in verify.problems(other, programs=clients(programs))


def first_file(dumped: Dumped) -> str:
    tables = table_of_file(dumped.toc)
    return next(n for n in dumped.contents if n.removesuffix(".gz").removesuffix(".zst") in tables)


def test_rows_without_their_file_are_missed(dumped: Dumped, verify: Verify) -> None:
    name = first_file(dumped)
    table = table_of_file(dumped.toc)[name.removesuffix(".gz").removesuffix(".zst")]
    told = verify.problems(dumped.sealed(without=(name,)))
    assert "is not among the artifacts" in told
    assert f"{table.schema}.{table.name}" in told


def test_a_large_object_without_its_file_is_missed(dumped: Dumped, verify: Verify) -> None:
    name = next(name for name in dumped.contents if name.startswith("blob_"))
    assert "large object" in verify.problems(dumped.sealed(without=(name,)))


def test_a_file_that_nothing_refers_to_is_found(dumped: Dumped, verify: Verify) -> None:
    assert "nothing in the table of contents wants the file 9999.dat" in verify.problems(
        dumped.sealed(changed={"9999.dat": b"x"})
    )


def test_rows_that_no_entry_loads_are_missed(dumped: Dumped, verify: Verify) -> None:
    entries = tuple(each for each in dumped.toc.entries if each.description != b"TABLE DATA")
    told = verify.problems(dumped.sealed(replace(dumped.toc, entries=entries)))
    assert "are not in the archive" in told


def test_a_table_that_is_not_defined_is_missed(dumped: Dumped, verify: Verify) -> None:
    name = next(iter(dumped.toc.table_data()))
    gone = dumped.toc.tables()[name]
    entries = tuple(each for each in dumped.toc.entries if each != gone)
    told = verify.problems(dumped.sealed(replace(dumped.toc, entries=entries)))
    assert "is not defined" in told


def test_rows_that_do_not_wait_for_their_table_are_found(dumped: Dumped, verify: Verify) -> None:
    data = next(iter(dumped.toc.table_data().values()))
    entries = tuple(
        replace(each, dependencies=()) if each == data else each for each in dumped.toc.entries
    )
    told = verify.problems(dumped.sealed(replace(dumped.toc, entries=entries)))
    assert "before its table" in told


def test_an_entry_that_is_there_twice_is_found(dumped: Dumped, verify: Verify) -> None:
    entries = (*dumped.toc.entries, dumped.toc.entries[-1])
    told = verify.problems(dumped.sealed(replace(dumped.toc, entries=entries)))
    assert "two entries have the number" in told


def test_a_table_of_contents_that_can_not_be_read_is_found(dumped: Dumped, verify: Verify) -> None:
    content = dumped.contents["toc.dat"]
    cut = dumped.sealed(changed={"toc.dat": content[:-1]})
    assert "can't be read" in verify.problems(cut)
    assert "can't be read" in verify.problems(dumped.sealed(changed={"toc.dat": content + b"x"}))
    assert "0 artifacts" in verify.problems(dumped.sealed(without=("toc.dat",)))


def test_pg_restore_is_asked_for_its_opinion(dumped: Dumped, verify: Verify) -> None:
    other = replace(dumped, database="elsewhere")
    told = verify.problems(other.sealed(), programs=dumped.programs)
    assert "is of database" in told
    verify(other.sealed())


def test_globals_that_were_cut_are_found(dumped: Dumped, verify: Verify) -> None:
    content = dumped.contents[GLOBALS]
    assert content.count(b"CREATE ROLE") > 1
    half = content[: content.index(b"CREATE ROLE") + 13]
    told = verify.problems(dumped.sealed(changed={GLOBALS: half}))
    assert "end before pg_dumpall's last line" in told
    assert "does not end" in told


@pytest.mark.parametrize(
    "change",
    [
        (b"CREATE ROLE", b"CREATE 'ROLE"),
        (b"CREATE ROLE", b"INVENT ROLE"),
        (b"-- PostgreSQL database cluster dump\n", b""),
    ],
)
def test_globals_that_are_none_are_found(
    dumped: Dumped, verify: Verify, change: tuple[bytes, bytes]
) -> None:
    content = dumped.contents[GLOBALS].replace(*change, 1)
    assert "globals" in verify.problems(dumped.sealed(changed={GLOBALS: content}))


def incremental(dumped: Dumped, full: SealedBackup, **changes: object) -> SealedBackup:
    """One of which every file but toc.dat and globals is the full one's."""
    own = {name: dumped.contents[name] for name in ("toc.dat", GLOBALS)}
    referred = [name for name in dumped.contents if name not in own]
    given = {"database": dumped.database, "fingerprint": dumped.fingerprint, **changes}
    return SEALING.incremental(full, 1, own, referred, **given)


def test_a_chain_that_is_whole_is_sound(dumped: Dumped, verify: Verify) -> None:
    full = dumped.sealed()
    verify(full, incremental(dumped, full))


def test_a_chain_that_does_not_fit_is_found(dumped: Dumped, verify: Verify) -> None:
    full = dumped.sealed()

    def told(**changes: object) -> str:
        return verify.problems(full, incremental(dumped, full, **changes))

    assert "is of chain" in told(chain_id="20260101T000000Z-full-00000000")
    assert "is of database" in told(database="elsewhere")
    assert "is not older" in told(generation=0)
    assert "names no parent" in told(parent_id="")
    name = first_file(dumped)
    assert "has no such" in told(
        artifacts=lambda each: replace(each, digest="00") if each.name == name else each
    )


def test_a_backup_whose_ancestor_is_gone_is_found(dumped: Dumped, verify: Verify) -> None:
    full = dumped.sealed()
    assert "is not good" in verify.problems(incremental(dumped, full))


def test_a_full_backup_needs_nobody(dumped: Dumped, verify: Verify) -> None:
    full = dumped.sealed()
    step = incremental(dumped, full, kind="full")
    assert "it is no incremental backup" in verify.problems(full, step)


def test_what_can_not_be_opened_is_no_matter_of_structure(dumped: Dumped, verify: Verify) -> None:
    backup = dumped.sealed()
    path = next(path for path in backup.objects if path.endswith("toc.dat.sealed"))
    damaged = replace(backup, objects={**backup.objects, path: b"x"})
    with pytest.raises(DamagedArtifactError, match="sealed artifact is damaged"):
        verify(damaged)
