"""A window of the day in which something may run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

_TEXT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Window:
    """A time of day from ``opens`` until ``closes``, which may lie beyond midnight."""

    opens: time
    closes: time

    @classmethod
    def parse(cls, text: str) -> Window | None:
        """The window of a text such as ``22:00-06:00``; ``None`` where it is none."""
        match = _TEXT.fullmatch(text)
        if match is None:
            return None
        opening, minute, closing, its_minute = map(int, match.groups())
        window = cls(time(opening, minute), time(closing, its_minute))
        return None if window.opens == window.closes else window

    def holds(self, local: time) -> bool:
        """Whether a time of day lies in it; the moment at which it closes does not."""
        if self.opens < self.closes:
            return self.opens <= local < self.closes
        return local >= self.opens or local < self.closes

    def closes_after(self, local: datetime) -> datetime:
        """When it closes next, seen from a moment in it."""
        same_day = datetime.combine(local.date(), self.closes, tzinfo=local.tzinfo)
        return same_day if same_day > local else same_day + timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"
