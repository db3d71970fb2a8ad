"""Names and ids of backups as people type them, and what to say of one that is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from core.api.near_names import did_you_mean
from core.config.settings import Settings
from core.errors import BackupError, ConfigError, ExitCode, RestoreError
from core.model.backup import CatalogEntry
from core.store.store import Store

_COMPARED = 1_000
_SHOWN = 5


class UnknownNameError(BackupError):
    """No server or backup is meant by what was typed, or more than one."""

    exit_code = ExitCode.USAGE


class ContradictionError(RestoreError):
    """What was asked for can't all be meant."""

    exit_code = ExitCode.USAGE


class NothingKnownError(BackupError):
    """The store is new: it knows of no backup."""


def check_servers(asked: Sequence[str], settings: Settings, store: Store) -> None:
    """Nothing, where the config has each of these servers, or the catalog a backup of it.

    Raises:
        UnknownNameError: one is in neither.
    """
    known = sorted({*settings.servers, *store.catalog.servers()}) if asked else []
    for name in asked:
        if name not in known:
            raise unknown_server(
                name,
                known,
                who="the config and the catalog have",
                remedy="pgvigil backup import asks the repositories whose backups they hold",
            )


def unknown_server(name: str, known: Iterable[str], *, who: str, remedy: str) -> UnknownNameError:
    """What is said of a server that there is not; ``who`` is whoever has the known ones."""
    listed = sorted(known)
    hint = did_you_mean(name, listed)
    return UnknownNameError(
        f"There is no server named {name}",
        why=f"{who} {', '.join(listed) or 'none'}",
        remedy=f"{hint}{remedy}",
    )


def unknown_database(name: str, known: Iterable[str], server: str) -> UnknownNameError:
    """What is said of a database of a server of which there is no backup; ``known`` have some."""
    listed = sorted(known)
    hint = did_you_mean(name, listed)
    return UnknownNameError(
        f"There is no backup of a database {name} of {server}",
        why=f"there are some of {', '.join(listed) or 'none'}",
        remedy=f"{hint}pgvigil backup list shows them; pgvigil backup run takes one",
    )


def check_repositories(asked: Sequence[str], settings: Settings) -> None:
    """Nothing, where the config has each of these repositories.

    Raises:
        ConfigError: it lacks one.
    """
    there = sorted(settings.repositories)
    for name in asked:
        if name not in there:
            hint = did_you_mean(name, there)
            raise ConfigError(
                f"There is no repository {name!r}",
                why=f"the config has {', '.join(there) or 'none at all'}",
                remedy=f"{hint}add [repositories.{name}] to the config, or name another",
            )


def check_lost_keys(asked: Sequence[str], settings: Settings, store: Store) -> None:
    """Nothing, where copies are sealed with each of these keys, and none of them is at hand.

    Raises:
        UnknownNameError: no copy is, or one of them is at hand.
        PgvigilError: a key of the config can't be loaded.
    """
    from core.backup.keys.sources import load_opening_keys

    if not asked:
        return
    in_use = store.catalog.copy_keys.in_use()
    at_hand = load_opening_keys(settings.encryption, settings.keys).key_ids
    for key_id in asked:
        if key_id in at_hand:
            raise UnknownNameError(
                f"Key {key_id} is not lost",
                why="it is at hand",
                remedy="pgvigil key rotate brings copies from it under the key for new backups",
            )
        if key_id not in in_use:
            closed = ", ".join(sorted(in_use.keys() - at_hand)) or "none"
            raise UnknownNameError(
                f"No copy is sealed with a key {key_id}",
                why=f"of the keys of copies these are not at hand: {closed}",
                remedy="pgvigil backup show BACKUP names the key of each copy",
            )


def unknown_repository(name: str, known: Iterable[str]) -> UnknownNameError:
    """What is said of a repository in which no copy is known; ``known`` are those to forget."""
    listed = sorted(known)
    hint = did_you_mean(name, listed)
    return UnknownNameError(
        f"No copy is known in a repository {name}",
        why="with copies, and not in the config: " + (", ".join(listed) or "none"),
        remedy=f"{hint}pgvigil backup list says where copies are",
    )


def servers_with_backups(store: Store, purpose: str) -> tuple[str, ...]:
    """Every server of which a backup is known; ``purpose`` says what is to be done with them.

    Raises:
        NothingKnownError: there is none.
    """
    if servers := store.catalog.servers():
        return servers
    raise NothingKnownError(
        f"There is nothing to {purpose}: no backup is known here",
        why="this store is new: no backup was taken with it, and no repository asked what it holds",
        remedy="pgvigil backup import asks the repositories; pgvigil backup run takes a backup",
    )


def meant_by(given: str, store: Store) -> str:
    """The one backup whose id is, or begins or ends with, ``given``.

    Raises:
        UnknownNameError: none is, or several are.
    """
    ids = store.catalog.ids()
    meant = [each for each in ids if given and (each.startswith(given) or each.endswith(given))]
    if given in meant:
        return given
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise UnknownNameError(
            f"More than one backup is meant by {given!r}",
            why=", ".join(meant[-_SHOWN:]) + (", …" if len(meant) > _SHOWN else ""),
            remedy="give more of its id: pgvigil backup list",
        )
    near = _nearest(given, ids[-_COMPARED:])
    raise UnknownNameError(
        f"There is no backup {given!r}",
        why=f"no id of the {len(ids):,} backups that the catalog knows begins or ends so",
        remedy=(f"did you mean {near}? " if near else "")
        + "pgvigil backup list shows those that the catalog knows;"
        " pgvigil backup import asks the repositories",
    )


def require_of(entry: CatalogEntry, server: str, database: str, *, remedy: str) -> None:
    """Nothing, where a backup is of the server and the database that are named beside it, if any.

    Raises:
        ContradictionError: it is of another.
    """
    named = (("server", server, entry.server_id), ("database", database, entry.database))
    for what, given, its in named:
        if given not in {"", its}:
            raise ContradictionError(
                f"Backup {entry.backup_id} is not of {what} {given}",
                why=f"it is of {what} {its}",
                remedy=remedy,
            )


def _nearest(given: str, ids: Iterable[str]) -> str:
    """The id that looks most like it, also where only its beginning or its end was typed."""
    size = len(given)
    looks = {look: each for each in ids for look in (each, each[:size], each[-size:])}
    near = get_close_matches(given, looks, n=1)
    return looks[near[0]] if near else ""
