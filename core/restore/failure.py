"""What pg_restore and the server say when a restore fails, in words for a person."""

from __future__ import annotations

import re

from core.errors import RestoreError
from core.postgres.program_failure import case, recognise

_LONGEST_TEXT = 1000

# A newer pg_restore tells an older server of a setting that it does not have.
_HARMLESS = re.compile(r'unrecognized configuration parameter "transaction_timeout"')


_CASES = (
    case(
        r"No space left on device|Disk quota exceeded",
        "The server's disk was full while the database was restored",
        "make room on the server, or restore on another one",
    ),
    case(
        r"role \"?(?P<name>[^\n\"]+)\"? does not exist",
        "The server has no role {name}",
        "have the restore create the roles that are missing, or give everything to one role",
    ),
    case(
        r"extension \"?(?P<name>[^\n\"]+)\"? is not available|could not open extension control",
        "The server does not have an extension that the backup needs: {name}",
        "install its package on the server's host, or ask who hosts it",
    ),
    case(
        r"tablespace \"?(?P<name>[^\n\"]+)\"? does not exist",
        "The server has no tablespace {name}",
        "CREATE TABLESPACE, or have everything go into the default one",
    ),
    case(
        r"(?P<name>(?:relation|type|schema|function|extension) [^\n]+?) already exists",
        "What is to be restored is there already: {name}",
        "restore into a new database; look whether somebody else restores into this one",
    ),
    case(
        r"must be (?:superuser|owner)[^\n]*|permission denied[^\n]*",
        "The role that restores may not create all that the backup holds",
        "restore as a superuser, or leave out what only one may create",
    ),
    case(
        r"lock timeout|lock_not_available|due to statement timeout",
        "A lock could not be had in time",
        "see who holds it on the locks page, and run the restore again",
    ),
    case(
        r"server closed the connection|terminating connection|connection to server .* failed"
        r"|SSL SYSCALL|could not receive data|Connection reset|the database system is",
        "The connection to the server was lost in the middle of the restore",
        "see whether the server was restarted or failed over; run the restore again",
    ),
)


def is_harmless(line: str) -> bool:
    """Whether an error that pg_restore reports takes nothing away from what is restored."""
    return _HARMLESS.search(line) is not None


def explained(said: str, where: str) -> RestoreError:
    """The error for a restore into ``where`` that failed with the words ``said``, redacted."""
    why = said.strip()[-_LONGEST_TEXT:]
    if failure := recognise(_CASES, said, unnamed="see below"):
        return RestoreError(f"{failure.what}: {where}", why=why, remedy=failure.remedy)
    return RestoreError(
        f"The restore failed: {where}",
        why=why or "the program said nothing",
        remedy="see the job's log",
    )
