"""What came of a verification."""

from __future__ import annotations

from dataclasses import dataclass

from core.backup.repair import Repaired
from core.model.backup import VerificationLevel


@dataclass(frozen=True, slots=True)
class CopyResult:
    """One copy that was looked at: how far it is good, or what is wrong with it.

    ``is_known`` is false where nothing can be said of it, and ``problem`` says why.
    """

    backup_id: str
    repository: str
    level: VerificationLevel
    problem: str = ""
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class VerifyOutcome:
    """Everything that a run looked at, and what it put right.

    ``lost`` are copies that are missing or damaged in the end, with the reason why they could not
    be repaired; ``unreachable`` are repositories that could not be looked at, and why.
    """

    copies: tuple[CopyResult, ...] = ()
    repaired: tuple[Repaired, ...] = ()
    lost: tuple[CopyResult, ...] = ()
    unreachable: tuple[tuple[str, str], ...] = ()
    read_bytes: int = 0

    @property
    def is_well(self) -> bool:
        """Whether every copy that was looked at is good in the end."""
        return not (self.lost or self.unreachable or self.unknown)

    @property
    def unknown(self) -> tuple[CopyResult, ...]:
        """Copies of which nothing can be said."""
        return tuple(each for each in self.copies if not each.is_known)

    def sentence(self) -> str:
        """All of it in one sentence: how many copies are good in the end, and what was done."""
        if not (self.copies or self.repaired or self.lost or self.unreachable):
            return "no copy was due"
        bad = {_place(each) for each in (*self.copies, *self.lost) if each.problem}
        repaired = {(each.backup_id, each.repository) for each in self.repaired}
        all_of_them = bad | repaired | {_place(each) for each in self.copies}
        good = len(all_of_them) - len(bad - repaired)
        words = [f"{good} of {len(all_of_them)} copies are good ({self.read_bytes:,} bytes read)"]
        if self.repaired:
            words.append(f"{len(self.repaired)} of them repaired")
        if self.lost:
            words.append(f"{len(self.lost)} missing or damaged")
        if self.unknown:
            places = ", ".join(sorted({each.repository for each in self.unknown}))
            words.append(f"of {len(self.unknown)} nothing can be said (in {places})")
        if self.unreachable:
            words.append(f"not reached: {', '.join(name for name, _ in self.unreachable)}")
        return "; ".join(words)


def _place(copy: CopyResult) -> tuple[str, str]:
    return copy.backup_id, copy.repository
