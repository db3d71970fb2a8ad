"""What must hold between the values of a config file, beyond each value's own type and bounds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from core.config.build import BY_REFERENCE
from core.config.dsn import holds_secret, is_dsn, parameters_of
from core.config.problems import KeyPath
from core.config.settings import Pace, ServerSettings, Settings, StoreSettings, Threshold
from core.config.shape import keys_of

RESERVED_SERVER_NAMES = frozenset(
    {
        "alerts", "audit", "backup", "config", "demo", "doctor", "drill", "help", "init", "jobs",
        "key", "restore", "schedule", "security", "serve", "status", "verify",
    }
)  # fmt: skip
"""A server can't have a command's name: ``pgvigil NAME`` would run the command."""

_SERVER_NAME = re.compile(r"[^\W_][\w.-]{0,62}")
_IN_A_DSN = ("host", "port", "dbname", "user", "service")
_TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
_REFERENCES = ("password_env", "password_file", "password_command")

_SHORTER_AND_LONGER = (
    ("collect", "reconnect_first_seconds", "reconnect_most_seconds"),
    ("store", "sample_raw_days", "sample_minute_days"),
    ("store", "sample_minute_days", "sample_hour_days"),
    ("engine", "lease_renew_seconds", "lease_seconds"),
    ("engine", "heartbeat_seconds", "heartbeat_lost_seconds"),
)

Broken = tuple[KeyPath, str, str]
"""Which key, what is wrong, what is expected."""


def broken_rules(settings: Settings, given: Collection[KeyPath]) -> Iterator[Broken]:
    """Every rule that ``settings`` breaks; ``given`` are the keys that stand in the file."""
    for name, server in settings.servers.items():
        yield from _server_name(name)
        yield from _server(("servers", name), server)
    yield from _thresholds(settings, given)
    yield from _paces(settings, given)
    yield from _spans(settings, given)
    yield from _store(settings)


def _server_name(name: str) -> Iterator[Broken]:
    path = ("servers", name)
    if name in RESERVED_SERVER_NAMES:
        yield path, "is the name of a command", "another name for the server"
    elif not _SERVER_NAME.fullmatch(name):
        wanted = (
            "letters, digits, dots, dashes and underscores, at most 63, a letter or digit first"
        )
        yield path, "can't be a server's name", wanted


def _server(path: KeyPath, server: ServerSettings) -> Iterator[Broken]:
    if server.dsn:
        yield from _dsn(path, server)
    yield from _references(path, server)


def _references(path: KeyPath, settings: ServerSettings | StoreSettings) -> Iterator[Broken]:
    references = [name for name in _REFERENCES if getattr(settings, name)]
    if len(references) > 1:
        here = f"is given beside {references[0]}"
        yield (*path, references[1]), here, "one way to get the password"


def _dsn(path: KeyPath, server: ServerSettings) -> Iterator[Broken]:
    at = (*path, "dsn")
    if not is_dsn(server.dsn):
        wanted = 'postgresql://user@host:port/dbname or "host=… dbname=…"'
        yield at, "is not a connection string", wanted
        return
    if holds_secret(server.dsn):
        yield at, "a password is never written into the config", BY_REFERENCE
    doubled = [name for name in _IN_A_DSN if getattr(server, name)]
    named = parameters_of(server.dsn)
    doubled += [name for name in _TLS if getattr(server, name) and name in named]
    for name in doubled:
        yield (*path, name), "is given beside dsn", "a dsn or the single parameters, not both"


def _pick(given: Collection[KeyPath], *paths: KeyPath) -> KeyPath:
    """The first of ``paths`` that stands in the file."""
    return next((path for path in paths if path in given), paths[0])


def _written(given: Collection[KeyPath], path: KeyPath, value: float) -> str:
    return f"{value:g}" if path in given else f"{value:g} (its default)"


def _ordered(
    given: Collection[KeyPath],
    less: tuple[KeyPath, float],
    more: tuple[KeyPath, float],
    *,
    strictly: bool,
) -> Iterator[Broken]:
    if less[1] < more[1] or (less[1] == more[1] and not strictly):
        return
    low, high = less[0][-1], more[0][-1]
    what = f"{low} is {_written(given, *less)} and {high} is {_written(given, *more)}"
    yield _pick(given, less[0], more[0]), what, f"{low} {'below' if strictly else 'at most'} {high}"


def _thresholds(settings: Settings, given: Collection[KeyPath]) -> Iterator[Broken]:
    for name in keys_of(type(settings.thresholds)):
        threshold = getattr(settings.thresholds, name)
        if isinstance(threshold, Threshold):
            path = ("thresholds", name)
            yield from _ordered(
                given,
                ((*path, "warning"), threshold.warning),
                ((*path, "critical"), threshold.critical),
                strictly=True,
            )


def _paces(settings: Settings, given: Collection[KeyPath]) -> Iterator[Broken]:
    for name in keys_of(type(settings.collect)):
        pace = getattr(settings.collect, name)
        if isinstance(pace, Pace):
            path = ("collect", name)
            yield from _ordered(
                given,
                ((*path, "attended"), pace.attended),
                ((*path, "unattended"), pace.unattended),
                strictly=False,
            )


def _spans(settings: Settings, given: Collection[KeyPath]) -> Iterator[Broken]:
    """Pairs of times where the first can't be longer than the second."""
    for table, shorter, longer in _SHORTER_AND_LONGER:
        section = getattr(settings, table)
        yield from _ordered(
            given,
            ((table, shorter), getattr(section, shorter)),
            ((table, longer), getattr(section, longer)),
            strictly=False,
        )


def _store(settings: Settings) -> Iterator[Broken]:
    store = settings.store
    if store.url and not store.url.startswith(("postgresql://", "postgres://")):
        yield ("store", "url"), "is not a PostgreSQL URL", "postgresql://user@host:port/dbname"
    elif holds_secret(store.url):
        yield ("store", "url"), "a password is never written into the config", BY_REFERENCE
    yield from _references(("store",), store)
