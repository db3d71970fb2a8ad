"""A disk with little room, for tests that fill it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servers.needed import do_without, everything_is_needed


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A file system of ``size`` (as tmpfs(5) takes it: ``"512k"``) at ``place``, which it makes.

    Where none may be mounted the test is skipped, or fails where everything has to be there.
    """
    place.mkdir(mode=0o700)
    options = f"size={size},mode=700,uid={os.geteuid()},gid={os.getegid()}"
    mounted = _as_root("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place))
    if mounted.returncode:
        why = mounted.stderr.partition("\n")[0]  # more lines only say where to look for more
        do_without("a small disk", why.replace(f"{place}: ", ""))
    try:
        yield place
    finally:
        # Lazily: a program that a failed test started may still have files open there.
        _as_root("umount", "--lazy", str(place)).check_returncode()


def fill(disk: Path, *, leaving: int = 0) -> Path:
    """Use up its room but for ``leaving`` bytes; gives the file whose removal gives it back."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    os.truncate(ballast, ballast.stat().st_size - leaving)
    return ballast


def make_read_only(disk: Path) -> None:
    """Mount it again, so that nothing can be written to it any more."""
    _as_root("mount", "-o", "remount,ro", str(disk)).check_returncode()


def _as_root(*command: str) -> subprocess.CompletedProcess[str]:
    """Run it; an ordinary user's sudo is only asked for it where everything has to be there."""
    asks = os.geteuid() != 0 and everything_is_needed() and shutil.which("sudo") is not None
    sudo = ("sudo", "-n") if asks else ()
    return subprocess.run([*sudo, *command], capture_output=True, text=True, check=False)
