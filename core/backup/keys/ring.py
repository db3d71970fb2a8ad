"""The keys at hand: one wraps, all of them unwrap."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from core.backup.keys.derivation import Derivation
from core.backup.keys.key import KeyEncryptionKey, id_of
from core.backup.keys.wrap import Wrap, WrapMethod, kept_plain, unwrap, wrap
from core.errors import KeyMissingError


class OpeningKeys:
    """Keys that open what was sealed, and seal nothing.

    ``passphrases`` open what says how its key comes from one. ``absent`` are sentences about keys
    that should be at hand: why they are not.
    """

    def __init__(
        self,
        keys: Iterable[KeyEncryptionKey],
        *,
        passphrases: Iterable[str] = (),
        absent: Iterable[str] = (),
    ) -> None:
        self._keys = {key.key_id: key for key in keys}
        self._passphrases = tuple(passphrases)
        self._tried: set[Derivation] = set()
        self._deriving = Lock()
        self.absent = tuple(absent)

    @property
    def key_ids(self) -> frozenset[str]:
        """The names of the keys at hand."""
        return frozenset(self._keys)

    @property
    def has_passphrases(self) -> bool:
        """Whether a key that is not at hand may come from one."""
        return bool(self._passphrases)

    def opens(self, wraps: Iterable[Wrap]) -> bool:
        """Whether the key of one of these wraps of an artifact is at hand."""
        return any(
            each.method is WrapMethod.NONE or self._key_for(each) is not None for each in wraps
        )

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
            if (key := self._key_for(each)) is not None:
                return unwrap(key, each, backup_id=backup_id)
            wanted.append(each.key_id)
        here = ", ".join(sorted(self._keys)) or "none"
        missed = "".join(f"; {sentence}" for sentence in self.absent)
        raise KeyMissingError(
            f"The key of backup {backup_id} is not here",
            why=f"it was sealed with key {', '.join(wanted) or '(destroyed)'}; "
            f"at hand: {here}{missed}",
            remedy="name the key in [keys] of the config; `pgvigil key import` takes it from paper",
        )

    def _key_for(self, wrapped: Wrap) -> KeyEncryptionKey | None:
        """The key at hand; each derivation is tried once, for it takes half a second."""
        if wrapped.key_id not in self._keys and wrapped.derivation and self._passphrases:
            with self._deriving:
                if wrapped.derivation not in self._tried:
                    self._derive(wrapped.derivation, wrapped.key_id)
        return self._keys.get(wrapped.key_id)

    def _derive(self, derivation: Derivation, key_id: str) -> None:
        for passphrase in self._passphrases:
            material = derivation.key_from(passphrase)
            if id_of(material) == key_id:
                self._keys[key_id] = KeyEncryptionKey(material, derivation)
                break
        self._tried.add(derivation)


class KeyRing(OpeningKeys):
    """Several keys during a rotation; ``primary`` wraps what is new, without one nothing is."""

    def __init__(
        self,
        primary: KeyEncryptionKey | None,
        others: Iterable[KeyEncryptionKey] = (),
        *,
        passphrases: Iterable[str] = (),
        absent: Iterable[str] = (),
    ) -> None:
        known = [*([primary] if primary else []), *others]
        super().__init__(known, passphrases=passphrases, absent=absent)
        self.primary = primary

    def wrap(self, data_key: bytes, *, backup_id: str, artifact: str) -> Wrap:
        """A data key for the primary key; in the clear where there is no encryption."""
        if self.primary is None:
            return kept_plain(data_key, artifact=artifact)
        return wrap(self.primary, data_key, backup_id=backup_id, artifact=artifact)
