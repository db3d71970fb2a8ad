"""A cron line as text: whether it has a meaning, and if not, which field is wrong and how."""

from __future__ import annotations

import calendar
import difflib
import re
from datetime import UTC, datetime
from typing import NamedTuple

from cronsim import CronSim, CronSimError

MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
"""The names that crontab(5) has for whole lines; @reboot is none of them: it is no time."""

_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = tuple(name.upper() for name in calendar.month_abbr)
_DAY_OF_MONTH, _MONTH = 2, 3


class CronFault(NamedTuple):
    """What is wrong with a cron line, what is expected, and the nearest line that is right."""

    what: str
    expected: str = ""
    nearest: str = ""


class _Field(NamedTuple):
    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        words = ", names such as MON" if self.names == _DAYS else ""
        words = ", names such as JAN" if self.names == _MONTHS else words
        return f"{self.least} to {self.most}{words}, *, lists (1,2), ranges (1-5), steps (*/15)"


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 7, _DAYS),
)


def five_fields(text: str) -> str:
    """A cron line as its five fields: a name such as ``@daily`` is written out."""
    return MACROS.get(text.strip().lower(), " ".join(text.split()))


def cron_fault(text: str) -> CronFault | None:
    """What is wrong with a cron line; ``None`` where it fires some day."""
    if text.strip().startswith("@") and text.strip().lower() not in MACROS:
        near = difflib.get_close_matches(text.strip().lower(), MACROS, n=1)
        return CronFault("is not one of cron's names", _listed(), near[0] if near else "@daily")
    fields = five_fields(text).split(" ")
    if len(fields) != len(_FIELDS) or not fields[0]:
        return _wrong_count([field for field in fields if field])
    for index, field in enumerate(_FIELDS):
        alone = ["*"] * len(_FIELDS)
        alone[index] = fields[index]
        if not _is_read(" ".join(alone)) and not _is_read(_beside_a_day(alone)):
            return CronFault(
                f"{field.name} can't be {fields[index][:40]!a}",
                field.expected,
                _mended(fields, index),
            )
    return None if _fires(" ".join(fields)) else _never(fields)


def _listed() -> str:
    return "five fields (minute, hour, day of month, month, day of week), or " + ", ".join(MACROS)


def _wrong_count(fields: list[str]) -> CronFault:
    count = len(fields)
    what = "is empty" if count == 0 else f"has {count} field" + ("s" if count > 1 else "")
    near = ""
    if 0 < count < len(_FIELDS):
        near = " ".join(fields + ["*"] * (len(_FIELDS) - count))
    elif count == len(_FIELDS) + 1:
        # A line of a program that counts seconds, or one of /etc/crontab, with an account.
        near = " ".join(fields[1:])
    return CronFault(what, _listed(), near if near and _fires(near) else "0 2 * * *")


def _beside_a_day(fields: list[str]) -> str:
    """The same fields with a day of the week, so that no day of the month is impossible."""
    return " ".join([*fields[:-1], "1" if fields[-1] == "*" else fields[-1]])


def _is_read(line: str) -> bool:
    try:
        CronSim(line, datetime(2000, 1, 1, tzinfo=UTC))
    except (CronSimError, ValueError):
        return False
    return True


def _fires(line: str) -> bool:
    """Whether there is a moment within the 50 years that cronsim looks ahead."""
    try:
        return next(CronSim(line, datetime(2000, 1, 1, tzinfo=UTC)), None) is not None
    except (CronSimError, ValueError):
        return False


def _never(fields: list[str]) -> CronFault:
    """Said of a day that none of the months has, such as the 31st of February."""
    near = ""
    for day in ("30", "29", "28"):
        candidate = " ".join([*fields[:_DAY_OF_MONTH], day, *fields[_MONTH:]])
        if _fires(candidate) and not (day == "29" and fields[_MONTH] in {"2", "FEB", "feb"}):
            near = candidate
            break
    what = f"never fires: no such month has a day {fields[_DAY_OF_MONTH]}"
    return CronFault(what, "a day that a month has; L is the last one", near)


def _mended(fields: list[str], index: int) -> str:
    """The line with one field changed to what was most likely meant; empty: no idea."""
    wanted = _mended_field(fields[index].upper(), _FIELDS[index])
    near = " ".join([*fields[:index], wanted, *fields[index + 1 :]])
    return near if wanted and _fires(near) else ""


def _mended_field(text: str, field: _Field) -> str:
    if turned := re.fullmatch(r"([A-Z0-9]+)-([A-Z0-9]+)", text):
        first, last = (_number(end, field) for end in turned.groups())
        if first is not None and last is not None and first > last:
            return _around(first, last, field)
    if text in {"24", "60"} and text == str(field.most + 1):
        return "0"
    if text.isdecimal():
        return str(max(field.least, min(field.most, int(text[:9]))))
    if text == "?":
        return "*"
    if step := re.fullmatch(r"/(\d+)", text):
        return f"*/{step[1]}"
    words = re.split(r"([,\-/])", text)
    return "".join(_nearest_word(word, field) for word in words)


def _around(first: int, last: int, field: _Field) -> str:
    """A range over the end of the day or the week: 22-4 is 22-23,0-4."""
    most = 6 if field.names == _DAYS else field.most
    parts = ((first, most), (field.least, last))
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in parts)


def _number(word: str, field: _Field) -> int | None:
    if word in field.names:
        return field.names.index(word)
    return int(word) if word.isdecimal() else None


def _nearest_word(word: str, field: _Field) -> str:
    if not word.isalpha() or word in field.names:
        return word
    # A whole name begins with the short one; a misspelt one is like it.
    whole = [name for name in field.names if name and word.startswith(name)]
    near = whole or difflib.get_close_matches(word, field.names, n=1, cutoff=0.5)
    return near[0] if near else word
