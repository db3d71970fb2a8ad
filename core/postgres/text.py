"""Text as a server sends it: in any encoding, valid or not, it becomes a ``str``."""

from __future__ import annotations

import codecs
from typing import Any

from psycopg import AsyncConnection
from psycopg.abc import Buffer
from psycopg.adapt import Loader

_TEXT_TYPES = ("text", "name", "varchar", "bpchar", '"char"')


def register_lenient_text(connection: AsyncConnection[Any]) -> None:
    """Have ``connection`` decode all text leniently.

    UTF-8 is tried first whatever the server's encoding is: a cluster's databases may differ in
    theirs, and ``pg_stat_activity`` shows all of them; text in another encoding is hardly ever
    valid UTF-8 by chance. Then the server's own, with U+FFFD for what is invalid in it.
    """
    fallback = python_codec(connection.info.parameter_status("server_encoding") or "UTF8")

    class LenientTextLoader(Loader):
        def load(self, data: Buffer) -> str:
            raw = bytes(data)
            try:
                return raw.decode()
            except UnicodeDecodeError:
                return raw.decode(fallback, "replace")

    for name in _TEXT_TYPES:
        connection.adapters.register_loader(name, LenientTextLoader)


def quoted_identifier(name: str) -> str:
    """A name as an identifier in SQL that can be read, copied and run, whatever is in it."""
    return visible_identifier('"' + name.replace('"', '""') + '"')


def visible_identifier(quoted: str) -> str:
    r"""An identifier as ``quote_ident`` gave it, in SQL that can be read, copied and run.

    One with a character that does not show, as a newline, is written ``U&"…\000a…"``: see "Unicode
    escapes" in PostgreSQL's documentation of identifiers.
    """
    if quoted.isprintable():
        return quoted
    name = quoted.removeprefix('"').removesuffix('"').replace("\\", "\\\\")
    return 'U&"' + "".join(map(_escaped, name)) + '"'


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\{code:04x}" if code <= 0xFFFF else f"\\+{code:06x}"


def python_codec(server_encoding: str) -> str:
    """Python's codec for a server encoding; UTF-8 for those that Python lacks or that mean none."""
    name = server_encoding.upper()
    if name.startswith("WIN"):
        name = "CP" + name.removeprefix("WIN")
    try:
        return codecs.lookup(name).name if name != "SQL_ASCII" else "utf-8"
    except LookupError:
        return "utf-8"
