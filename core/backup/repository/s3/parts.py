"""How large each part of an upload is, when nobody knows how long the object will be.

S3 takes 10,000 parts of 5 MiB to 5 GiB. Parts double every thousand: small objects are sent in
small parts, and 10,000 parts from 8 MiB on hold 7.8 TiB.
"""

from __future__ import annotations

MOST_PARTS = 10_000
LARGEST_PART = 5 << 30

_STEP = 1000


def part_bytes(number: int, first_bytes: int, *, equal: bool) -> int:
    """Bytes of part ``number``, from 1 on; all ``equal`` where the provider wants them so."""
    if equal:
        return first_bytes
    return min(LARGEST_PART, first_bytes << (number - 1) // _STEP)


def most_bytes(first_bytes: int, *, equal: bool) -> int:
    """The longest object that fits."""
    if equal:
        return first_bytes * MOST_PARTS
    firsts = range(1, MOST_PARTS + 1, _STEP)
    return sum(part_bytes(number, first_bytes, equal=False) * _STEP for number in firsts)
