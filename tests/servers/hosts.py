"""Other hosts, as far as their name makes them: a UTS namespace for one program."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import lru_cache

from tests.servers.needed import do_without


def on_host(name: str) -> tuple[str, ...]:
    """The words before a command that make it run on a host of this ``name``, with its own pid.

    Where no program may be given a host name of its own the test is skipped, or fails where
    everything has to be there.
    """
    return (*_unshare(), "sh", "-c", 'hostname "$1" && shift && exec "$@"', "sh", name)


@lru_cache(maxsize=1)
def _unshare() -> tuple[str, ...]:
    """unshare(1); an ordinary user gets a user namespace along with it, where that is allowed."""
    for program in ("unshare", "hostname"):
        if shutil.which(program) is None:
            do_without(program, "it is in util-linux, or a package of its own")
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    command = ("unshare", *user, "--uts")
    done = subprocess.run(
        [*command, "hostname", "elsewhere"],
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )
    if done.returncode:
        do_without("a host name for one program", done.stderr.strip())
    return command
