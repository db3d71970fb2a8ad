"""Whether what pg_dumpall wrote of roles and tablespaces is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BEGIN = b"-- PostgreSQL database cluster dump"
_END = b"-- PostgreSQL database cluster dump complete"
# A quoted identifier, a literal (with backslashes where it begins with E), or a comment.
_QUOTED = re.compile(
    rb"""--[^\n]*|"(?:[^"]|"")*"|[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'""", re.DOTALL
)
_STATEMENT = re.compile(
    rb"(?:SET|SELECT|CREATE|ALTER|DROP|GRANT|REVOKE|COMMENT|SECURITY|UPDATE)\b.*", re.DOTALL
)


def globals_problems(content: bytes) -> Iterator[str]:
    """What is not as pg_dumpall writes it: cut, a quote that does not close, no statement."""
    lines = content.rstrip().splitlines()
    if _BEGIN not in lines[:5]:
        yield "the globals don't begin as what pg_dumpall writes"
    if _END not in lines[-5:]:
        yield "the globals end before pg_dumpall's last line"
    bare = _QUOTED.sub(b" ", content)
    if b"'" in bare or b'"' in bare:
        yield "a quote in the globals does not close"
        return
    bare = re.sub(rb"^\\\w+[^\n]*", b"", bare, flags=re.MULTILINE)  # psql's \restrict, \connect
    *statements, rest = (each.strip() for each in bare.split(b";"))
    if rest:
        yield "the last statement of the globals does not end"
    for each in statements:
        if not _STATEMENT.fullmatch(each):
            start = each[:30].decode("utf-8", "replace")
            yield f"the globals hold what is no statement: {start!r}"
