"""The SQL of the collectors: one file a question, in the folder of the version that it is for."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

Version = tuple[int, ...]

_SERVER = "server"
_STATEMENTS = "pg_stat_statements"


def server_sql(name: str, major: int) -> bytes:
    """``name``.sql for a server of version ``major``: the newest file that is not too new."""
    return _newest(_SERVER, name, (major,))


def statements_sql(name: str, version: Version, schema: bytes) -> bytes:
    """``name``.sql for ``version`` of pg_stat_statements that lives in the (quoted) ``schema``."""
    return _newest(_STATEMENTS, name, version).replace(b"{schema}", schema)


@cache
def _newest(kind: str, name: str, version: Version) -> bytes:
    folder = files("core.collect") / "sql" / kind
    fitting = sorted(
        (found, child)
        for child in folder.iterdir()
        if (found := tuple(map(int, child.name.split(".")))) <= version
        and (child / f"{name}.sql").is_file()
    )
    if not fitting:
        raise FileNotFoundError(f"{kind}/{name}.sql for version {version}")
    text = (fitting[-1][1] / f"{name}.sql").read_text(encoding="ascii")
    return "\n".join(line for line in text.splitlines() if not line.startswith("--")).encode()
