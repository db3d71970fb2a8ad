"""``wraps.json``: the wrapped data keys of one backup, beside its artifacts.

Rotating a key rewrites this file and nothing else; destroying it destroys the backup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.backup.documents import read_document, write_document
from core.backup.keys.derivation import Derivation
from core.backup.keys.ring import KeyRing
from core.backup.keys.wrap import Wrap, WrapMethod
from core.errors import DamagedArtifactError

FORMAT = "pgvigil wraps"
NAME = "wraps.json"


@dataclass(frozen=True, slots=True)
class Wraps:
    """All wraps of a backup; ``derivations`` tell how keys come from passphrases, by key id."""

    backup_id: str
    wraps: tuple[Wrap, ...]
    derivations: dict[str, Derivation] = field(default_factory=dict)

    def by_artifact(self) -> dict[str, list[Wrap]]:
        """The wraps of each artifact: one, or several during a rotation."""
        found: dict[str, list[Wrap]] = {}
        for each in self.wraps:
            found.setdefault(each.artifact, []).append(each)
        return found

    @property
    def key_ids(self) -> frozenset[str]:
        """The keys that some artifact was wrapped with."""
        return frozenset(each.key_id for each in self.wraps if each.key_id)

    @property
    def artifacts(self) -> tuple[str, ...]:
        """The artifacts whose data keys are here."""
        return tuple(dict.fromkeys(each.artifact for each in self.wraps))

    def rotated(self, ring: KeyRing) -> Wraps:
        """Every data key under the ring's primary key.

        Raises:
            KeyMissingError: a key that was used is not in the ring.
            DamagedArtifactError: a wrap is not as it was written.
        """
        wraps = tuple(
            ring.wrap(
                ring.unwrap(wraps, backup_id=self.backup_id),
                backup_id=self.backup_id,
                artifact=name,
            )
            for name, wraps in self.by_artifact().items()
        )
        return Wraps(self.backup_id, wraps, derivations_of(ring))


def derivations_of(ring: KeyRing) -> dict[str, Derivation]:
    """How the primary key comes from a passphrase, where it does."""
    primary = ring.primary
    if primary is None or primary.derivation is None:
        return {}
    return {primary.key_id: primary.derivation}


def write_wraps(wraps: Wraps) -> bytes:
    """The file's bytes."""
    content = {
        "backup_id": wraps.backup_id,
        "derivations": {
            key_id: derivation_document(each) for key_id, each in wraps.derivations.items()
        },
        "wraps": [
            {
                "artifact": each.artifact,
                "key_id": each.key_id,
                "method": each.method.value,
                "nonce": each.nonce.hex(),
                "wrapped": each.wrapped.hex(),
            }
            for each in wraps.wraps
        ],
    }
    return write_document(FORMAT, content)


def read_wraps(content: bytes, *, backup_id: str) -> Wraps:
    """What the bytes say.

    Raises:
        DamagedArtifactError: they are no wraps, or those of another backup.
        NewerFormatError: a newer pgvigil wrote them.
    """
    path = f"{NAME} of backup {backup_id}"
    document = read_document(content, FORMAT, path)
    try:
        derivations = {
            key_id: read_derivation(each) for key_id, each in document["derivations"].items()
        }
        wraps = Wraps(
            document["backup_id"],
            tuple(_read_wrap(each, derivations) for each in document["wraps"]),
            derivations,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(backup_id, f"wraps.json can't be read: {error!r}") from None
    if wraps.backup_id != backup_id:
        raise _damaged(backup_id, f"wraps.json is that of backup {wraps.backup_id}")
    return wraps


def merged(first: Wraps, further: Iterable[Wrap]) -> Wraps:
    """``first`` with further wraps."""
    return Wraps(first.backup_id, (*first.wraps, *further), first.derivations)


def _read_wrap(document: Any, derivations: Mapping[str, Derivation]) -> Wrap:
    return Wrap(
        document["artifact"],
        document["key_id"],
        WrapMethod(document["method"]),
        bytes.fromhex(document["nonce"]),
        bytes.fromhex(document["wrapped"]),
        derivations.get(document["key_id"]),
    )


def derivation_document(derivation: Derivation) -> dict[str, str | int]:
    """A derivation as it stands in the file."""
    return {
        "function": "scrypt",
        "salt": derivation.salt.hex(),
        "n": derivation.cost,
        "r": derivation.block_size,
        "p": derivation.parallel,
    }


def read_derivation(document: Any) -> Derivation:
    """The derivation that the file has.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    if document["function"] != "scrypt":
        raise ValueError(document["function"])
    costs = [document[name] for name in ("n", "r", "p")]
    if not all(type(cost) is int and cost > 0 for cost in costs):
        raise ValueError(costs)
    return Derivation(bytes.fromhex(document["salt"]), *costs)


def _damaged(backup_id: str, why: str) -> DamagedArtifactError:
    return DamagedArtifactError(
        f"The wrapped keys of backup {backup_id} are damaged",
        why=why,
        remedy="use wraps.json of another copy of this backup",
    )
