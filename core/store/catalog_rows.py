"""A backup's row and those of its copies, and what they are in the language of the other rooms."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Select

from core.model.backup import (
    BackupCopy,
    BackupKind,
    CatalogEntry,
    CopyState,
    Selection,
    VerificationLevel,
)
from core.store.catalog_tables import backup_copy
from core.store.moments import EPOCH, to_micros

COPY_COLUMNS = (
    backup_copy.c.backup_id,
    backup_copy.c.repository,
    backup_copy.c.state,
    backup_copy.c.level,
    backup_copy.c.verified_at,
    backup_copy.c.problem,
    backup_copy.c.key_id,
    backup_copy.c.expired_at,
)
"""What a copy is made of here."""

_BATCH = 500

_KINDS = {each.value: each for each in BackupKind}
_STATES = {each.value: each for each in CopyState}
_LEVELS = {each.value: each for each in VerificationLevel}
_NOTHING: frozenset[str] = frozenset()
_EVERYTHING = Selection()


def values_of(entry: CatalogEntry) -> dict[str, object]:
    """The columns of a backup's row beside its id; moments in microseconds since 1970."""
    return {
        "server_id": entry.server_id,
        "system_identifier": entry.system_identifier,
        "database": entry.database,
        "kind": entry.kind.value,
        "parent_id": entry.parent_id,
        "chain_id": entry.chain_id,
        "needs": " ".join(sorted(entry.needs)),
        "snapshot_at": to_micros(entry.snapshot_at),
        "finished_at": to_micros(entry.finished_at),
        "sealed_bytes": entry.sealed_bytes,
        "plain_bytes": entry.plain_bytes,
        "key_id": entry.key_id,
        "kept_because": entry.kept_because,
        "table_bytes": entry.table_bytes,
        "selection": _text_of(entry.selection),
        "sequenced_at": to_micros(entry.order[0]),
        "meant_for": msgspec.json.encode(entry.meant_for).decode() if entry.meant_for else "",
        "warnings": msgspec.json.encode(entry.warnings).decode() if entry.warnings else "",
    }


def entry_of(row: Any, copies: dict[str, tuple[BackupCopy, ...]]) -> CatalogEntry:
    """The backup of a row of all columns in their order; ``copies`` are those of each backup."""
    (
        backup_id, server_id, system_identifier, database, kind, parent_id, chain_id, needs,
        snapshot_at, finished_at, sealed_bytes, plain_bytes, key_id, kept_because, _expired_at,
        table_bytes, selection, sequenced_at, was_restored, meant_for, warnings,
    ) = row  # fmt: skip
    own = min(snapshot_at, finished_at)
    return CatalogEntry(
        backup_id, server_id, system_identifier, database, _KINDS[kind], parent_id, chain_id,
        frozenset(needs.split()) if needs else _NOTHING,
        EPOCH + timedelta(0, 0, snapshot_at), EPOCH + timedelta(0, 0, finished_at),
        sealed_bytes, plain_bytes, key_id, copies.get(backup_id, ()), kept_because,
        table_bytes,
        _selection_of(selection),
        None if sequenced_at == own else EPOCH + timedelta(0, 0, sequenced_at), bool(was_restored),
        _names_of(meant_for), _names_of(warnings),
    )  # fmt: skip


def copies_of(rows: Iterable[Any]) -> dict[str, tuple[BackupCopy, ...]]:
    """The copies of each backup; rows have ``COPY_COLUMNS``, and are in order of repositories."""
    copies: dict[str, tuple[BackupCopy, ...]] = {}
    for backup_id, repository, state, level, verified_at, problem, key_id, expired_at in rows:
        copy = BackupCopy(
            backup_id, repository, _STATES[state], _LEVELS[level],
            None if verified_at is None else EPOCH + timedelta(0, 0, verified_at),
            problem, key_id,
            None if expired_at is None else EPOCH + timedelta(0, 0, expired_at),
        )  # fmt: skip
        earlier = copies.get(backup_id)
        copies[backup_id] = (copy,) if earlier is None else (*earlier, copy)
    return copies


def rows(connection: Connection, listed: Select[Any], wanted: dict[str, object]) -> Iterator[Any]:
    """The rows, some at a time: a hundred thousand are not held twice."""
    for some in connection.execute(listed, wanted).partitions(_BATCH):
        yield from some


@contextmanager
def without_looking_for_garbage() -> Iterator[None]:
    """Of hundreds of thousands of new objects none is garbage; looking for it doubles the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _text_of(selection: Selection) -> str:
    return "" if selection == _EVERYTHING else msgspec.json.encode(selection).decode()


@lru_cache(maxsize=256)
def _selection_of(text: str) -> Selection:
    return msgspec.json.decode(text, type=Selection) if text else _EVERYTHING


@lru_cache(maxsize=256)
def _names_of(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...]) if text else ()
