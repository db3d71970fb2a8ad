"""The keys of the config, with what the store knows of them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from core.backup.keys.derivation import Derivation
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.ring import KeyRing
from core.backup.keys.sources import load_ring, sources
from core.backup.keys.wraps_file import derivation_document, read_derivation
from core.config.settings import Settings
from core.errors import WrongKeyError
from core.model.keys import KeyRecord
from core.store.backup_keys import BackupKeys


def derivation_text(derivation: Derivation | None) -> str:
    """A derivation as the store keeps it; empty where there is none."""
    return "" if derivation is None else json.dumps(derivation_document(derivation))


def derivations_in(records: Iterable[KeyRecord]) -> dict[str, Derivation]:
    """How keys come from passphrases, by the keys' names; the newest of each name."""
    return {
        record.name: read_derivation(json.loads(record.derivation))
        for record in records
        if record.derivation
    }


def ring_of(settings: Settings, records: Iterable[KeyRecord]) -> KeyRing:
    """The keys that a backup is sealed with: ``records`` are ``store.backup_keys.all()``.

    Raises:
        KeyMissingError: the key for new backups can't be had.
        WrongKeyError: it is no whole key, or not the one that has its name.
    """
    encryption, known = settings.encryption, tuple(records)
    ring = load_ring(encryption, settings.keys, derivations_in(known))
    if ring.primary is not None:
        place = sources(encryption, settings.keys)[encryption.key].place
        require_same(ring.primary, encryption.key, place, known)
    return ring


def note_key(known: BackupKeys, ring: KeyRing, name: str) -> None:
    """Note which key has its name, with the first backup that it seals.

    One that was neither made, taken nor confirmed here, as from a vault, is known from then on.

    Raises:
        StoreError: the store failed.
    """
    key = ring.primary
    if key is not None and known.get(key.key_id) is None:
        known.register(key.key_id, name, derivation_text(key.derivation))


def require_same(
    key: KeyEncryptionKey, name: str, place: str, records: Iterable[KeyRecord]
) -> None:
    """See that ``key``, which ``place`` gives, is the one that was made, taken or confirmed.

    Whoever keeps the recovery key keeps that one: a mistyped passphrase and a key file of another
    machine give keys that nobody has. A name that no record has says nothing.

    Raises:
        WrongKeyError: it is another one.
    """
    known = tuple(records)
    named = [each.key_id for each in known if each.name == name]
    confirmed = {each.key_id for each in known if each.confirmed_at is not None}
    if not named or key.key_id in confirmed.union(named):
        return
    raise WrongKeyError(
        f"This is not key {name}",
        why=f"key {name} is {', '.join(named)}; {place} gives {key.key_id}, of which"
        " nobody keeps a copy",
        remedy=f"put the right one back; if the change is meant, `pgvigil key confirm {name}` with"
        " the recovery key of the new one",
    )
