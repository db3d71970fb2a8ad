"""A drill's record sealed by the audit log: what it says is as it was when it ended.

The record's SHA-256 stands in an entry of the audit log, whose every entry carries the hash of the
one before. Who changes the record, or the entry, breaks one of the two.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import msgspec

from core.model.drill import Drill, Seal
from core.store.store import Store

_ACTION = "drill"
_SINCE = ("sound", "unchecked")


def sealed(drill: Drill, store: Store) -> Drill:
    """The drill with its seal, whose entry is written to the audit log.

    Raises:
        StoreError: the store can't be written to.
    """
    digest = digest_of(drill)
    told = {
        "drill": drill.drill_id,
        "kind": drill.kind.value,
        "status": drill.status.value,
        "backup": drill.backup_id,
        "sha256": digest,
    }
    target = f"database {drill.database} of {drill.server_id}"
    entry = store.audit.append(drill.who, _ACTION, target, told)
    return replace(drill, seal=Seal(digest, entry.number, entry.hash))


def digest_of(drill: Drill) -> str:
    """SHA-256 of the record without its seal: JSON with sorted keys.

    What guided drills alone have is left out of the others, and what has come to be told since
    where there is none of it: they may have been sealed before.
    """
    told = msgspec.to_builtins(replace(drill, seal=None))
    if drill.guided is None:
        del told["guided"], told["what"]
    for name in _SINCE:
        if not told[name]:
            del told[name]
    return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()


def broken_seal(drill: Drill, store: Store) -> str:
    """Why a drill's record can't be trusted; empty where it is as it was when it ended.

    Raises:
        StoreError: the store can't be read.
    """
    seal = drill.seal
    if seal is None:
        return "it was never sealed: the drill has not ended by itself"
    if digest_of(drill) != seal.digest:
        return "its record was changed since"
    return _broken_log(drill, seal, store)


def _broken_log(drill: Drill, seal: Seal, store: Store) -> str:
    entry, oldest = store.audit.get(seal.entry), store.audit.oldest()
    if entry is None and oldest and drill.finished_at and oldest > drill.finished_at:
        return f"entry {seal.entry} of the audit log was pruned by age since"
    if entry is None:
        return f"entry {seal.entry} of the audit log is not there"
    if (entry.hash, entry.details.get("sha256")) != (seal.entry_hash, seal.digest):
        return f"entry {seal.entry} of the audit log is not the one that sealed it"
    if (first := store.audit.verify()) is not None:
        return f"the audit log's chain is broken at entry {first}"
    return ""
