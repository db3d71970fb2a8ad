"""Other hosts, as far as their name makes them: a UTS namespace for one program."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import lru_cache

from tests.servers.needed import do_without


def can_be_had() -> bool:
    """Whether this system lets us give a program a host name of its own.

    Where a program for that is missing the test is skipped, or fails where everything has to be
    there.
    """
    for program in ("unshare", "hostname"):
        if shutil.which(program) is None:
            do_without(program, "it is in util-linux, or a package of its own")
    return _unshare() is not None


def on_host(name: str) -> tuple[str, ...]:
    """The words before a command that make it run on a host of this ``name``, with its own pid."""
    unshare = _unshare()
    assert unshare is not None
    return (*unshare, "sh", "-c", 'hostname "$1" && shift && exec "$@"', "sh", name)


@lru_cache(maxsize=1)
def _unshare() -> tuple[str, ...] | None:
    """unshare(1); an ordinary user gets a user namespace along with it, where that is allowed."""
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    command = ("unshare", *user, "--uts")
    done = subprocess.run(
        [*command, "hostname", "elsewhere"], capture_output=True, check=False, timeout=10
    )
    return command if done.returncode == 0 else None
