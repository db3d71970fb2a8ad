from __future__ import annotations

import pytest

from core.backup.repository.s3.parts import LARGEST_PART, MOST_PARTS, most_bytes, part_bytes

MIB = 1 << 20


@pytest.mark.parametrize("first", [5 * MIB, 8 * MIB, 64 * MIB, LARGEST_PART])
def test_five_terabytes_fit_in_ten_thousand_parts(first: int) -> None:
    assert most_bytes(first, equal=False) >= 5 * 10**12


def test_no_part_is_larger_than_s3_takes() -> None:
    assert max(part_bytes(n, 8 * MIB, equal=False) for n in (1, 5000, MOST_PARTS)) <= LARGEST_PART
    assert part_bytes(MOST_PARTS, LARGEST_PART, equal=False) == LARGEST_PART


def test_parts_never_shrink_and_small_objects_have_small_ones() -> None:
    sizes = [part_bytes(n, 8 * MIB, equal=False) for n in range(1, MOST_PARTS + 1)]
    assert sizes == sorted(sizes)
    assert sizes[0] == sizes[999] == 8 * MIB
    assert sizes[1000] == 16 * MIB
    assert sum(sizes) == most_bytes(8 * MIB, equal=False)


def test_where_parts_must_be_equal_they_are() -> None:
    assert {part_bytes(n, 32 * MIB, equal=True) for n in (1, 1001, MOST_PARTS)} == {32 * MIB}
    assert most_bytes(32 * MIB, equal=True) == 32 * MIB * MOST_PARTS
