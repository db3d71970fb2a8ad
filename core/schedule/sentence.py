"""A cron line in plain English."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from cronsim import CronSim

from core.config.cron_text import five_fields

_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", CronSim.LAST: "last"}
_LISTED = 6
_MINUTE, _HOUR = 60, 3600


def sentence(cron: str, *, time_zone: str = "", jitter_seconds: float = 0, window: str = "") -> str:
    """What a line that :func:`core.config.cron_text.cron_fault` finds right says, in one sentence.

    ``window`` is HH:MM-HH:MM.
    """
    line = CronSim(five_fields(cron), datetime(2000, 1, 1, tzinfo=UTC))
    times = _times(sorted(line.minutes), sorted(line.hours))
    words = times + _dates(line, is_said_daily=times.startswith("at ") and "past" not in times)
    words = words[0].upper() + words[1:]
    if window:
        words += f", only from {' to '.join(window.split('-'))}"
    if jitter_seconds:
        words += f", up to {_duration(jitter_seconds)} later"
    return f"{words} ({time_zone})" if time_zone else words


def _times(minutes: Sequence[int], hours: Sequence[int]) -> str:
    """The times of day."""
    if len(minutes) == 1 and _is_run(hours) and 3 <= len(hours) < 24:
        return f"every hour from {_clock(hours[0], minutes[0])} to {_clock(hours[-1], minutes[0])}"
    if len(minutes) == 1 and 3 <= len(hours) < 24 and (step := _step(hours, 24)):
        return f"every {step} hours from {_clock(hours[0], minutes[0])}"
    if len(minutes) * len(hours) <= _LISTED or (len(minutes) == 1 and len(hours) < 24):
        return "at " + _listed(_clock(hour, minute) for hour in hours for minute in minutes)
    if len(hours) == 24:
        return _within(minutes, "every hour")
    if _is_run(hours):
        span = f"from {_clock(hours[0], 0)} to {_clock(hours[-1], 59)}"
        return f"{_within(minutes, 'each hour')} {span}"
    named = _listed(_clock(hour, 0) for hour in hours)
    return f"{_within(minutes, 'the hour')} in the hours that begin at {named}"


def _within(minutes: Sequence[int], which: str) -> str:
    """The minutes of an hour."""
    if len(minutes) == 60:
        return "every minute"
    if minutes == [0]:
        return which
    step = _step(minutes, 60)
    if step and len(minutes) > 1 and minutes[0] == 0:
        return f"every {step} minutes"
    if len(minutes) > _LISTED and _is_run(minutes):
        return f"every minute from {minutes[0]} to {minutes[-1]} past {which}"
    unit = "minute" if minutes == [1] else "minutes"
    return f"at {_listed(map(str, minutes))} {unit} past {which}"


def _dates(line: CronSim, *, is_said_daily: bool) -> str:
    """The days, with a space before; what happens every hour need not be said to be daily."""
    months = sorted(line.months)
    weekdays = _weekdays(line)
    is_any_day = len(line.days) == 31
    of_months = "of every month" if len(months) == 12 else f"of {_runs(months, _month)}"
    in_months = "" if len(months) == 12 else f" in {_runs(months, _month)}"
    by_date = f"on {_days_of_month(line.days)} {of_months}"
    if is_any_day and not weekdays:
        return f" every day{in_months}" if is_said_daily else in_months
    if is_any_day:
        return f" on {weekdays}{in_months}"
    if not weekdays:
        return f" {by_date}"
    if line.day_and:
        return f" {by_date} where that is {weekdays}"
    return f" {by_date}, and on every {weekdays}{in_months}"


def _weekdays(line: CronSim) -> str:
    """The days of the week, Monday first; empty where it is all of them."""
    plain = {day % 7 for day in line.weekdays if isinstance(day, int)}
    if len(plain) == 7:
        return ""
    # Monday first: Saturday and Sunday belong together.
    ordered = sorted((day - 1) % 7 for day in plain)
    words = [_runs(ordered, lambda day: _DAYS[(day + 1) % 7])] if ordered else []
    special = sorted(day for day in line.weekdays if not isinstance(day, int))
    words += [f"the {_NTH[nth]} {_DAYS[day % 7]} of the month" for day, nth in special]
    return _listed(words)


def _days_of_month(days: Iterable[int]) -> str:
    plain = sorted(day for day in days if day > 0)
    words = [_runs(plain, lambda day: f"the {_ordinal(day)}")] if plain else []
    if CronSim.LAST in days:
        words.append("the last day")
    if CronSim.LAST_WEEKDAY in days:
        words.append("the last day from Monday to Friday")
    return _listed(words)


def _runs(numbers: Sequence[int], word: Callable[[int], str]) -> str:
    """Numbers in words: three and more in a row as a span."""
    parts: list[str] = []
    at = 0
    while at < len(numbers):
        end = at
        while end + 1 < len(numbers) and numbers[end + 1] == numbers[end] + 1:
            end += 1
        if end - at >= 2:
            parts.append(f"{word(numbers[at])} to {word(numbers[end])}")
        else:
            parts += [word(number) for number in numbers[at : end + 1]]
        at = end + 1
    return _listed(parts)


def _month(number: int) -> str:
    return _MONTHS[number - 1]


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _is_run(numbers: Sequence[int]) -> bool:
    return numbers[-1] - numbers[0] == len(numbers) - 1


def _step(numbers: Sequence[int], of: int) -> int:
    """The distance of numbers that stand evenly around the clock; 0 where they don't."""
    if len(numbers) < 2:
        return 0
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    steps.add(numbers[0] + of - numbers[-1])
    return steps.pop() if len(steps) == 1 else 0


def _clock(hour: int, minute: int) -> str:
    return f"{hour:02d}:{minute:02d}"


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _duration(seconds: float) -> str:
    if seconds >= _HOUR and seconds % _HOUR == 0:
        return f"{seconds / _HOUR:g} h"
    if seconds >= _MINUTE and seconds % _MINUTE == 0:
        return f"{seconds / _MINUTE:g} min"
    return f"{seconds:g} s"
