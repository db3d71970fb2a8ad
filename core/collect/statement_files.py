"""The SQL of the collectors: one file a question, in the folder of the major version it is for."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_FOLDERS = (13, 14)


@cache
def statement(name: str, major: int) -> bytes:
    """The text of ``name``.sql for a server of version ``major``: the newest that is not too new.

    Raises:
        FileNotFoundError: no version has the file.
    """
    root = files("core.collect") / "sql"
    for folder in sorted(_FOLDERS, reverse=True):
        file = root / str(folder) / f"{name}.sql"
        if folder <= max(major, _FOLDERS[0]) and file.is_file():
            return _without_comments(file.read_text(encoding="utf-8")).encode("ascii")
    raise FileNotFoundError(f"{name}.sql for PostgreSQL {major}")


def _without_comments(sql: str) -> str:
    return "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
