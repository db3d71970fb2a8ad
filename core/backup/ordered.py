"""What an order for a backup asks for, read and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from core.config.backup_settings import EVERY_DATABASE
from core.config.settings import ServerSettings, Settings
from core.errors import ConfigError
from core.model.backup import BackupKind, Selection
from core.model.job import JobOrder


@dataclass(frozen=True, slots=True)
class Asked:
    """An order's arguments; ``databases`` are empty where the one that is connected to is meant.

    ``copies`` are the repositories that it goes to, ``named_copies`` those that the order named
    itself: empty where it goes to those of the config.
    """

    kind: BackupKind
    databases: tuple[str, ...]
    selection: Selection
    keep: str
    copies: tuple[str, ...]
    named_copies: tuple[str, ...] = ()


def asked_for(order: JobOrder, settings: Settings) -> Asked:
    """What the order asks for, with the config's word where it says nothing.

    Raises:
        ConfigError: it can't be understood, or neither says enough.
    """
    arguments = order.arguments
    backup = settings.backup
    named = _listed(arguments, "copies")
    copies = named or backup.copies
    if not copies:
        there = ", ".join(sorted(settings.repositories))
        raise ConfigError(
            "Nobody has said where backups go",
            why="[backup] copies names no repository",
            remedy=f'[backup] copies = ["{there.split(", ")[0]}"]; there is {there}'
            if there
            else "add a table [repositories.NAME], and name it: docs/backup-repositories.md",
        )
    chosen = Selection(
        schemas=_listed(arguments, "schemas"),
        tables=_listed(arguments, "tables"),
        excluded_schemas=backup.exclude_schemas,
        excluded_tables=backup.exclude_tables,
    )
    return Asked(
        kind=_kind(arguments.get("kind", ""), backup.kind, chosen),
        databases=_databases(arguments) or backup.databases,
        selection=chosen,
        keep=arguments.get("keep", ""),
        copies=copies,
        named_copies=() if set(named) == set(backup.copies) else named,
    )


def foreseen(asked: Asked) -> tuple[str, ...]:
    """The databases that are known without the server; one empty name where none is."""
    names = tuple(name for name in asked.databases if name != EVERY_DATABASE)
    return names or ("",)


def _kind(asked: str, default: str, chosen: Selection) -> BackupKind:
    picks = bool(chosen.schemas or chosen.tables)
    wanted = asked or (BackupKind.DATA.value if picks else default)
    kinds = [each.value for each in BackupKind if each is not BackupKind.PHYSICAL]
    if wanted not in kinds:
        raise ConfigError(
            f"There is no kind of backup {wanted!r}", why=f"there are {', '.join(kinds)}"
        )
    if wanted == BackupKind.DATA and not picks:
        raise ConfigError(
            "A backup of chosen data needs a choice",
            why="neither schemas nor tables are named",
            remedy="name some: --schema PATTERN, --table PATTERN; or take a full backup",
        )
    if wanted in {BackupKind.FULL, BackupKind.INCREMENTAL} and picks:
        raise ConfigError(
            f"A {wanted} backup is of everything",
            why="schemas or tables are named",
            remedy="ask for the kind data, or name none",
        )
    return BackupKind(wanted)


def _databases(arguments: Mapping[str, str]) -> tuple[str, ...]:
    one = arguments.get("database", "")
    return (one,) if one else _listed(arguments, "databases")


def _listed(arguments: Mapping[str, str], name: str) -> tuple[str, ...]:
    """A list among the arguments, in JSON."""
    text = arguments.get(name, "")
    if not text:
        return ()
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ConfigError(f"The order's {name} are no list in JSON", why=f"they are {text[:100]!r}")
    return tuple(values)


def server_of(settings: Settings, server_id: str) -> ServerSettings:
    """How the server is reached.

    Raises:
        ConfigError: there is none of that name.
    """
    if server_id not in settings.servers:
        raise ConfigError(
            f"There is no server named {server_id}",
            why=f"the config has {', '.join(sorted(settings.servers)) or 'none'}",
            remedy="add it to the config: pgvigil init",
        )
    return settings.servers[server_id]
