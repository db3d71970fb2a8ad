"""How long a restore's steps will take, told from earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from core.backup.fingerprint import FINGERPRINT
from core.store.job_rows import PhaseRecord

Earlier = Sequence[Sequence[PhaseRecord]]
"""The phases of earlier restores, whatever they restored."""


def expected_seconds(phase: str, size_bytes: int, earlier: Earlier) -> float | None:
    """What a phase of so many bytes should take; ``None`` where no earlier restore had it.

    A phase that counts bytes goes by the median of their rates, another one by the median of what
    it took for each byte of the whole restore, which its last phase that counted tells. The
    fingerprint counts the server's bytes, which are others than the archive's.
    """
    rates = []
    for run in earlier:
        seconds = sum(each.seconds for each in run if each.name == phase)
        counted = [each for each in run if each.name != FINGERPRINT]
        own = sum(each.done_bytes for each in counted if each.name == phase)
        size = own or max((each.done_bytes for each in counted), default=0)
        if seconds and size:
            rates.append(seconds / size)
    return median(rates) * size_bytes if rates else None
