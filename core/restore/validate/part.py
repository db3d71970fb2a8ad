"""Whether all that came with a part of a backup is as the backup's archive has it.

The backup's fingerprint has indexes, constraints, triggers, views, owners and grants of the whole
database in one hash. So the new database's definitions are dumped, and the entries compared with
those of the archive that were restored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.program import running
from core.backup.dump.table_of_contents import TocEntry, read_start_of_archive
from core.backup.fingerprint.compare import PRIVILEGES, SCHEMA
from core.backup.fingerprint.normal import normal_expression
from core.backup.progress import JobReporter
from core.errors import BackupError
from core.model.backup import Manifest
from core.postgres.client_programs import ClientPrograms
from core.postgres.text import python_codec
from core.restore.validate.further import Looked

PG_DUMP = "pg_dump"
"""The program that tells what is there."""

_WHAT = "indexes, constraints, triggers, views, owners and grants of the part"
_LOOK_SECONDS = 0.25
_MOST_TOLD = 50
_GRANTS_TOLD = 3
_MAJOR = 10_000
_ACL = b"ACL"
_NO_OBJECTS = frozenset(
    {b"ENCODING", b"STDSTRINGS", b"SEARCHPATH", b"DATABASE", b"DATABASE PROPERTIES"}
)
# Rows and where sequences stand are compared with the fingerprint.
_OF_ROWS = frozenset(
    {
        b"TABLE DATA", b"MATERIALIZED VIEW DATA", b"SEQUENCE SET", b"STATISTICS DATA",
        b"BLOB", b"BLOBS", b"BLOB METADATA",
    }
)  # fmt: skip


def look_at_part(
    endpoint: Endpoint,
    programs: ClientPrograms,
    manifest: Manifest,
    restored: Sequence[TocEntry],
    *,
    folder: Path,
    reporter: JobReporter,
) -> Looked:
    """What of the ``restored`` entries is missing, has another owner, or is defined otherwise.

    Definitions are compared as pg_dump tells them: only where its version, and the server's, are
    those of the backup. ``folder`` is private; whoever made it takes it away.

    Raises:
        CancelledError: a person cancelled the job.
    """
    codec = python_codec(manifest.fingerprint.encoding)
    if programs.major != manifest.program_version // _MAJOR:
        told = f"{_WHAT}: this pg_dump is of version {programs.major}, the archive's of another"
        return Looked(unchecked=(told,))
    try:
        found = _dumped(endpoint, programs, folder / "restored.dump", reporter)
    except BackupError as error:
        why = f"{error.what}: {error.why}" if error.why else error.what
        return Looked(unchecked=(f"{_WHAT}: {why}",))
    is_same_server = endpoint.server_version // _MAJOR == manifest.server_version // _MAJOR
    expected = [each for each in restored if each.description not in _OF_ROWS]
    differences = tuple(_differences(expected, found, codec, defined=is_same_server))
    more = len(differences) - _MOST_TOLD
    rest = (f"{more} more objects are not as they were",) if more > 0 else ()
    if is_same_server:
        return Looked((*differences[:_MOST_TOLD], *rest))
    untold = f"definitions of {_WHAT}: the backup is of a server of another version"
    return Looked((*differences[:_MOST_TOLD], *rest), (untold,))


def look_at_named(
    endpoint: Endpoint,
    programs: ClientPrograms,
    manifest: Manifest,
    restored: Sequence[TocEntry],
    differences: Sequence[str],
    *,
    folder: Path,
    reporter: JobReporter,
) -> tuple[str, ...]:
    """Which of all objects it is that the fingerprint only says are different, each in words.

    Nothing where it does not say so, or where pg_dump's version keeps it from being told.

    Raises:
        CancelledError: a person cancelled the job.
    """
    if not any(each.startswith((SCHEMA, PRIVILEGES)) for each in differences):
        return ()
    objects = [each for each in restored if not _is_of_no_object(each)]
    return look_at_part(
        endpoint, programs, manifest, objects, folder=folder, reporter=reporter
    ).differences


def _is_of_no_object(entry: TocEntry) -> bool:
    """Whether an entry is about the archive, or about the database itself."""
    return entry.description in _NO_OBJECTS or (entry.tag or b"").startswith(b"DATABASE ")


def _dumped(
    endpoint: Endpoint, programs: ClientPrograms, path: Path, reporter: JobReporter
) -> tuple[TocEntry, ...]:
    """The entries of what is there by now."""
    arguments = [
        f"--dbname={endpoint.conninfo()}",
        f"--lock-wait-timeout={round(endpoint.settings.lock_wait_seconds * 1000)}",
        "--schema-only",
        "--format=custom",
        "--no-sync",
        f"--file={path}",
    ]
    with running(programs, PG_DUMP, arguments, endpoint) as child:
        while child.hear(_LOOK_SECONDS) is not None:
            reporter.check_cancelled()
        child.finish(endpoint.display)
    try:
        return read_start_of_archive(path.read_bytes()).entries
    except OSError as error:
        raise BackupError(
            "What pg_dump wrote can't be read", why=error.strerror or str(error)
        ) from error


def _differences(
    expected: Iterable[TocEntry], found: Iterable[TocEntry], codec: str, *, defined: bool
) -> Iterator[str]:
    there: dict[tuple[bytes, bytes | None, bytes | None], list[TocEntry]] = {}
    for each in found:
        there.setdefault((each.description, each.namespace, each.tag), []).append(each)
    for entry in expected:
        named = there.get((entry.description, entry.namespace, entry.tag), [])
        owned = [each for each in named if entry.description == _ACL or each.owner == entry.owner]
        told = _told(entry, codec)
        if not named:
            yield f"{told}: missing"
        elif not owned:
            now, before = _text(named[0].owner, codec), _text(entry.owner, codec)
            yield f"{told}: belongs to {now} instead of {before}"
        elif defined and _defined(entry, codec) not in {_defined(each, codec) for each in owned}:
            yield f"{told}: another definition{_not_granted(entry, owned, codec)}"


def _not_granted(entry: TocEntry, there: Sequence[TocEntry], codec: str) -> str:
    """The statements about grants that are not there any more."""
    if entry.description != _ACL:
        return ""
    now = {line for each in there for line in _text(each.definition, codec).splitlines()}
    gone = [each for each in _text(entry.definition, codec).splitlines() if each not in now]
    told = " ".join(gone[:_GRANTS_TOLD])
    return f" (not there: {told})" if told else ""


def _defined(entry: TocEntry, codec: str) -> str:
    """What is the same after a dump and a restore; of grants the order is not."""
    text = _text(entry.definition, codec)
    if entry.description == _ACL:
        text = "\n".join(sorted(text.splitlines()))
    return normal_expression(text)


def _told(entry: TocEntry, codec: str) -> str:
    name = ".".join(_text(each, codec) for each in (entry.namespace, entry.tag) if each)
    return f"{entry.description.decode().lower()} {name}"


def _text(value: bytes | None, codec: str) -> str:
    return (value or b"").decode(codec, "replace")
