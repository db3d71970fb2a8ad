"""Figures as a report has them; text from elsewhere without what would steer a terminal."""

from __future__ import annotations

from datetime import datetime

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def plain(text: str) -> str:
    """One line of printable characters: what a server said may hold anything."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def moment(at: datetime | None) -> str:
    """A moment in UTC, to the second."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at is not None else "not known"


def duration(seconds: float | None) -> str:
    """A time as people say it: 1.4 s, 3 min 20 s, 5 h 10 min."""
    if seconds is None:
        return "not known"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    if whole < 2 * _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def size(count: int | None) -> str:
    """Bytes in the unit that fits."""
    if count is None:
        return "not known"
    value, unit = float(count), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{count} B" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"
