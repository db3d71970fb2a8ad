"""Which cron lines have a meaning, and what is said of the others."""

from __future__ import annotations

import pytest

from core.config.cron_text import MACROS, cron_fault

RIGHT = [
    "0 2 * * *", "  0   2 * * * ", "*/5 * * * *", "0 2 29 2 *", "0 2 31 2 1", "0 2 31 * *",
    "0 2 30 4,2 *", "0 2 L 2 *", "5,10-20/2 1-3 1 JAN-MAR,dec MON,fri", "0 0 * 2 MON#5", *MACROS,
]  # fmt: skip

WRONG = [
    ("", "is empty", "0 2 * * *"),
    ("0 2", "has 2 fields", "0 2 * * *"),
    ("5", "has 1 field", "5 * * * *"),
    ("0 0 2 * * *", "has 6 fields", "0 2 * * *"),
    ("60 2 * * *", "minute can't be '60'", "0 2 * * *"),
    ("0 24 * * *", "hour can't be '24'", "0 0 * * *"),
    ("0 25 * * *", "hour can't be '25'", "0 23 * * *"),
    ("0 2 0 * *", "day of month can't be '0'", "0 2 1 * *"),
    ("0 2 32 * *", "day of month can't be '32'", "0 2 31 * *"),
    ("0 2 * 13 *", "month can't be '13'", "0 2 * 12 *"),
    ("0 2 * * 8", "day of week can't be '8'", "0 2 * * 7"),
    ("0 2 * * MNO", "day of week can't be 'MNO'", "0 2 * * MON"),
    ("0 2 * * Monday", "day of week can't be 'Monday'", "0 2 * * MON"),
    ("0 2 * January *", "month can't be 'January'", "0 2 * JAN *"),
    ("0 2 * * FRI-MON", "day of week can't be 'FRI-MON'", "0 2 * * 5-6,0-1"),
    ("0 22-4 * * *", "hour can't be '22-4'", "0 22-23,0-4 * * *"),
    ("0 2 ? * *", "day of month can't be '?'", "0 2 * * *"),
    ("/5 * * * *", "minute can't be '/5'", "*/5 * * * *"),
    ("*/0 * * * *", "minute can't be '*/0'", ""),
    ("1,,2 * * * *", "minute can't be '1,,2'", ""),
    ("\N{SUPERSCRIPT TWO} * * * *", r"minute can't be '\xb2'", ""),
    ("0 2 31 2 *", "never fires: no such month has a day 31", "0 2 28 2 *"),
    ("0 2 30 2 *", "never fires: no such month has a day 30", "0 2 28 2 *"),
    ("0 2 31 4,6,9,11 *", "never fires: no such month has a day 31", "0 2 30 4,6,9,11 *"),
    ("@reboot", "is not one of cron's names", "@daily"),
    ("@dayly", "is not one of cron's names", "@daily"),
    ("@montly", "is not one of cron's names", "@monthly"),
]


@pytest.mark.parametrize("line", RIGHT)
def test_a_line_that_fires_is_right(line: str) -> None:
    assert cron_fault(line) is None


@pytest.mark.parametrize(("line", "what", "nearest"), WRONG, ids=[line for line, _, _ in WRONG])
def test_a_line_that_does_not_is_named_with_the_nearest_that_does(
    line: str, what: str, nearest: str
) -> None:
    fault = cron_fault(line)
    assert fault is not None
    assert (fault.what, fault.nearest) == (what, nearest)
    assert fault.expected
    assert not nearest or cron_fault(nearest) is None
