"""The PostgreSQL versions that are installed on this machine beside the embedded one."""

from __future__ import annotations

import shutil
from pathlib import Path

from core.postgres.embedded import Programs, ServerAccount

_FETCHED = Path(__file__).parents[2] / ".servers"
_PACKAGED = Path("/usr/lib/postgresql")


def installed(major: int) -> Programs | None:
    """The programs of ``major`` that .ci/install-servers fetched, or that Debian's package has.

    Those that were fetched are a server's alone: no psql, no pg_basebackup.
    """
    fetched, packaged = _FETCHED / str(major), _PACKAGED / str(major)
    if (fetched / "VERSION").exists():
        return Programs(fetched / "bin", fetched / "lib")
    return Programs(packaged / "bin") if (packaged / "bin" / "postgres").exists() else None


def within_reach(programs: Programs, account: ServerAccount, folder: Path) -> Programs:
    """The same programs; a copy below ``folder`` where ``account`` can't enter their own folder."""
    home = programs.bin.parent
    if not account.drops or all(each.stat().st_mode & 0o001 for each in (home, *home.parents)):
        return programs
    copy = folder / f"postgresql-{home.name}"
    if not copy.is_dir():
        shutil.copytree(home, copy, symlinks=True)
    return Programs(copy / "bin", copy / "lib")
