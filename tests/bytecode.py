"""Compiled modules are kept for the many processes that tests start, whatever the environment says.

Where PYTHONDONTWRITEBYTECODE is set (it is in many containers) each of them would compile all that
it imports: most of its start, hundreds of times. Nothing is written beside the sources even so.
"""

from __future__ import annotations

import os
import sys

import pytest


def keep_bytecode(config: pytest.Config) -> None:
    """Have this process and those that it starts keep bytecode in pytest's cache folder."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None) is None or config.cache is None:
        return
    folder = str(config.cache.mkdir("bytecode"))
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = folder
    sys.dont_write_bytecode = False
