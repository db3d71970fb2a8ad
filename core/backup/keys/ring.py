"""The keys at hand: one wraps, all of them unwrap."""

from __future__ import annotations

from collections.abc import Iterable

from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.wrap import Wrap, WrapMethod, kept_plain, unwrap, wrap
from core.errors import KeyMissingError


class KeyRing:
    """Several keys during a rotation; ``primary`` wraps what is new, without one nothing is."""

    def __init__(
        self, primary: KeyEncryptionKey | None, others: Iterable[KeyEncryptionKey] = ()
    ) -> None:
        self.primary = primary
        known = [*([primary] if primary else []), *others]
        self._keys = {key.key_id: key for key in known}

    @property
    def key_ids(self) -> frozenset[str]:
        """The names of the keys at hand."""
        return frozenset(self._keys)

    def wrap(self, data_key: bytes, *, backup_id: str, artifact: str) -> Wrap:
        """A data key for the primary key; in the clear where there is no encryption."""
        if self.primary is None:
            return kept_plain(data_key, artifact=artifact)
        return wrap(self.primary, data_key, backup_id=backup_id, artifact=artifact)

    def unwrap(self, wraps: Iterable[Wrap], *, backup_id: str) -> bytes:
        """The data key from the first of an artifact's ``wraps`` whose key is at hand.

        Raises:
            KeyMissingError: the key of none of them is here.
            DamagedArtifactError: the wrap is not as it was written.
        """
        wanted = []
        for each in wraps:
            if each.method is WrapMethod.NONE:
                return each.wrapped
            if (key := self._keys.get(each.key_id)) is not None:
                return unwrap(key, each, backup_id=backup_id)
            wanted.append(each.key_id)
        here = ", ".join(sorted(self._keys)) or "none"
        raise KeyMissingError(
            f"The key of backup {backup_id} is not here",
            why=f"it was sealed with key {', '.join(wanted) or '(destroyed)'}; at hand: {here}",
            remedy="name the key in [keys] of the config; `pgvigil key import` takes it from paper",
        )
