"""libpq's options beside the place: which of them make a connection another one, and their values.

Names, variables and values are those of libpq's documentation, "Parameter Key Words" and
"Environment Variables". libpq itself looks at most values only when it connects; a person should
hear of a mistake before that, and before a store is asked for what another connection found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from core.config.dsn import SECRET_PARAMETERS
from core.errors import ConfigError

_PLACE = frozenset({"user", "host", "port", "dbname", "service"})
_SAME_CONNECTION = SECRET_PARAMETERS | {
    "application_name",
    "connect_timeout",
    "fallback_application_name",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "passfile",
    "tcp_user_timeout",
}

_VARIABLES = {
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "hostaddr": "PGHOSTADDR",
    "load_balance_hosts": "PGLOADBALANCEHOSTS",
    "options": "PGOPTIONS",
    "require_auth": "PGREQUIREAUTH",
    "requirepeer": "PGREQUIREPEER",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "sslcert": "PGSSLCERT",
    "sslcertmode": "PGSSLCERTMODE",
    "sslcrl": "PGSSLCRL",
    "sslcrldir": "PGSSLCRLDIR",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslrootcert": "PGSSLROOTCERT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}

_TLS_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_CHOICES: dict[str, tuple[str, ...]] = {
    "channel_binding": ("disable", "prefer", "require"),
    "gssencmode": ("disable", "prefer", "require"),
    "load_balance_hosts": ("disable", "random"),
    "ssl_max_protocol_version": _TLS_VERSIONS,
    "ssl_min_protocol_version": _TLS_VERSIONS,
    "sslcertmode": ("disable", "allow", "require"),
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "target_session_attrs": (
        "any",
        "read-write",
        "read-only",
        "primary",
        "standby",
        "prefer-standby",
    ),
}
_ANY_CASE = frozenset({"ssl_max_protocol_version", "ssl_min_protocol_version"})
_AUTHENTICATIONS = ("password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none")
_WHOLE_NUMBERS = (
    "connect_timeout",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "tcp_user_timeout",
)
_WHOLE_NUMBER = re.compile(r"\s*[+-]?[0-9]+\s*")
_HIGHEST_PORT = 65535
_NOT_IN_AN_ID = "/:,=@ ~"


def with_variables(given: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """``given``, and the options that libpq takes from ``variables`` where it has none."""
    found = {option: variables[name] for option, name in _VARIABLES.items() if variables.get(name)}
    return found | dict(given)


def identity(parameters: Mapping[str, str]) -> str:
    """The options that secure or lead the connection, as ``name=value&…``; never a secret.

    Whoever gives another password means the same connection; whoever demands TLS does not mean
    one that was made without. A service is named by itself: the rest of the place is said here.
    """
    by_service = "service" in parameters and "host" not in parameters
    named = _PLACE - {"user", "port", "dbname"} if by_service else _PLACE
    said = sorted(parameters.keys() - named - _SAME_CONNECTION)
    return "&".join(f"{name}={quote(parameters[name], safe=_NOT_IN_AN_ID)}" for name in said)


class OptionFault(NamedTuple):
    """An option that libpq won't take: why not, what it takes, and the nearest of that.

    ``option`` is empty where the fault is in no single one.
    """

    option: str
    why: str
    wanted: str
    nearest: str = ""


def check_options(parameters: Mapping[str, str]) -> None:
    """See that every option has a value that libpq will take.

    Raises:
        ConfigError: some have not; it names each of them and the values that there are.
    """
    if faults := tuple(option_faults(parameters)):
        raise told("the connection can't be made as it is described", faults)


def told(what: str, faults: Sequence[OptionFault]) -> ConfigError:
    """The error that says ``what``, and of each fault why and what to write instead."""
    return ConfigError(
        what,
        why="; ".join(fault.why for fault in faults),
        remedy="; ".join(map(_mended, faults)),
    )


def _mended(fault: OptionFault) -> str:
    near = f"did you mean {fault.nearest}? Else " if fault.nearest else ""
    return (
        f"{fault.option}: {near}{fault.wanted}" if fault.option else f"{near}write {fault.wanted}"
    )


def option_faults(parameters: Mapping[str, str]) -> Iterator[OptionFault]:
    """Every option whose value libpq will not take."""
    for name, choices in _CHOICES.items():
        value = parameters.get(name, "")
        same = str.lower if name in _ANY_CASE else str
        if value and same(value) not in map(same, choices):
            from core.config.build import nearest_name  # dear, and needed for a mistake alone

            near = nearest_name(value, choices)
            wanted = "one of " + ", ".join(choices)
            yield OptionFault(name, f"{name} can't be {value}", wanted, near)
    for method in filter(None, parameters.get("require_auth", "").split(",")):
        if method.strip().removeprefix("!") not in _AUTHENTICATIONS:
            wanted = "some of " + ", ".join(_AUTHENTICATIONS)
            yield OptionFault("require_auth", f"require_auth can't hold {method}", wanted)
    for name in _WHOLE_NUMBERS:
        if (value := parameters.get(name, "")) and not _WHOLE_NUMBER.fullmatch(value):
            yield OptionFault(name, f"{name} is not a whole number", "a whole number")
    ports = filter(None, parameters.get("port", "").split(","))
    if not all(port.isdecimal() and 0 < int(port) <= _HIGHEST_PORT for port in ports):
        # What stands there may be a piece of a password that holds a bare slash or colon.
        yield OptionFault(
            "port",
            f"port is not a number from 1 to {_HIGHEST_PORT}",
            "a number; special characters in a password are written as %XX",
        )
