"""PgBouncer in front of a server, for one test."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from core.postgres.embedded import EmbeddedServer, ServerAccount
from tests.servers.needed import do_without

PROGRAM = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"


@contextmanager
def pgbouncer(
    server: EmbeddedServer,
    account: ServerAccount,
    folder: Path,
    *,
    pool_size: int = 3,
    mode: str = "transaction",
    options: str = "",
) -> Iterator[str]:
    """The DSN of the superuser through a PgBouncer that runs for as long as the context.

    Where there is no PgBouncer the test is skipped, or fails where everything has to be there.
    """
    if not Path(PROGRAM).exists():
        do_without("PgBouncer", ".ci/install-packages installs it")
    home = folder / f"pgbouncer-{secrets.token_hex(3)}"
    home.mkdir(mode=0o700)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    behind = urlsplit(server.dsn())
    (home / "users.txt").write_text(f'"{behind.username}" "{behind.password}"\n')
    (home / "pgbouncer.ini").write_text(
        "[databases]\n"
        f"* = host={behind.hostname} port={behind.port}\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = plain\nauth_file = {home / 'users.txt'}\n"
        f"pool_mode = {mode}\ndefault_pool_size = {pool_size}\n"
        f"logfile = {home / 'log'}\n{options}\n"
    )
    for path in (home, home / "users.txt", home / "pgbouncer.ini"):
        account.own(path)
    process = subprocess.Popen(
        [PROGRAM, "-q", str(home / "pgbouncer.ini")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=account.uid if account.drops else None,
        group=account.gid if account.drops else None,
        extra_groups=[] if account.drops else None,
        cwd="/",
    )
    dsn = f"postgresql://{behind.username}:{behind.password}@127.0.0.1:{port}/postgres"
    try:
        _wait_until_it_answers(dsn)
        yield dsn
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_it_answers(dsn: str) -> None:
    for _ in range(100):
        try:
            with psycopg.connect(dsn, connect_timeout=2):
                return
        except psycopg.OperationalError as error:
            last = error
            time.sleep(0.05)
    raise last
