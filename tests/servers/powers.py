"""Programs that meet the limits of files and folders that ordinary users meet, also under root."""

from __future__ import annotations

import os
import subprocess
import sys

WITHOUT_POWERS = (
    ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
)
"""The words before a command that make it run without root's powers over files."""


def said_without_powers(program: str, *arguments: str) -> str:
    """What a Python ``program`` (its text) prints that has no powers over files."""
    command = [*WITHOUT_POWERS, sys.executable, "-c", program, *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
