"""Whether the server knows the collations that columns, indexes and expressions ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from core.backup.dump.table_of_contents import TocEntry
from core.model.restore import Check, CheckState
from core.restore.preflight.locales import knows_locale
from core.restore.preflight.planned import Planned

_NAME = "collations"
_TOLD = 5
_COLLATION = b"COLLATION"
_ROUTINES = frozenset({b"FUNCTION", b"PROCEDURE"})
"""Their bodies may be in any language: what they name is not looked for."""
_ALWAYS = frozenset({"default", "C", "POSIX"})
_WORD = r'(?:"(?:[^"]|"")*"|[^\W\d][\w$]*)'
# Quoted text is passed over as a whole, so that no COLLATE within it counts. A range type names its
# collation as an option.
_MENTIONED = re.compile(
    rf"""'(?:[^']|'')*'
       | \b(?:COLLATE|collation\s*=)\s+(?:(?P<schema>{_WORD})\.)?(?P<name>{_WORD})
       | "(?:[^"]|"")*"
    """,
    re.VERBOSE,
)
_MARKS = re.compile(rb"COLLATE|collation")
_PROVIDER = re.compile(r"\bprovider\s*=\s*(\w+)")
_LOCALE = re.compile(r"\b(?:locale|lc_collate|lc_ctype)\s*=\s*'((?:[^']|'')*)'")


def collation_checks(planned: Planned) -> Iterator[Check]:
    """The server's own collations by name, and those that the archive makes by their locale."""
    if missing := sorted(_not_there(planned)):
        yield Check(
            _NAME,
            CheckState.STOP,
            f"the server does not have the collation {_listed(missing)}",
            "install its locale on the server's host (Debian: locale-gen), and have a superuser"
            " call pg_import_system_collations('pg_catalog') in template0, from which a database is"
            " made; or restore on another server, or choose tables that do without",
        )
    elif unknown := sorted(_not_makeable(planned)):
        yield Check(
            _NAME,
            CheckState.STOP,
            f"the server can't make the collation {_listed(unknown)}",
            "install the locale on the server's host (Debian: locale-gen), or restore on a server"
            " that has it; or choose tables that do without",
        )
    elif later := sorted(_perhaps(planned)):
        yield Check(
            _NAME,
            CheckState.UNKNOWN,
            f"the collation {_listed(later)} came to the server after it was set up; whether it is"
            " in template0, from which the new database is made, can't be seen",
            "if the restore stops at it: have a superuser call"
            " pg_import_system_collations('pg_catalog') in template0",
        )
    else:
        yield Check(_NAME, CheckState.OK, "the server knows all that are asked for")


def named_collations(entries: Iterable[TocEntry], codec: str) -> frozenset[str]:
    """The collations of PostgreSQL's own schema that definitions in an archive name.

    pg_dump and the server write those of other schemas with their schema.
    """
    found = set()
    for each in entries:
        definition = each.definition or b""
        if each.description in _ROUTINES or not _MARKS.search(definition):
            continue
        for mention in _MENTIONED.finditer(definition.decode(codec, "replace")):
            if mention["name"] and mention["schema"] in {None, "pg_catalog"}:
                found.add(_unquoted(mention["name"]))
    return frozenset(found)


def _not_there(planned: Planned) -> Iterator[str]:
    encoding = planned.manifest.fingerprint.encoding
    there = {name for name, of in planned.target.collation_names if of in {"", encoding}} | _ALWAYS
    yield from named_collations(planned.entries, planned.codec) - there


def _perhaps(planned: Planned) -> frozenset[str]:
    """Those that the database that was looked at has, and a new one may lack."""
    if not planned.makes_database:
        return frozenset()
    return named_collations(planned.entries, planned.codec) & planned.target.later_collations


def _not_makeable(planned: Planned) -> Iterator[str]:
    """The archive's own collations whose locale, or provider, the server does not know."""
    for each in planned.entries:
        if each.description != _COLLATION:
            continue
        definition = planned.text(each.definition)
        provider = _PROVIDER.search(definition)
        locales = sorted({found.replace("''", "'") for found in _LOCALE.findall(definition)})
        told = f"{planned.text(each.namespace)}.{planned.text(each.tag)}"
        if provider and provider[1] == "icu":
            if not planned.target.has_icu:
                yield f"{told} (it sorts by ICU, which this server was built without)"
        elif provider and provider[1] == "libc":
            lacking = [name for name in locales if not knows_locale(planned.target, name)]
            if lacking:
                yield f"{told} (its operating system does not know the locale {lacking[0]})"


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _listed(names: list[str]) -> str:
    told, rest = ", ".join(names[:_TOLD]), len(names) - _TOLD
    return f"{told} and {rest} more" if rest > 0 else told
