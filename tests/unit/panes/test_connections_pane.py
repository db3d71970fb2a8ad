"""The connections pane: use against its limit, states, the longest ones, the lock queue."""

from __future__ import annotations

from dataclasses import replace

from core.api.thresholds import ThresholdSettings
from core.model.connections import Connections
from core.model.locks import LockNode
from core.model.snapshot import Frame, Taken
from tests.tui import frames
from tests.unit.panes.shown import role_of_text, text_of, view_of
from tui.lines import Role
from tui.panes.connections import connections_lines, lock_lines


def frame_with(body: Connections) -> Frame:
    return replace(frames.calm(), connections=Taken(frames.seconds_ago(1), 2, body))


def pane(frame: Frame, width: int = 60) -> str:
    return text_of(connections_lines(view_of(frame), width, 24))


def test_use_is_told_with_its_limit_and_its_share() -> None:
    assert "14 of 97 slots  14 %" in pane(frames.calm())


def test_a_calm_server_is_told_where_the_warning_lies() -> None:
    assert "warning at 80 %" in pane(frames.calm())


def test_a_crossed_threshold_is_told_in_a_word_and_a_sign_not_only_by_colour() -> None:
    lines = connections_lines(view_of(frames.incident()), 60, 24)
    assert "✖ critical from 95 %" in text_of(lines)
    assert role_of_text(lines, "97 %") is Role.CRITICAL


def test_between_the_thresholds_it_is_a_warning() -> None:
    body = frames.connections_of([frames.backend(n) for n in range(80)])
    assert "▲ warning from 80 %" in pane(frame_with(body))


def test_states_are_counted_and_absent_ones_left_out() -> None:
    text = pane(frames.incident())
    assert "active 40  idle 50  idle in tx 1  aborted tx 3" in text
    assert "fastpath" not in text


def test_the_longest_ones_have_their_own_clocks() -> None:
    assert "longest query 6 min  tx 7 min ▲  idle in tx 7 min ✖" in pane(frames.incident())


def test_the_lock_queue_names_how_many_wait_how_long_and_the_session_at_its_root() -> None:
    text = pane(frames.incident())
    assert "✖ 9 wait on locks, longest 6 min" in text
    assert "behind pid 4711 idle in tx 7 min nightly-import" in text


def test_one_session_that_waits_is_told_in_the_singular() -> None:
    body = frames.incident_connections()
    waiting, other = body.backends[:2]
    queue = LockNode(other.pid, other, (LockNode(waiting.pid, waiting),), waiting=1, depth=1)
    lines = lock_lines((queue,), body, ThresholdSettings(), 60)
    assert "1 waits on a lock" in text_of(lines)


def test_one_session_of_which_nobody_knows_for_whom_it_waits_is_told_in_the_singular() -> None:
    assert "1 waits on a lock" in pane(
        frame_with(replace(frames.calm_connections(), waiting_on_lock=1))
    )


def test_without_a_queue_the_pane_says_so() -> None:
    assert "no session waits on a lock" in pane(frames.calm())


def test_hidden_states_are_unknown_not_zero_and_the_grant_stands_beside_them() -> None:
    text = pane(frames.hidden())
    assert "14 of 97 slots" in text
    assert "states hidden 14" in text
    assert "longest ? hidden" in text
    assert "GRANT pg_monitor TO pgvigil;" in text
    assert "active 0" not in text


def test_an_old_reading_shows_its_age() -> None:
    assert "31 s ago" in pane(frames.stale())


def test_a_fresh_reading_shows_none() -> None:
    assert "ago" not in pane(frames.calm())


def test_an_unreachable_server_is_explained_with_why_what_to_do_and_the_next_attempt() -> None:
    text = pane(frames.link_down())
    assert "db1.example:5432 does not answer." in text
    assert "why The connection timed out after 10 s" in text
    assert "do  Check that PostgreSQL runs" in text
    assert "Attempt 8 in 12 s." in text


def test_exhausted_slots_are_explained() -> None:
    text = pane(frames.slots_exhausted())
    assert "Every connection slot of orders-prod is taken." in text
    assert "pg_use_reserved_connections" in text


def test_before_the_first_connection_the_pane_says_that_it_connects() -> None:
    assert "Connecting …" in pane(frames.first_contact())
    assert "Starting …" in pane(frames.nothing())
