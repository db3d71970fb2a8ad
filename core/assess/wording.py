"""Figures as words in a finding."""

from __future__ import annotations

from core.collect.redact import without_literals

_SIZES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def duration(seconds: float) -> str:
    """A length of time with its two greatest units: ``4 h 12 min``, ``38 s``, ``0.4 s``."""
    if seconds < 1:
        return f"{max(seconds, 0.0):.1f} s"
    whole = int(seconds)
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    first = next(index for index, (amount, _) in enumerate(parts) if amount)
    return " ".join(f"{amount} {unit}" for amount, unit in parts[first : first + 2] if amount)


def milliseconds(value: float) -> str:
    """A statement's time: ``730 ms``, ``2.4 s``, from a minute on ``5 min 12 s``."""
    if value < 1000:
        return f"{value:.0f} ms"
    return f"{value / 1000:.1f} s" if value < 60_000 else duration(value / 1000)


def size(amount: float) -> str:
    """Bytes in the unit that leaves at most four digits: ``12.5 GiB``."""
    unit = 0
    while amount >= 1024 and unit < len(_SIZES) - 1:
        amount /= 1024
        unit += 1
    return f"{amount:.0f} {_SIZES[unit]}" if unit == 0 else f"{amount:.1f} {_SIZES[unit]}"


def percent(share: float) -> str:
    """A share of one: ``92 %``, and ``9.4 %`` below ten."""
    value = share * 100
    return f"{value:.0f} %" if value >= 10 else f"{value:.1f} %"


def several(count: int, one: str, many: str) -> str:
    """``1 session`` or ``3 sessions``."""
    return f"{count} {one if count == 1 else many}"


def excerpt(text: str, length: int = 80) -> str:
    """The start of a statement on one line, without its literals: findings go into tickets."""
    line = " ".join(without_literals(text[: length * 4]).split())
    return line if len(line) <= length else line[: length - 1] + "…"
