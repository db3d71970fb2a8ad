"""What a cron line says, in words."""

from __future__ import annotations

import pytest

from core.schedule.sentence import sentence

SENTENCES = [
    ("0 2 * * *", "At 02:00 every day"),
    ("0 9-17 * * 1-5", "Every hour from 09:00 to 17:00 on Monday to Friday"),
    ("0 3 * * 0", "At 03:00 on Sunday"),
    ("0 3 * * 7", "At 03:00 on Sunday"),
    ("0 1 1 * *", "At 01:00 on the 1st of every month"),
    ("@daily", "At 00:00 every day"),
    ("@hourly", "Every hour"),
    ("@yearly", "At 00:00 on the 1st of January"),
    ("* * * * *", "Every minute"),
    ("*/5 * * * *", "Every 5 minutes"),
    ("0 * * * *", "Every hour"),
    ("15 * * * *", "At 15 minutes past every hour"),
    ("1 * * * *", "At 1 minute past every hour"),
    ("0,30 * * * *", "Every 30 minutes"),
    ("5,35 * * * *", "At 5 and 35 minutes past every hour"),
    ("*/7 * * * *", "At 0, 7, 14, 21, 28, 35, 42, 49 and 56 minutes past every hour"),
    ("0-20 * * * *", "Every minute from 0 to 20 past every hour"),
    ("0 */6 * * *", "Every 6 hours from 00:00"),
    ("30 1-23/2 * * *", "Every 2 hours from 01:30"),
    ("0 2,14 * * *", "At 02:00 and 14:00 every day"),
    ("0,30 2 * * *", "At 02:00 and 02:30 every day"),
    ("0 0,7,9 * * *", "At 00:00, 07:00 and 09:00 every day"),
    ("*/15 8-18 * * *", "Every 15 minutes from 08:00 to 18:59"),
    ("* 3 * * *", "Every minute from 03:00 to 03:59"),
    ("10,40 1,3,9,20 * * *",
     "At 10 and 40 minutes past the hour in the hours that begin at 01:00, 03:00, 09:00 and 20:00"),
    ("0 2 * * MON-FRI", "At 02:00 on Monday to Friday"),
    ("0 2 * * 5-7", "At 02:00 on Friday to Sunday"),
    ("0 2 * * 0,6", "At 02:00 on Saturday and Sunday"),
    ("0 2 * * 1,3,5", "At 02:00 on Monday, Wednesday and Friday"),
    ("0 2 * * 1-7", "At 02:00 every day"),
    ("0 2 * * sun#1", "At 02:00 on the first Sunday of the month"),
    ("0 2 * * 5L", "At 02:00 on the last Friday of the month"),
    ("0 2 1,15 * *", "At 02:00 on the 1st and the 15th of every month"),
    ("0 2 1-7 * *", "At 02:00 on the 1st to the 7th of every month"),
    ("0 2 2,3,11,12,13,22,23 * *",
     "At 02:00 on the 2nd, the 3rd, the 11th to the 13th, the 22nd and the 23rd of every month"),
    ("0 2 L * *", "At 02:00 on the last day of every month"),
    ("0 2 LW * *", "At 02:00 on the last day from Monday to Friday of every month"),
    ("0 2 1 1,7 *", "At 02:00 on the 1st of January and July"),
    ("0 2 * 3-5 *", "At 02:00 every day in March to May"),
    ("*/5 * * 12 *", "Every 5 minutes in December"),
    ("0 2 29 2 *", "At 02:00 on the 29th of February"),
    ("0 2 13 * 5", "At 02:00 on the 13th of every month, and on every Friday"),
    ("0 2 */10 * 5", "At 02:00 on the 1st, the 11th, the 21st and the 31st of every month "
     "where that is Friday"),
]  # fmt: skip


@pytest.mark.parametrize(("cron", "said"), SENTENCES, ids=[cron for cron, _ in SENTENCES])
def test_a_line_is_said_in_words(cron: str, said: str) -> None:
    assert sentence(cron) == said


def test_time_zone_jitter_and_window_are_said_too() -> None:
    said = sentence(
        "0 * * * *", time_zone="Europe/Berlin", jitter_seconds=300, window="22:00-06:00"
    )
    assert said == "Every hour, only from 22:00 to 06:00, up to 5 min later (Europe/Berlin)"
    assert sentence("0 2 * * *", jitter_seconds=7200) == "At 02:00 every day, up to 2 h later"
    assert sentence("0 2 * * *", jitter_seconds=45) == "At 02:00 every day, up to 45 s later"
