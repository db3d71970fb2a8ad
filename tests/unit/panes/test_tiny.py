"""The smallest terminals: how things are, here and elsewhere, and at which moment."""

from __future__ import annotations

from dataclasses import replace

from core.model.health import Health
from core.model.server import ServerEntry
from tests.tui import frames
from tests.unit.panes.shown import text_of, view_of
from tui.panes.tiny import tiny_lines
from tui.panes.view import Mode, View

PRODUCTION = ServerEntry("billing", "billing", "postgresql://billing", production=True)


def tiny(view: View, width: int, height: int) -> list[str]:
    return text_of(tiny_lines(view, width, height)).splitlines()


def beside_a_dead_one(view: View) -> View:
    return replace(
        view, others=2, elsewhere=(("orders-archive-2", Health.CRITICAL), ("crm", Health.OK))
    )


def test_another_server_that_is_not_well_is_named() -> None:
    said = tiny(beside_a_dead_one(view_of(frames.calm())), 49, 12)
    assert said[:3] == ["• OK", "no findings", "others ✖ orders-archive-2 CRITICAL"]


def test_another_server_that_is_not_well_is_counted_where_its_name_has_no_room() -> None:
    said = tiny(beside_a_dead_one(view_of(frames.calm())), 20, 5)
    assert said == ["• OK  no findings", "others ✖ 1 CRITICAL", "orders-prod",
                    "make the terminal", "larger (50x12)"]  # fmt: skip


def test_servers_that_are_well_are_not_spoken_of() -> None:
    view = replace(view_of(frames.calm()), others=1, elsewhere=(("crm", Health.OK),))
    assert "others" not in text_of(tiny_lines(view, 49, 12))


def test_a_production_server_is_marked() -> None:
    view = replace(view_of(frames.calm()), entry=PRODUCTION)
    assert "PRODUCTION billing" in tiny(view, 49, 12)


def test_a_rewound_screen_names_its_moment_and_how_far_back_it_is() -> None:
    view = view_of(frames.calm(), Mode.REWOUND, seconds_later=125)
    assert "REWOUND 14:03:27 (2 min ago)" in tiny(view, 49, 12)


def test_in_the_smallest_terminal_the_moment_stands_whole() -> None:
    view = view_of(frames.incident(), Mode.REWOUND, seconds_later=125)
    assert tiny(beside_a_dead_one(view), 20, 5) == [
        "✖ CRITICAL",
        "4 findings",
        "others ✖ 1 CRITICAL",
        "14:03:27 REWOUND",
        "larger: 50x12",
    ]


def test_old_data_shows_its_age() -> None:
    assert "data 31 s ago" in tiny(view_of(frames.stale()), 20, 5)


def test_with_two_rows_health_comes_before_the_request() -> None:
    assert tiny(view_of(frames.incident()), 20, 1) == ["✖ CRITICAL"]
