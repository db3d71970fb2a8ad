"""What belongs to the whole server and not to a database: roles, memberships, tablespaces."""

from __future__ import annotations

import subprocess

from psycopg.conninfo import make_conninfo

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.program import running
from core.backup.dump.stream import pass_on
from core.backup.progress import JobReporter
from core.postgres.client_programs import ClientPrograms


def dump_globals(
    endpoint: Endpoint, programs: ClientPrograms, *, passwords: bool, reporter: JobReporter
) -> bytes:
    """The SQL that makes them again; with the roles' password verifiers where ``passwords``.

    A role that may not read pg_authid can't have those (see ``preflight``). pg_dumpall takes no
    snapshot, so this is of a moment slightly other than the dump's.

    Raises:
        BackupError: pg_dumpall failed.
        CancelledError: a person cancelled the job.
    """
    arguments = [
        f"--dbname={endpoint.conninfo()}",
        # Also here a name with "=" in it would be taken for a connection string.
        f"--database={make_conninfo('', dbname=endpoint.database)}",
        "--globals-only",
        f"--lock-wait-timeout={round(endpoint.settings.lock_wait_seconds * 1000)}",
    ]
    if not passwords:
        arguments.append("--no-role-passwords")
    parts: list[bytes] = []
    with running(programs, "pg_dumpall", arguments, endpoint, stdout=subprocess.PIPE) as child:
        pass_on(child, parts.append, reporter)
        child.finish(endpoint.display)
    return b"".join(parts)
