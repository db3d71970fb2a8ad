"""What must hold between the values of a config file, beyond each value's own type and bounds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from core.config.backup_rules import broken_backup_rules
from core.config.build import BY_REFERENCE, NEVER_WRITTEN
from core.config.dsn import holds_secret, is_dsn, parameters_of
from core.config.encryption_rules import broken_encryption_rules
from core.config.problems import KeyPath
from core.config.repository_rules import broken_repository_rules, shared_places
from core.config.restore_rules import broken_restore_rules
from core.config.server_names import RESERVED_SERVER_NAMES, is_server_name
from core.config.settings import Pace, ServerSettings, Settings, StoreSettings, Threshold
from core.config.shape import keys_of

_IN_A_DSN = ("host", "port", "dbname", "user", "service")
_TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
_REFERENCES = ("password_env", "password_file", "password_command")

_SHORTER_AND_LONGER = (
    ("collect", "reconnect_first_seconds", "reconnect_most_seconds"),
    ("store", "sample_raw_days", "sample_minute_days"),
    ("store", "sample_minute_days", "sample_hour_days"),
    ("engine", "lease_renew_seconds", "lease_seconds"),
    ("engine", "heartbeat_seconds", "heartbeat_lost_seconds"),
    ("jobs", "report_seconds", "lost_seconds"),
)


class Broken(NamedTuple):
    """Which key breaks a rule, what is wrong, what is expected, and the nearest right value.

    ``is_name``: the last step of ``path`` itself is wrong, whatever stands in the table below it.
    """

    path: KeyPath
    what: str
    expected: str = ""
    nearest: str = ""
    is_name: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What stands in the file: its keys, and of those that were refused the numbers.

    A default stands for what was refused; a rule about it would speak of what nobody wrote.
    """

    keys: Collection[KeyPath]
    refused: Collection[KeyPath] = ()
    numbers: Mapping[KeyPath, float] = field(default_factory=dict)


def broken_rules(settings: Settings, given: Given) -> Iterator[Broken]:
    """Every rule that ``settings`` breaks, beside what each value breaks by itself."""
    for name, server in settings.servers.items():
        yield from _server_name(name)
        yield from _server(("servers", name), server)
    for name, repository in settings.repositories.items():
        for breach in broken_repository_rules(name, repository):
            yield Broken(breach.path, breach.what, breach.expected, is_name=breach.is_name)
    for breach in shared_places(settings.repositories):
        yield Broken(breach.path, breach.what, breach.expected)
    for broken in broken_encryption_rules(settings.encryption, settings.keys):
        yield Broken(broken.path, broken.what, broken.expected, is_name=broken.is_name)
    if settings.schedules:
        from core.config.schedule_rules import broken_schedule_rules

        for rule in broken_schedule_rules(settings):
            yield Broken(rule.path, rule.what, rule.expected, rule.nearest)
    for path, what, expected in chain(
        broken_restore_rules(settings.restore),
        broken_backup_rules(settings.backup, settings.repositories),
    ):
        yield Broken(path, what, expected)
    yield from _thresholds(settings, given)
    yield from _paces(settings, given)
    yield from _spans(settings, given)
    yield from _store(settings)


def _server_name(name: str) -> Iterator[Broken]:
    path = ("servers", name)
    if name in RESERVED_SERVER_NAMES:
        wanted = "another name for the server"
        yield Broken(path, "is the name of a command", wanted, is_name=True)
    elif not is_server_name(name):
        wanted = (
            "letters, digits, dots, dashes and underscores, at most 63, a letter or digit first"
        )
        yield Broken(path, "can't be a server's name", wanted, is_name=True)


def _server(path: KeyPath, server: ServerSettings) -> Iterator[Broken]:
    if server.dsn:
        yield from _dsn(path, server)
    yield from _references(path, server)


def _references(path: KeyPath, settings: ServerSettings | StoreSettings) -> Iterator[Broken]:
    references = [name for name in _REFERENCES if getattr(settings, name)]
    if len(references) > 1:
        here = f"is given beside {references[0]}"
        yield Broken((*path, references[1]), here, "one way to get the password")


def _dsn(path: KeyPath, server: ServerSettings) -> Iterator[Broken]:
    at = (*path, "dsn")
    if not is_dsn(server.dsn):
        wanted = 'postgresql://user@host:port/dbname or "host=… dbname=…"'
        yield Broken(at, "is not a connection string", wanted)
        return
    if holds_secret(server.dsn):
        yield Broken(at, NEVER_WRITTEN, BY_REFERENCE)
    doubled = [name for name in _IN_A_DSN if getattr(server, name)]
    named = parameters_of(server.dsn)
    doubled += [name for name in _TLS if getattr(server, name) and name in named]
    for name in doubled:
        wanted = "a dsn or the single parameters, not both"
        yield Broken((*path, name), "is given beside dsn", wanted)


@dataclass(frozen=True, slots=True)
class _Number:
    """A value of a pair: as it was written where it was refused, else as it is in force."""

    path: KeyPath
    value: float
    is_given: bool
    is_refused: bool

    def __str__(self) -> str:
        return f"{self.value:g}" if self.is_given else f"{self.value:g} (its default)"


def _number(given: Given, path: KeyPath, in_force: float) -> _Number | None:
    """The value at ``path``; ``None`` where something else than a number was written."""
    if path in given.refused and path not in given.numbers:
        return None
    value = given.numbers.get(path, in_force)
    return _Number(path, value, path in given.keys, path in given.numbers)


def _ordered(
    given: Given, less: tuple[KeyPath, float], more: tuple[KeyPath, float], *, strictly: bool
) -> Iterator[Broken]:
    low, high = _number(given, *less), _number(given, *more)
    if low is None or high is None:
        return
    if (low.is_refused or high.is_refused) and not (low.is_given and high.is_given):
        return  # mended, it may well fit the default beside it
    if low.value < high.value or (low.value == high.value and not strictly):
        return
    names = low.path[-1], high.path[-1]
    yield Broken(
        low.path if low.is_given else high.path,
        f"{names[0]} is {low} and {names[1]} is {high}",
        f"{names[0]} {'below' if strictly else 'at most'} {names[1]}",
    )


def _thresholds(settings: Settings, given: Given) -> Iterator[Broken]:
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


def _paces(settings: Settings, given: Given) -> Iterator[Broken]:
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


def _spans(settings: Settings, given: Given) -> Iterator[Broken]:
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
        wanted = "postgresql://user@host:port/dbname"
        yield Broken(("store", "url"), "is not a PostgreSQL URL", wanted)
    elif holds_secret(store.url):
        yield Broken(("store", "url"), NEVER_WRITTEN, BY_REFERENCE)
    yield from _references(("store",), store)
