"""What can be said of a connection string without libpq: its form, and whether it holds a secret.

The grammar is that of libpq's documentation, section "Connection Strings".
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

_SCHEME = re.compile(r"^postgres(?:ql)?://")
_PAIR = re.compile(r"(?:^|\s)([A-Za-z_]+)\s*=\s*('(?:\\.|[^'\\])*'|(?:\\.|[^\s'\\])*)")
_SECRETS = frozenset({"password", "sslpassword"})


def is_dsn(text: str) -> bool:
    """Whether ``text`` is meant as a connection string, and not as a server's name."""
    return bool(_SCHEME.match(text)) or bool(_PAIR.search(text))


def parameters_named(dsn: str) -> frozenset[str]:
    """The connection parameters that ``dsn`` gives a value for."""
    if not _SCHEME.match(dsn):
        return frozenset(name.lower() for name, _ in _PAIR.findall(dsn))
    rest, _, query = _SCHEME.sub("", dsn).partition("?")
    authority, _, dbname = rest.partition("/")
    userinfo, at, hosts = authority.rpartition("@")
    user, colon, password = userinfo.partition(":")
    named = {name.lower() for name, _ in parse_qsl(query, keep_blank_values=True)}
    given = {
        "user": at and user,
        "password": colon and password,
        "host": re.sub(r":\d*", "", hosts) if not hosts.startswith("[") else hosts,
        "port": re.search(r":\d+(?:,|$)", hosts),
        "dbname": dbname,
    }
    return frozenset(named | {name for name, value in given.items() if value})


def holds_secret(dsn: str) -> bool:
    """Whether ``dsn`` has a password written in it."""
    return not _SECRETS.isdisjoint(parameters_named(dsn))
