"""How long to wait before the next attempt to connect."""

from __future__ import annotations


def delay(attempt: int, *, first: float, most: float, roll: float) -> float:
    """Seconds to wait after the ``attempt``-th failure in a row (1 is the first).

    Doubles from ``first`` to ``most``, and is shortened by up to a half by ``roll`` (0.0 to 1.0,
    random), so that many watchers don't come back to a restarted server in one moment.
    """
    grown = min(most, first * 2.0 ** min(attempt - 1, 30))
    return grown * (1 - 0.5 * roll)
