"""The keys of the config, with what the store knows of them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from core.backup.keys.derivation import Derivation
from core.backup.keys.ring import KeyRing
from core.backup.keys.sources import load_ring
from core.backup.keys.wraps_file import derivation_document, read_derivation
from core.config.settings import Settings
from core.model.keys import KeyRecord


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
        WrongKeyError: it is no whole key.
    """
    return load_ring(settings.encryption, settings.keys, derivations_in(records))
