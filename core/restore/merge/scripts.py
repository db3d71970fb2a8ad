"""What pg_restore would do with entries of an archive, as SQL and rows: nothing is done by it.

So one session of our own does all of a merge, in one transaction, waiting for locks no longer than
it may: pg_restore waits for as long as it takes.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.program import running
from core.backup.dump.table_of_contents import TocEntry
from core.errors import RestoreError
from core.postgres.client_programs import ClientPrograms
from core.restore.archive.list_file import list_file
from core.restore.failure import explained

_BLOCK = 1 << 18
_END_OF_ROWS = b"\n\\.\n"
# The last of the settings that pg_restore begins with; those of time are not ours, and some an
# older server does not know.
_PREAMBLE_ENDS = b"\nSET row_security = off;\n"
# psql's, since the releases of August 2025: the script ends with it.
_UNRESTRICT = b"\n\\unrestrict "


@dataclass(frozen=True, slots=True)
class Scripts:
    """An archive that lies unpacked at ``archive``; lists for pg_restore are put into ``folder``.

    Without ``owners`` everything belongs to the role that restores.
    """

    archive: Path
    folder: Path
    endpoint: Endpoint
    programs: ClientPrograms
    owners: bool

    def statements(self, entries: Sequence[TocEntry]) -> bytes:
        """The SQL that makes ``entries``, in the archive's encoding; none of them has rows.

        Raises:
            RestoreError: pg_restore does not understand the archive.
            BackupError: it could not be started.
        """
        if not entries:
            return b""
        with self._written(entries) as blocks:
            script = b"".join(blocks)
        _, found, rest = script.partition(_PREAMBLE_ENDS)
        if not found:
            raise _strange("it does not begin as it should")
        return rest.rpartition(_UNRESTRICT)[0] or rest

    @contextmanager
    def rows(self, entry: TocEntry) -> Iterator[Iterator[bytes]]:
        """The rows of an entry as COPY reads them, in blocks.

        Raises: as :meth:`statements`.
        """
        with self._written([entry]) as blocks:
            yield _rows(blocks, entry.copy_statement or b"")

    @contextmanager
    def _written(self, entries: Sequence[TocEntry]) -> Iterator[Iterator[bytes]]:
        chosen = self.folder / "merge.list"
        chosen.write_bytes(list_file(entries))
        arguments = ["--file=-", f"--use-list={chosen}"]
        if not self.owners:
            arguments.append("--no-owner")
        arguments.append(str(self.archive))
        with running(
            self.programs,
            "pg_restore",
            arguments,
            self.endpoint,
            stdout=subprocess.PIPE,
            explain=explained,
        ) as child:
            yield iter(lambda: child.stdout.read(_BLOCK), b"")
            for _ in iter(lambda: child.stdout.read(_BLOCK), b""):
                pass  # what follows the rows
            child.finish(self.endpoint.display)


def _rows(blocks: Iterator[bytes], copy_statement: bytes) -> Iterator[bytes]:
    """What stands between the COPY and the line that ends it."""
    head = b""
    for block in blocks:
        head += block
        _, found, rest = head.partition(copy_statement)
        if found:
            break
    else:
        raise _strange("its rows do not begin")
    # Rows are looked at with the newline before them, so that their end is found in none at all.
    pending, sent = b"\n" + rest, False
    while (end := pending.find(_END_OF_ROWS)) < 0:
        whole = max(0, len(pending) - len(_END_OF_ROWS))
        if whole > 1 or (whole and sent):
            yield pending[0 if sent else 1 : whole]
            pending, sent = pending[whole:], True
        if not (block := next(blocks, b"")):
            raise _strange("its rows do not end")
        pending += block
    yield pending[0 if sent else 1 : end + 1]


def _strange(why: str) -> RestoreError:
    return RestoreError(
        "What pg_restore makes of the backup can't be understood",
        why=why,
        remedy="restore the table beside, as a new database; nothing was changed",
    )
