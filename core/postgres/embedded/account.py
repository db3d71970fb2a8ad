"""The operating-system account that PostgreSQL runs as: it refuses to run as root."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, STDOUT, CompletedProcess, run

from core.postgres.embedded.problem import EmbeddedServerError
from core.store.local import account_name

_PREFERRED = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """Who runs the server; ``drops`` says whether this process gives up root to become it."""

    name: str
    uid: int
    gid: int
    drops: bool

    def run(
        self,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        folder: Path,
        timeout: float | None = None,
    ) -> CompletedProcess[str]:
        """Run ``command`` to its end as this account, in ``folder``; its output is one text.

        Raises:
            OSError: the program can't be started.
            subprocess.TimeoutExpired: it took more than ``timeout`` seconds.
        """
        return run(
            [str(part) for part in command],
            stdout=PIPE,
            stderr=STDOUT,
            env=dict(environment),
            cwd=folder,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
            umask=0o077,
            user=self.uid if self.drops else None,
            group=self.gid if self.drops else None,
            extra_groups=[] if self.drops else None,
        )

    def own(self, path: Path) -> None:
        """Give ``path`` to this account."""
        if self.drops:
            os.chown(path, self.uid, self.gid)


def server_account() -> ServerAccount:
    """The account for a server: our own, or for root ``postgres`` or else ``nobody``.

    Raises:
        EmbeddedServerError: we are root and neither account exists.
    """
    uid = os.geteuid()
    if uid != 0:
        return ServerAccount(name=account_name(uid), uid=uid, gid=os.getegid(), drops=False)
    for name in _PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return ServerAccount(name=name, uid=entry.pw_uid, gid=entry.pw_gid, drops=True)
    raise EmbeddedServerError(
        "no account to run PostgreSQL as",
        why=f"PostgreSQL refuses to run as root, and there is no user {' or '.join(_PREFERRED)}",
        remedy="run pgvigil as an ordinary user, or create one: useradd --system postgres",
    )
