"""What was drawn last, which serves again for as long as it would be drawn from the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The newest result of a pure function, with what it was made of.

    A reading stands in several frames one after another; what is drawn of it alone is drawn once.
    """

    def __init__(self) -> None:
        self._of: tuple[object, ...] | None = None
        self._made: T

    def of(self, values: tuple[object, ...], make: Callable[[], T]) -> T:
        """What ``make`` gives for ``values``, which are all that it depends on."""
        if self._of is None or not _are_same(self._of, values):
            self._made, self._of = make(), values
        return self._made


def _are_same(before: tuple[object, ...], now: tuple[object, ...]) -> bool:
    """Whether nothing differs; what is the very same object need not be compared."""
    return len(before) == len(now) and all(
        a is b or a == b for a, b in zip(before, now, strict=True)
    )
