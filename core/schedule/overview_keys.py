"""What is still to be set up before backups are taken, and which of their keys are not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from core.config.encryption_settings import KeySettings
from core.config.key_places import secret_file
from core.config.settings import Settings
from core.model.protection import AbsentKey, LostKey, SetUpStep

if TYPE_CHECKING:
    from core.store.store import Store


def missing_steps(store: Store, settings: Settings) -> frozenset[SetUpStep]:
    """What is still to be done before a backup is taken.

    Raises:
        StoreError: the store can't be read.
    """
    return frozenset(_missing(store, settings))


def _missing(store: Store, settings: Settings) -> Iterator[SetUpStep]:
    """What is still to be done before a backup is taken."""
    if not settings.repositories:
        yield SetUpStep.REPOSITORY
    if not settings.backup.copies:
        yield SetUpStep.COPIES
    encryption = settings.encryption
    if not encryption.enabled:
        return
    records = [each for each in store.backup_keys.all() if each.name == encryption.key]
    key = settings.keys.get(encryption.key, KeySettings())
    if not records and not _is_at_hand(secret_file(encryption.key, key)):
        yield SetUpStep.KEY
    confirmed = any(each.confirmed_at is not None for each in records)
    if not confirmed and not encryption.recovery_kept_by:
        yield SetUpStep.KEY_CONFIRMED


def absent_keys(settings: Settings) -> tuple[AbsentKey, ...]:
    """The keys of the config whose files are not there, the one for new backups first.

    Programs, variables and keyrings are not asked: that is for the job that needs the key.
    """
    encryption = settings.encryption
    names = dict.fromkeys((*((encryption.key,) if encryption.enabled else ()), *settings.keys))
    files = ((name, secret_file(name, settings.keys.get(name, KeySettings()))) for name in names)
    return tuple(AbsentKey(name, str(path)) for name, path in files if path and not _is_there(path))


def lost_keys(store: Store, settings: Settings, server_id: str) -> tuple[LostKey, ...]:
    """The keys of copies that are none of the config's, as the store knows those by their names.

    Where the store does not know one of the config's keys, any backup may be under that one.

    Raises:
        StoreError: the store can't be read.
    """
    encryption, records = settings.encryption, store.backup_keys.all()
    names = {*settings.keys, encryption.key}
    if not names <= {each.name for each in records}:
        return ()
    known = {each.key_id: each.name for each in records}
    return tuple(
        LostKey(
            key_id,
            known.get(key_id, ""),
            store.catalog.copy_keys.backups_under(server_id, key_id),
            tuple(places),
        )
        for key_id, places in sorted(store.catalog.copy_keys.in_use(server_id).items())
        if known.get(key_id) not in names
    )


def _is_at_hand(path: Path | None) -> bool:
    """Whether a key's file is there; one that comes from elsewhere is taken to be."""
    return path is None or _is_there(path)


def _is_there(path: Path) -> bool:
    """Whether a file is there, or might be where this role may not look."""
    try:
        return path.is_file()
    except PermissionError:
        return True
