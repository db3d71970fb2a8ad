"""A connection string as libpq reads it, and all that is wrong with one, without its secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from core.config.build import nearest_name
from core.config.dsn import SECRET_PARAMETERS, option_names, without_options
from core.config.options import OptionFault, option_faults, told

_QUOTED = re.compile(r'".*"', re.DOTALL)
_SIGNS = {'separator "="': "separator =", 'missing "="': "missing =", 'matching "]"': "matching ]"}
_OPTIONS = "one of host, port, dbname, user, sslmode, …"
_URL = "postgresql://user@host:port/database, special characters as %XX"


def parse_dsn(dsn: str) -> dict[str, str]:
    """The parameters that libpq finds in ``dsn``.

    Raises:
        ConfigError: it can't understand ``dsn``; it says all that is wrong with it.
    """
    try:
        return _read(dsn)
    except psycopg.Error:
        raise told("the connection string can't be understood", dsn_faults(dsn)) from None


def dsn_faults(dsn: str) -> tuple[OptionFault, ...]:
    """All that libpq won't take in ``dsn``: options it doesn't know, values, how it is written."""
    try:
        return tuple(option_faults(_read(dsn)))
    except psycopg.Error as error:
        unknown = tuple(_unknown_options(dsn))
        if not unknown:
            return (_not_read(error),)
    try:
        rest = _read(without_options(dsn, set(option_names(dsn)) - _known()))
    except psycopg.Error as error:
        return (*unknown, _not_read(error))
    return (*unknown, *option_faults(rest))


def _read(dsn: str) -> dict[str, str]:
    return {key: str(value) for key, value in conninfo_to_dict(dsn).items() if value}


def _known() -> frozenset[str]:
    return frozenset(option.keyword.decode() for option in pq.Conninfo.get_defaults())


def _unknown_options(dsn: str) -> Iterator[OptionFault]:
    """Options that libpq doesn't know, by name where that can't be a piece of a password.

    One that holds a bare ?, & or blank goes on as options of its own, so a name is told only where
    no secret stands before it and where it resembles one that there is.
    """
    known, names = _known(), option_names(dsn)
    meant = [name if name in known else nearest_name(name, known) for name in names]
    secret = next((n for n, name in enumerate(meant) if name in SECRET_PARAMETERS), len(names))
    last_told = -1 if "@" in dsn.partition("?")[2] else secret
    for number, (name, nearest) in enumerate(zip(names, meant, strict=True)):
        if name in known:
            continue
        called = name if nearest and number <= last_told else f"option {number + 1}"
        yield OptionFault("", f"{called} is no option of libpq", _OPTIONS, nearest)


def _not_read(error: psycopg.Error) -> OptionFault:
    # libpq quotes what it stumbled on, which may be a part of a password.
    said = str(error)
    for quoted, sign in _SIGNS.items():
        said = said.replace(quoted, sign)
    return OptionFault("", _QUOTED.sub("(not shown)", said).strip(), _URL)
