"""Numbers for people: each with its unit, in few cells, and with as many digits as matter.

All functions take what the model holds and give short text; an ``Unknown`` gives ``?``, for the
reason belongs where there is room for it. A width that doesn't jump about keeps columns calm and
unchanged cells unsent, so three significant digits is the rule.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core.model.unknown import Unknown

UNKNOWN = "?"

_BYTE_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_COUNT_UNITS = ("", "k", "M", "G", "T", "P")


def size(value: float | Unknown) -> str:
    """Bytes in binary units: ``512 B``, ``1.50 MiB``."""
    if isinstance(value, Unknown):
        return UNKNOWN
    return _scaled(value, 1024, _BYTE_UNITS, smallest_is_whole=True)


def count(value: float | Unknown) -> str:
    """How many of something: ``950``, ``12.4 k``, ``3.10 M``."""
    if isinstance(value, Unknown):
        return UNKNOWN
    return _scaled(value, 1000, _COUNT_UNITS, smallest_is_whole=float(value).is_integer())


def rate(value: float | Unknown, unit: str = "/s") -> str:
    """How many of something in a second: ``0.40/s``, ``12.4 k/s``."""
    if isinstance(value, Unknown):
        return UNKNOWN
    return _scaled(value, 1000, _COUNT_UNITS, smallest_is_whole=False) + unit


def percent(ratio: float | Unknown) -> str:
    """A ratio from 0 to 1 in per cent: ``0 %``, ``0.4 %``, ``97 %``; never rounded up to 100."""
    if isinstance(ratio, Unknown):
        return UNKNOWN
    value = ratio * 100
    if 0 < abs(value) < 0.1:
        return "<0.1 %"
    if 99 < value < 100:
        return f"{min(value, 99.9):.1f} %"
    return f"{value:.1f} %" if 0 < abs(value) < 9.95 else f"{value:.0f} %"


def milliseconds(value: float | Unknown) -> str:
    """A time that PostgreSQL gave in milliseconds: ``<0.01 ms``, ``12.3 ms``, ``1.20 s``."""
    if isinstance(value, Unknown):
        return UNKNOWN
    if value < 0:
        return "-" + milliseconds(-value)
    if 0 < value < 0.01:
        return "<0.01 ms"
    if value < 999.5:
        return f"{_three_digits(value)} ms"
    seconds = value / 1000
    return f"{_three_digits(seconds)} s" if seconds < 99.95 else duration(seconds)


def duration(value: float | timedelta | Unknown) -> str:
    """A span of time in its two largest units: ``42 s``, ``5 min 03 s``, ``2 h 05 min``."""
    if isinstance(value, Unknown):
        return UNKNOWN
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    return f"-{_long_time(-seconds)}" if seconds < 0 else _long_time(seconds)


def _long_time(seconds: float) -> str:
    if 0 < seconds < 0.1:
        return "<0.1 s"
    if seconds < 9.95:
        return f"{seconds:.1f} s" if seconds else "0 s"
    whole = round(seconds)
    for larger, smaller, larger_unit, smaller_unit in (
        (86_400, 3600, "d", "h"),
        (3600, 60, "h", "min"),
        (60, 1, "min", "s"),
    ):
        if whole >= larger:
            return f"{whole // larger} {larger_unit} {whole % larger // smaller:02} {smaller_unit}"
    return f"{whole} s"


def interval(seconds: float) -> str:
    """Over how long something was counted: ``0.3 s``, ``6 s``, ``5 min 03 s``."""
    if seconds < 1:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 99.5 else duration(seconds)


def age(value: float | timedelta | Unknown) -> str:
    """How long ago, in whole units of one kind: ``3 s ago``, ``5 min ago``, ``2 d ago``."""
    if isinstance(value, Unknown):
        return UNKNOWN
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 1:
        return "now"
    for unit_seconds, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit_seconds:
            return f"{int(seconds // unit_seconds)} {unit} ago"
    return f"{int(seconds)} s ago"


def moment(value: datetime, *, relative_to: datetime) -> str:
    """A moment in the viewer's own time zone; with its date unless that is today's."""
    local, today = value.astimezone(), relative_to.astimezone().date()
    return f"{local:%H:%M:%S}" if local.date() == today else f"{local:%Y-%m-%d %H:%M:%S}"


def share(part: float | Unknown, whole: float | Unknown) -> str:
    """A part and its limit: ``87 / 100``."""
    return f"{count(part)} / {count(whole)}"


def _scaled(value: float, base: int, units: tuple[str, ...], *, smallest_is_whole: bool) -> str:
    sign, left, index = ("-" if value < 0 else ""), abs(float(value)), 0
    while left >= base * 0.9995 and index < len(units) - 1:
        left /= base
        index += 1
    digits = f"{left:.0f}" if index == 0 and smallest_is_whole else _three_digits(left)
    return f"{sign}{digits} {units[index]}".rstrip()


def _three_digits(value: float) -> str:
    if value >= 99.95 or value == 0:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"
