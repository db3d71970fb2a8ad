"""A report of an error that nobody foresaw: enough to mend it, and no secret."""

from __future__ import annotations

import os
import platform
import re
import traceback
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from core.api.folders import state_folder

_SECRETS = (
    re.compile(r"(?<=://)([^\s/:@]*):([^\s@]*)@"),
    re.compile(r"(?i)\b(\w*password\w*\s*[=:]\s*)('[^']*'|\"[^\"]*\"|[^\s,)}]+)"),
)


def without_secrets(text: str) -> str:
    """``text`` with the passwords of URLs and of ``password=…`` crossed out."""
    url, pair = _SECRETS
    return pair.sub(r"\1***", url.sub(r"\1:***@", text))


def write_report(error: Exception, state: Path | None = None) -> Path:
    """Write the traceback of ``error`` into the state folder, readable by its owner only.

    ``state`` is the folder that was named in the place of the usual one.

    Raises:
        OSError: the folder can't be written.
    """
    moment = datetime.now(UTC)
    folder = (state or state_folder()) / "reports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{moment:%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    text = "\n".join(
        [
            f"pgvigil {version('pgvigil')}, Python {platform.python_version()}",
            f"{platform.platform()}, TERM={os.environ.get('TERM', '')}",
            f"{moment:%Y-%m-%d %H:%M:%S} UTC",
            "",
            "".join(traceback.format_exception(error)),
        ]
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(without_secrets(text))
    return path
