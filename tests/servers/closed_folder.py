"""A folder that can be closed to this process, which as root enters each whatever its mode."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_NOBODY = 65534


@contextmanager
def place_that_can_be_closed() -> Iterator[Path]:
    """An empty folder in which modes count: where tests run as root this process is nobody there.

    Nothing but what is in it can be relied on meanwhile; in the end it is gone.
    """
    is_root = os.geteuid() == 0
    with TemporaryDirectory() as made:
        own = Path(made)
        if is_root:
            os.chown(own, _NOBODY, -1)
            os.seteuid(_NOBODY)
        try:
            yield own
        finally:
            if is_root:
                os.seteuid(0)
            for folder in (own, *own.glob("*/")):
                folder.chmod(0o700)
