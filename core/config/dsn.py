"""What can be said of a connection string without libpq: its parameters, and whether it is one.

The grammar is that of libpq's documentation, section "Connection Strings". What is connected to
is libpq's reading of the same words; this is for names, for checks, and for the start of the
program, before libpq is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import parse_qsl, unquote

SECRET_PARAMETERS = frozenset({"password", "sslpassword", "oauth_client_secret"})

_SCHEMES = ("postgresql://", "postgres://")
_PAIR = re.compile(r"(?:^|\s)([A-Za-z_]+)\s*=\s*('(?:\\.|[^'\\])*'|(?:\\.|[^\s'\\])*)")
_ESCAPED = re.compile(r"\\(.)")


def is_dsn(text: str) -> bool:
    """Whether ``text`` is meant as a connection string, and not as a server's name."""
    return text.startswith(_SCHEMES) or _PAIR.search(text) is not None


def parameters_of(dsn: str) -> dict[str, str]:
    """The parameters that ``dsn`` gives a value for, secrets included."""
    if not dsn.startswith(_SCHEMES):
        found = {name.lower(): _unquoted(value) for name, value in _PAIR.findall(dsn)}
        return {name: value for name, value in found.items() if value}
    place, query = _place_and_query(dsn)
    rest = place.partition("://")[2]
    # The last @ ends the user's part even where a password wrongly holds a bare slash: no piece
    # of it may pass for a host.
    userinfo, _, rest = rest.rpartition("@")
    user, _, password = userinfo.partition(":")
    places, _, database = rest.partition("/")
    hosts, ports = zip(*(_place(place) for place in places.split(",")), strict=True)
    found = {
        "user": unquote(user),
        "password": unquote(password),
        "host": ",".join(hosts).strip(","),
        "port": ",".join(ports).strip(","),
        "dbname": unquote(database),
    }
    asked = {name.lower(): value for name, value in parse_qsl(query)}
    return {name: value for name, value in (found | asked).items() if value}


def option_names(dsn: str) -> tuple[str, ...]:
    """The options that ``dsn`` names, as they are written, in its order; of a URI the query's."""
    if not dsn.startswith(_SCHEMES):
        return tuple(name for name, _ in _PAIR.findall(dsn))
    _, query = _place_and_query(dsn)
    return tuple(unquote(pair.partition("=")[0]) for pair in query.split("&") if "=" in pair)


def without_options(dsn: str, names: Collection[str]) -> str:
    """``dsn`` less the options of these ``names``, whatever they are set to."""
    if not dsn.startswith(_SCHEMES):
        return _PAIR.sub(lambda pair: " " if pair[1] in names else pair[0], dsn)
    place, query = _place_and_query(dsn)
    kept = [pair for pair in query.split("&") if unquote(pair.partition("=")[0]) not in names]
    return f"{place}?{'&'.join(kept)}" if any(kept) else place


def holds_secret(dsn: str) -> bool:
    """Whether ``dsn`` has a password written in it."""
    return not SECRET_PARAMETERS.isdisjoint(parameters_of(dsn))


def _place_and_query(uri: str) -> tuple[str, str]:
    """A URI up to its ?, and what follows that."""
    # As libpq does: an @ before the first slash ends the user's part, which may hold a ?.
    start = uri.index("://") + len("://")
    start += uri[start:].partition("/")[0].find("@") + 1
    rest, _, query = uri[start:].partition("?")
    return uri[:start] + rest, query


def _place(place: str) -> tuple[str, str]:
    """Host and port of one of a URI's places; an IPv6 address stands in brackets."""
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        return host, port.removeprefix(":")
    host, _, port = place.partition(":")
    return unquote(host), port if port.isdecimal() else ""


def _unquoted(value: str) -> str:
    inner = value[1:-1] if value.startswith("'") else value
    return _ESCAPED.sub(r"\1", inner)
