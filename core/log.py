"""What a process without a screen says: JSON lines on standard error, in a small file."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from core.errors import PgvigilError

_STANDARD_ERROR = 2


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON; ``extra={"problem": error}`` adds why and remedy."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "pid": record.process,
            "message": record.getMessage(),
        }
        problem = getattr(record, "problem", None)
        if isinstance(problem, PgvigilError):
            line |= {"what": problem.what, "why": problem.why, "remedy": problem.remedy}
        elif problem is not None:
            line["what"] = str(problem)
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_as_json() -> None:
    """Send every message of this process from INFO upwards to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)


def open_log(path: Path) -> int:
    """A descriptor that appends to a log, which is made for its owner alone where it is missing.

    Raises:
        OSError: it can't be written, or its folder is missing.
    """
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


class LogFile:
    """The file behind standard error; several watchers may write to it and any may turn it over."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        self._path = path
        self._most_bytes = most_bytes

    def tend(self) -> None:
        """Turn the file over when it is too large, and follow when another process did.

        The file before is kept as ``….1``. A full disk or a lost folder is no reason to end.
        """
        try:
            ours = os.fstat(_STANDARD_ERROR)
            there = self._path.stat() if self._path.exists() else None
            if there is not None and there.st_ino == ours.st_ino:
                if there.st_size < self._most_bytes:
                    return
                self._path.rename(self._path.with_name(f"{self._path.name}.1"))
            fresh = open_log(self._path)
            os.dup2(fresh, _STANDARD_ERROR)
            os.close(fresh)
        except OSError as error:
            logging.getLogger(__name__).warning("the log could not be turned over: %s", error)
