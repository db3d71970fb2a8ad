"""When a schedule fires."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise

import pytest

from core.config.window import Window
from core.errors import ConfigError
from core.schedule.cron import CronTrigger

DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fires(trigger: CronTrigger, after: str, count: int) -> list[str]:
    moments = islice(trigger.all_after(at(after)), count)
    return [moment.strftime("%a %d %b %H:%M") for moment in moments]


def test_it_fires_at_its_times_in_their_order() -> None:
    weekdays = CronTrigger("0 9-10 * * 1-5")
    assert fires(weekdays, "2026-11-20T09:30", 3) == [
        "Fri 20 Nov 10:00",
        "Mon 23 Nov 09:00",
        "Mon 23 Nov 10:00",
    ]


def test_the_moment_itself_is_not_after_it() -> None:
    trigger = CronTrigger("0 2 * * *")
    assert trigger.after(at("2026-11-20T02:00")) == at("2026-11-21T02:00")
    assert trigger.after(at("2026-11-20T01:59:59.5")) == at("2026-11-20T02:00")


@pytest.mark.parametrize("sunday", ["0", "7", "SUN", "sun"])
def test_sunday_has_two_numbers(sunday: str) -> None:
    assert fires(CronTrigger(f"0 3 * * {sunday}"), "2026-11-16T00:00", 2) == [
        "Sun 22 Nov 03:00",
        "Sun 29 Nov 03:00",
    ]


def test_a_day_of_the_month_or_a_day_of_the_week_is_enough() -> None:
    assert fires(CronTrigger("0 2 13 * 5"), "2026-12-05T00:00", 4) == [
        "Fri 11 Dec 02:00",
        "Sun 13 Dec 02:00",
        "Fri 18 Dec 02:00",
        "Fri 25 Dec 02:00",
    ]


BERLIN = "Europe/Berlin"  # 2026: 29 March 02:00 becomes 03:00, 25 October 03:00 becomes 02:00


def test_a_fixed_time_that_the_clocks_leave_out_comes_as_soon_as_there_is_a_time_again() -> None:
    assert fires(CronTrigger("30 2 * * *", time_zone=BERLIN), "2026-03-28T00:00", 3) == [
        "Sat 28 Mar 01:30",
        "Sun 29 Mar 01:00",
        "Mon 30 Mar 00:30",
    ]


def test_two_fixed_times_that_are_left_out_are_one_moment() -> None:
    assert fires(CronTrigger("10,40 2 * * *", time_zone=BERLIN), "2026-03-29T00:00", 2) == [
        "Sun 29 Mar 01:00",
        "Mon 30 Mar 00:10",
    ]


def test_a_fixed_time_that_comes_twice_fires_the_first_time() -> None:
    trigger = CronTrigger("30 2 * * *", time_zone=BERLIN)
    assert fires(trigger, "2026-10-24T12:00", 2) == ["Sun 25 Oct 00:30", "Mon 26 Oct 01:30"]


@pytest.mark.parametrize("minute", range(0, 180, 7))
def test_asked_at_any_minute_of_the_change_it_names_a_later_moment(minute: int) -> None:
    trigger = CronTrigger("15,45 1-3 * * *", time_zone=BERLIN)
    moment = at("2026-10-24T23:00") + timedelta(minutes=minute)
    after = trigger.after(moment)
    assert after is not None
    assert after > moment


def test_every_hour_is_every_hour_also_when_the_clocks_change() -> None:
    for day in ("2026-03-29", "2026-10-25"):
        hours = list(islice(CronTrigger("0 * * * *", time_zone=BERLIN).all_after(at(day)), 6))
        assert {b - a for a, b in pairwise(hours)} == {timedelta(hours=1)}


def jittered(seed: str, seconds: float = 600) -> list[datetime]:
    trigger = CronTrigger("0 2 * * *", jitter_seconds=seconds, seed=seed)
    return list(islice(trigger.all_after(at("2026-11-20T12:00")), 50))


def test_two_watchers_draw_the_same_jitter_and_two_schedules_do_not() -> None:
    assert jittered("shop full") == jittered("shop full")
    assert jittered("shop full") != jittered("blog full")


def test_jitter_delays_each_moment_by_less_than_it_says() -> None:
    delays = {
        moment - at("2026-11-21T02:00") - number * DAY
        for number, moment in enumerate(jittered("shop full"))
    }
    assert len(delays) > 40
    assert timedelta() <= min(delays) < timedelta(minutes=2)
    assert timedelta(minutes=8) < max(delays) < timedelta(minutes=10)


def test_a_jittered_moment_is_not_lost_between_two_looks() -> None:
    trigger = CronTrigger("0 * * * *", jitter_seconds=3000, seed="x")
    moments = list(islice(trigger.all_after(at("2026-11-20T00:00")), 30))
    for moment, following in pairwise(moments):
        assert trigger.after(moment) == following
        assert trigger.after(moment - timedelta(microseconds=1)) == moment


def test_jitter_larger_than_the_distance_keeps_the_order() -> None:
    moments = list(
        islice(CronTrigger("*/5 * * * *", jitter_seconds=3600).all_after(at("2026-11-20")), 40)
    )
    assert moments == sorted(set(moments))


NIGHT = Window(time(22), time(6))


def test_outside_its_window_nothing_fires() -> None:
    trigger = CronTrigger("0 */4 * * *", window=NIGHT)
    assert fires(trigger, "2026-11-20T05:00", 4) == [
        "Sat 21 Nov 00:00",
        "Sat 21 Nov 04:00",
        "Sun 22 Nov 00:00",
        "Sun 22 Nov 04:00",
    ]
    assert not trigger.is_open(at("2026-11-20T06:00"))
    assert trigger.is_open(at("2026-11-20T22:00"))


def test_a_window_is_of_the_schedules_time_zone() -> None:
    trigger = CronTrigger("0 * * * *", time_zone=BERLIN, window=Window(time(12), time(13)))
    assert fires(trigger, "2026-07-01T00:00", 1) == ["Wed 01 Jul 10:00"]


def test_jitter_does_not_lead_out_of_the_window() -> None:
    trigger = CronTrigger("50 5 * * *", jitter_seconds=3600, window=NIGHT, seed="x")
    for moment in islice(trigger.all_after(at("2026-11-20")), 50):
        assert trigger.is_open(moment)


def test_a_line_that_never_falls_into_its_window_is_refused() -> None:
    with pytest.raises(ConfigError, match="never fires within the window 22:00-06:00"):
        CronTrigger("0 12 * * *", window=NIGHT)


@pytest.mark.parametrize(
    ("line", "why", "remedy"),
    [
        ("0 2 31 2 *", "never fires", "did you mean 0 2 28 2 *?"),
        ("61 2 * * *", "minute can't be '61'", "did you mean 59 2 * * *?"),
        ("nonsense", "has 1 field", "did you mean"),
    ],
)
def test_a_line_without_a_meaning_is_refused_with_the_nearest_that_has_one(
    line: str, why: str, remedy: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        CronTrigger(line)
    assert why in refused.value.why
    assert remedy in refused.value.remedy


def test_an_unknown_time_zone_is_refused() -> None:
    for name in ("Europe/Berlni", "../../etc/passwd", "Europe"):
        with pytest.raises(ConfigError, match="no time zone"):
            CronTrigger("0 2 * * *", time_zone=name)


def test_all_that_the_moments_depend_on_is_in_the_rule() -> None:
    rules = {
        CronTrigger("0 2 * * *").rule,
        CronTrigger("0 3 * * *").rule,
        CronTrigger("0 2 * * *", time_zone=BERLIN).rule,
        CronTrigger("0 2 * * *", jitter_seconds=5).rule,
        CronTrigger("0 2 * * *", window=NIGHT).rule,
    }
    assert len(rules) == 5
