"""Moments as the store keeps them: whole microseconds since 1970-01-01 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def to_micros(moment: datetime) -> int:
    """``moment`` (aware) in microseconds since the epoch, without the loss of a float."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The UTC moment that :func:`to_micros` turned into ``micros``."""
    return EPOCH + timedelta(microseconds=micros)


def floor_to(micros: int, step: int) -> int:
    """The last multiple of ``step`` that is not after ``micros``."""
    return micros - micros % step


def ceil_to(micros: int, step: int) -> int:
    """The first multiple of ``step`` that is not before ``micros``."""
    return -(-micros // step) * step
