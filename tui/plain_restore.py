"""How a backup that was written out is restored by PostgreSQL's own programs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from core.model.backup import Manifest

_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}
_PROVIDERS_SINCE = 150_000
_OF_THE_DATABASE = """\
What belongs to the database itself is not brought back by these: its owner, ALTER DATABASE ... SET,
grants on it, its comment. The archive has it; this shows it, and followed by | psql -X -d postgres
does it (that the database exists already is told then, and no harm):"""


def restore_lines(manifest: Manifest, archive: Path) -> Iterator[str]:
    """The commands that come next."""
    database = _shell_word(manifest.database)
    target = _shell_word(_conninfo(manifest.database))
    jobs = "" if archive.is_file() else " -j 4"
    written = shlex.quote(str(archive))
    yield "Next:"
    if (archive.parent / "globals.sql").exists():
        globals_ = shlex.quote(str(archive.parent / "globals.sql"))
        yield f"  psql -X -d postgres -f {globals_}    (roles may be there already)"
    yield f"  {' '.join(['createdb -T template0', *_made_like(manifest), database])}"
    yield f"  pg_restore --exit-on-error{jobs} -d {target} {written}"
    yield from _OF_THE_DATABASE.splitlines()
    yield f"  pg_restore --create -n '' -f - {written}"


def _made_like(manifest: Manifest) -> Iterator[str]:
    """The options of createdb for the encoding and the locale that the database had."""
    was = manifest.fingerprint
    collate, ctype, own = [*was.collation.split(" "), "", ""][:3]
    has_providers = manifest.program_version >= _PROVIDERS_SINCE
    provider = _PROVIDERS.get(was.locale_provider, "") if has_providers else ""
    options = (
        ("-E ", was.encoding),
        ("--lc-collate=", collate if ctype else ""),
        ("--lc-ctype=", ctype),
        ("--locale-provider=", provider),
        (f"--{provider}-locale=", own if provider in {"icu", "builtin"} else ""),
    )
    for option, value in options:
        if value:
            yield option + _shell_word(value)


def _shell_word(text: str) -> str:
    """A word for bash; what does not show is escaped, so that it can be read, copied and run."""
    if text.isprintable():
        return shlex.quote(text)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + "".join(map(_shown, escaped)) + "'"


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def _conninfo(database: str) -> str:
    """What pg_restore takes for the database; a name with "=" in it would be taken apart."""
    if "=" not in database and "://" not in database:
        return database
    escaped = database.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{escaped}'"
