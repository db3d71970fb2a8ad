"""The moment at which every frame was taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 3, 14, 14, 3, 27, tzinfo=UTC)


def seconds_ago(seconds: float) -> datetime:
    """The moment ``seconds`` before the frames were taken."""
    return NOW - timedelta(seconds=seconds)
