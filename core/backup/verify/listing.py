"""What PostgreSQL's own ``pg_restore`` makes of an archive: an opinion beside our reader's."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.backup.dump.dump_folder import TABLE_OF_CONTENTS
from core.errors import BackupError
from core.postgres.client_programs import ClientPrograms

_ENTRIES = re.compile(rb"^; +TOC Entries: (\d+)", re.MULTILINE)
_DATABASE = re.compile(rb"^; +dbname: (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ArchiveListing:
    """What ``pg_restore --list`` says: how many entries, and of which database."""

    entries: int
    database: str


def list_directory(
    programs: ClientPrograms, table_of_contents: bytes, timeout_seconds: float
) -> ArchiveListing:
    """What it says of an archive in directory format; only ``toc.dat`` is needed for that.

    Raises:
        BackupError: it can't read it, or does not end.
    """
    with tempfile.TemporaryDirectory(prefix="pgvigil-verify-") as folder:
        file = os.open(Path(folder) / TABLE_OF_CONTENTS, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(file, "wb") as opened:
            opened.write(table_of_contents)
        return _listing(programs, [folder], iter(()), timeout_seconds)


def list_stream(
    programs: ClientPrograms, chunks: Iterable[bytes], timeout_seconds: float
) -> ArchiveListing:
    """What it says of an archive in custom format, of which it takes as much as it needs.

    Raises:
        BackupError: it can't read it, or does not end.
    """
    return _listing(programs, [], iter(chunks), timeout_seconds)


def _listing(
    programs: ClientPrograms, arguments: list[str], chunks: Iterator[bytes], timeout_seconds: float
) -> ArchiveListing:
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(
            [programs.path("pg_restore"), "--list", *arguments],
            env=programs.environment(),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=complaints,
        ) as child:
            try:
                _feed(child, chunks)
                status = child.wait(timeout_seconds)
            except subprocess.TimeoutExpired:
                child.kill()
                status = child.wait()
            except BaseException:
                child.kill()
                raise
        output.seek(0)
        complaints.seek(0)
        return _read(status, output.read(), complaints.read())


def _feed(child: subprocess.Popen[bytes], chunks: Iterator[bytes]) -> None:
    """Give it the archive until it has what it needs."""
    assert child.stdin is not None  # noqa: S101
    with suppress(BrokenPipeError):
        for chunk in chunks:
            child.stdin.write(chunk)
    with suppress(BrokenPipeError):
        child.stdin.close()


def _read(status: int, output: bytes, complaints: bytes) -> ArchiveListing:
    entries, database = _ENTRIES.search(output), _DATABASE.search(output)
    if status or entries is None or database is None:
        said = complaints.decode("utf-8", "replace").strip()
        raise BackupError(
            "pg_restore can't read the archive's table of contents",
            why=said.splitlines()[0] if said else f"it ended with {status}",
            remedy="use another backup, and report this: pgvigil wrote what pg_dump gave it",
        )
    return ArchiveListing(int(entries[1]), database[1].decode("utf-8", "replace"))
