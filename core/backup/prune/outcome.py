"""What a prune did, and that in one sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PruneOutcome:
    """What a prune did in one repository, by the backups' ids.

    ``hidden`` are destroyed as far as pgvigil may: older versions of their objects are still in a
    versioned bucket. ``kept`` could not be destroyed, with the reason. ``cleared`` is how much
    rubbish there was: folders, and objects that were never finished.
    """

    repository: str
    expired: tuple[str, ...] = ()
    revived: tuple[str, ...] = ()
    destroyed: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    cleared: int = 0
    freed_bytes: int = 0
    notes: tuple[str, ...] = ()

    def sentence(self) -> str:
        """All of it in one sentence."""
        words = [
            f"{self.repository}: {len(self.destroyed)} destroyed ({self.freed_bytes:,} bytes)",
            f"{len(self.expired)} expired",
        ]
        words += [f"{len(self.revived)} kept again"] if self.revived else []
        words += [f"{self.cleared} leftovers cleared"] if self.cleared else []
        if self.hidden:
            words.append(f"of {len(self.hidden)} older versions are still in the bucket")
        words += [f"{backup_id} could not be destroyed: {why}" for backup_id, why in self.kept]
        return ", ".join([*words, *self.notes])
