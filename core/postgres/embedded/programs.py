"""The programs of one PostgreSQL installation."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from subprocess import CalledProcessError, check_output

from core.postgres.embedded.problem import EmbeddedServerError

# An installation's programs take their orders from arguments only: what the caller's
# environment says of a server (PGHOST, PGDATA, PGPASSWORD, …) is meant for another one.
_KEPT = ("PATH", "TZ", "LANG", "TERM")


@dataclass(frozen=True)
class Programs:
    """Where psql, pg_dump, initdb and the others are; ``lib`` when they need their own libraries.

    Debian's are ``Programs(Path("/usr/lib/postgresql/15/bin"))``.
    """

    bin: Path
    lib: Path | None = None

    def path(self, name: str) -> Path:
        """The program ``name``, as ``psql``.

        Raises:
            EmbeddedServerError: this installation has no such program.
        """
        program = self.bin / name
        if not program.is_file():
            raise EmbeddedServerError(
                f"the program {name} is not in {self.bin}",
                why="this PostgreSQL installation is incomplete",
                remedy="install the server and client programs of PostgreSQL there",
            )
        return program

    def environment(self) -> dict[str, str]:
        """The environment that the programs run in, with their libraries on the loader's path."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        if self.lib is not None:
            kept["LD_LIBRARY_PATH"] = str(self.lib)
        return kept

    @cached_property
    def version_num(self) -> int:
        """The version as the server counts it, 180001 for 18.1.

        Raises:
            EmbeddedServerError: the programs don't run here.
        """
        try:
            answer = check_output(
                [self.path("postgres"), "--version"], env=self.environment(), text=True
            )
        except (OSError, CalledProcessError) as error:
            raise EmbeddedServerError(
                "PostgreSQL's programs don't run here",
                why=str(error),
                remedy=f"try: {self.bin / 'postgres'} --version",
            ) from error
        found = re.search(r"(\d+)(?:\.(\d+))?", answer)
        if found is None:
            raise EmbeddedServerError(f"no version in {answer.strip()!r}")
        return int(found[1]) * 10_000 + int(found[2] or 0)

    @property
    def major(self) -> int:
        """The major version: 18."""
        return self.version_num // 10_000
