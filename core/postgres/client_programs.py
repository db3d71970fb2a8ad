"""PostgreSQL's client programs on this machine, and those of them that fit a server.

A pg_dump older than its server refuses to work. A newer one works, but its archives want a
pg_restore as new as itself, and tell an older server of settings that it does not have. So the
server's own major version comes first, and then the next newer one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import PreflightError
from core.postgres.embedded import unpack

PROGRAMS = ("pg_dump", "pg_dumpall", "pg_restore", "psql")

_PACKAGED = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/opt/homebrew/opt/libpq/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/usr/local/opt/libpq/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/home/linuxbrew/.linuxbrew/opt/libpq/bin",
)
# Where a server is and who connects is said by arguments: the caller's PG* variables may mean
# another server. Messages are in English, because they are understood here.
_KEPT = (
    "PATH", "HOME", "TZ", "TERM", "TMPDIR", "KRB5CCNAME", "KRB5_CONFIG", "LD_LIBRARY_PATH",
    "PGVIGIL_JOB_ID",  # what a dead job left is found by it
)  # fmt: skip
_VERSION_SECONDS = 20


@dataclass(frozen=True, slots=True)
class ClientPrograms:
    """The client programs in ``bin``; ``lib`` where they need their own libraries.

    ``version_num`` is that of pg_dump as a server counts it: 180001 for 18.1. ``origin`` says where
    they were found.
    """

    bin: Path
    version_num: int
    origin: str
    lib: Path | None = None

    @property
    def major(self) -> int:
        """The major version: 18."""
        return self.version_num // 10_000

    @property
    def has_zstd(self) -> bool:
        """Whether pg_dump is of a version that can compress with zstd."""
        return self.major >= 16

    @property
    def has_filter_file(self) -> bool:
        """Whether pg_dump takes what to leave out from a file."""
        return self.major >= 17

    def __str__(self) -> str:
        version = f"{self.major}.{self.version_num % 10_000}"
        return f"PostgreSQL {version}'s programs in {self.bin} ({self.origin})"

    def path(self, name: str) -> Path:
        """The program ``name``, as ``pg_dump``.

        Raises:
            PreflightError: it is not there.
        """
        program = self.bin / name
        if not os.access(program, os.X_OK):
            raise PreflightError(
                f"The program {name} is not in {self.bin}",
                why="PostgreSQL's client programs are installed there, but not all of them",
                remedy=_remedy(self.major),
            )
        return program

    def environment(self) -> dict[str, str]:
        """The environment for the programs, without anything that says of a server."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        if self.lib is not None:
            kept["LD_LIBRARY_PATH"] = str(self.lib)
        return kept | {"LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that may hold the client programs, and how it is called in messages."""

    bin: Path
    origin: str
    lib: Path | None = None


def find_client_programs(
    server_version: int,
    *,
    configured: str = "",
    places: Iterable[Place] | None = None,
    embedded: Callable[[], Place] | None = None,
) -> ClientPrograms:
    """The programs for a server of ``server_version``, as 150004.

    Those in the ``configured`` folder where one is named; else among PATH and the folders of
    Debian, PGDG and Homebrew (``places``) the newest of the server's major version, then of the
    next newer one; the ``embedded`` ones are unpacked only when no others are of that version.

    Raises:
        PreflightError: all are older than the server, don't run, or there are none.
    """
    if configured:
        return _configured(Path(configured).expanduser(), server_version)
    found = list(examine(usual_places() if places is None else places))
    major = server_version // 10_000
    if embedded is not None and not any(each.major == major for each in found):
        found += examine([embedded()])
    fitting = [each for each in found if each.major >= major]
    if not fitting:
        raise _none_fits(found, major)
    # The first of equals: what PATH has comes before what is only installed.
    return min(fitting, key=lambda each: (each.major, -each.version_num))


def usual_places() -> Iterator[Place]:
    """PATH's folder with pg_dump, and where packages install it."""
    on_path = shutil.which("pg_dump")
    if on_path:
        # Debian's /usr/bin/pg_dump is a wrapper that picks a version by the cluster.
        wrapper = Path(on_path).resolve().name == "pg_wrapper"
        if not wrapper:
            yield Place(Path(on_path).parent, "on PATH")
    for pattern in _PACKAGED:
        for folder in sorted(Path("/").glob(pattern.lstrip("/"))):
            yield Place(folder, "installed by a package")


def embedded_place(folder: Path) -> Place:
    """The programs of PostgreSQL 18 that pgvigil carries, unpacked into ``folder``.

    Raises:
        EmbeddedServerError: they don't run on this platform, or the disk is full.
    """
    programs = unpack(folder)
    return Place(programs.bin, "carried by pgvigil", programs.lib)


def examine(places: Iterable[Place]) -> Iterator[ClientPrograms]:
    """Those of ``places`` that have a pg_dump that runs, each with its version."""
    for place in places:
        version = _version_of(place)
        if version is not None:
            yield ClientPrograms(place.bin, version, place.origin, place.lib)


def _version_of(place: Place) -> int | None:
    environment = {"LC_ALL": "C", "PATH": os.environ.get("PATH", "")}
    if place.lib is not None:
        environment["LD_LIBRARY_PATH"] = str(place.lib)
    try:
        done = subprocess.run(
            [place.bin / "pg_dump", "--version"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_VERSION_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else version_in(done.stdout)


def version_in(answer: str) -> int | None:
    """The version in what a program answers to ``--version``, as a server counts it.

    >>> version_in("pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)")
    150014
    """
    found = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", answer)
    return None if found is None else int(found[1]) * 10_000 + int(found[2] or 0)


def _configured(folder: Path, server_version: int) -> ClientPrograms:
    major = server_version // 10_000
    found = next(examine([Place(folder, "named in the config")]), None)
    if found is None:
        raise PreflightError(
            f"There is no pg_dump that runs in {folder}",
            why="[dump] client_programs names this folder",
            remedy="name the folder that holds pg_dump, or leave client_programs empty",
        )
    if found.major < major:
        raise _none_fits([found], major)
    return found


def _none_fits(found: list[ClientPrograms], major: int) -> PreflightError:
    seen = ", ".join(str(each) for each in found)
    return PreflightError(
        f"There is no pg_dump for PostgreSQL {major} on this machine",
        why=f"a pg_dump older than its server refuses to dump it; found: {seen}"
        if found
        else "no pg_dump was found on PATH, nor where packages install it",
        remedy=_remedy(major),
    )


def _remedy(major: int) -> str:
    return (
        f"install PostgreSQL {major}'s client programs (Debian, Ubuntu: postgresql-client-{major};"
        f" Red Hat: postgresql{major}; Homebrew: postgresql@{major}), or name their folder:"
        " [dump] client_programs"
    )
