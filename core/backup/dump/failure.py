"""What pg_dump and the server say when a dump fails, in words for a person."""

from __future__ import annotations

import re

from core.errors import BackupError
from core.postgres.program_failure import case, recognise

_LONGEST_TEXT = 1000


_AGAIN = "nothing was stored; run the backup again"

_CASES = (
    case(
        r"No space left on device|Disk quota exceeded",
        "The disk was full while the database was dumped",
        "make room in the staging folder, or name another one; nothing was stored",
    ),
    case(
        r"query would be affected by row-level security policy for table (?P<name>.+?)(?:\n|$)",
        "Row-level security hides rows of {name} from the backup's role",
        "ALTER ROLE … BYPASSRLS for that role; a part of the rows is never taken for all of them",
    ),
    case(
        r"permission denied for (?P<name>.+?)(?:\n|$)",
        "The backup's role may not read {name}",
        "GRANT pg_read_all_data TO that role (PostgreSQL 14 and newer), or SELECT and USAGE",
    ),
    case(
        r"max_locks_per_transaction",
        "The server has no room for as many locks as the database has tables",
        "raise max_locks_per_transaction and restart the server, or back up by schemas",
    ),
    case(
        r"could not obtain lock on relation \"?(?P<name>[^\n\"]+)",
        "Another session wants to change or drop {name} while it is dumped",
        "let that session end first, or begin the backup when no migration runs; " + _AGAIN,
    ),
    case(
        r"lock timeout|lock_not_available|due to statement timeout",
        "A table stayed locked by another session",
        "see who holds the lock on the locks page; wait for it or raise lock_wait_seconds; "
        + _AGAIN,
    ),
    case(
        r"conflict with recovery",
        "The standby had to end the dump in order to follow its primary",
        "on the standby: hot_standby_feedback = on, or a longer max_standby_streaming_delay;"
        " or back up the primary",
    ),
    case(
        r"invalid snapshot identifier|could not import the requested snapshot"
        r"|snapshot \"?[^\n]*does not exist|source transaction is not running",
        "The snapshot that the whole backup reads is gone",
        "the session that held it ended, or another server answered (pooler, load balancer,"
        " failover): connect to the server itself; " + _AGAIN,
    ),
    case(
        r"server version mismatch|aborting because of server version",
        "pg_dump is older than the server",
        "install the client programs of the server's version",
    ),
    case(
        r"does not support compression|not built with .*support",
        "This pg_dump was built without the compression that was asked for",
        "name another installation's folder: [dump] client_programs",
    ),
    case(
        r"missing chunk number|invalid page in block|could not read block|unexpected chunk number"
        r"|compressed .*data is corrupt",
        "The database itself is damaged: a table can't be read",
        "keep earlier backups (protect them), look into the server's log and its disks, and run"
        " pg_amcheck",
    ),
    case(
        r"server closed the connection|terminating connection|connection to server .* failed"
        r"|SSL SYSCALL|could not receive data|connection not open|the connection is (lost|closed)"
        r"|Connection reset|the database system is|timeout expired|consuming input failed",
        "The connection to the server was lost in the middle of the backup",
        "see whether the server was restarted or failed over; " + _AGAIN,
    ),
    case(
        r"relation \"?(?P<name>[^\n\"]+)\"? does not exist|could not open relation with OID"
        r"|cache lookup failed",
        "A table or another object was dropped while it was dumped",
        _AGAIN,
    ),
    case(
        # Rows are dumped as they are; what the server refuses to give out as text are names.
        r"codec can't decode|invalid byte sequence for encoding",
        "A name in this database is not text in the database's encoding",
        "rename it; such bytes can only stand in databases with the encoding SQL_ASCII",
    ),
)


def explained(said: str, where: str) -> BackupError:
    """The error for a dump of ``where`` that failed with the words ``said``, already redacted."""
    said = said.strip()
    why = _worst(said)[-_LONGEST_TEXT:]
    if failure := recognise(_CASES, said, unnamed="a table"):
        return BackupError(f"{failure.what}: {where}", why=why, remedy=failure.remedy)
    return BackupError(
        f"The dump failed: {where}",
        why=why or "the program said nothing",
        remedy="see the job's log; " + _AGAIN,
    )


def _worst(said: str) -> str:
    """From a program's many lines those that tell of an error; else all of them."""
    lines = said.splitlines()
    if not any(re.search(r"\b(error|fatal|panic):", line, re.IGNORECASE) for line in lines):
        return said
    telling = r"\b(error|fatal|panic|detail|hint):"
    return "\n".join(line for line in lines if re.search(telling, line, re.IGNORECASE))
