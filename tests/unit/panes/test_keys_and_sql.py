"""The footer and the help from the table of actions; SQL highlighted and wrapped."""

from __future__ import annotations

import pytest

from tests.unit.panes.shown import text_of
from tui.actions import ACTIONS, WIZARD, Place, Scene, Subject, actions_at
from tui.glyphs import PLAIN
from tui.lines import Role, plain, width_of
from tui.panes.keys import footer_line, help_lines
from tui.panes.view import Mode
from tui.sql import MOST_HIGHLIGHTED, sql_lines


@pytest.mark.parametrize("place", list(Place))
def test_the_help_of_a_place_names_each_of_its_actions(place: Place) -> None:
    text = " ".join(text_of(help_lines(place, 200)).split())
    for action in actions_at(place):
        assert " ".join(action.help.split()) in text


@pytest.mark.parametrize("place", list(Place))
@pytest.mark.parametrize("width", [13, 19, 40])
def test_the_help_cuts_nothing_where_it_is_narrow(place: Place, width: int) -> None:
    lines = help_lines(place, width)
    assert "…" not in text_of(lines)
    assert max(width_of(each) for each in lines) <= width


def test_at_80_columns_the_overview_names_the_help_and_the_servers() -> None:
    footer = plain(footer_line(Place.OVERVIEW, 80))
    for named in ("? help", "1-9 areas", "Enter open", "[ rewind", "s servers", "e evidence"):
        assert named in footer


def test_what_acts_on_the_server_stands_apart_in_the_help() -> None:
    text = text_of(help_lines(Place.CONNECTIONS, 100))
    safe, danger = text.split("These act on the server, after a preview and your yes")
    assert "pg_terminate_backend" in danger
    assert "pg_terminate_backend" not in safe


def test_a_footer_holds_whole_keys_only() -> None:
    for width in range(10, 160):
        footer = footer_line(Place.CONNECTIONS, width)
        assert width_of(footer) == width
        assert "…" not in plain(footer)


AREAS_AND_DETAILS = [place for place in Place if place not in {Place.OVERVIEW, Place.FILTER}]


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("place", AREAS_AND_DETAILS)
def test_what_leads_out_and_to_the_help_is_the_last_to_give_way(place: Place, mode: Mode) -> None:
    back = "Esc step back" if place in WIZARD else "Esc back"
    out = ["? help", "q quit", back] + ["0 live"] * (mode is not Mode.LIVE)
    for width in range(len("  ".join(out)), 160):
        footer = plain(footer_line(place, width, Scene(mode)))
        assert all(told in footer for told in out), footer


def test_where_there_is_no_more_room_only_what_leads_out_is_named() -> None:
    assert plain(footer_line(Place.BACKUPS, 30)).strip() == "? help  q quit  Esc back"


@pytest.mark.parametrize("mode", list(Mode))
def test_on_the_overview_the_way_to_the_areas_stands_behind_the_way_out(mode: Mode) -> None:
    assert "q quit  1-9 areas  Enter open" in plain(footer_line(Place.OVERVIEW, 100, Scene(mode)))


def test_while_a_filter_is_typed_the_footer_names_the_keys_of_the_field_alone() -> None:
    assert plain(footer_line(Place.FILTER, 80)).strip() == "Enter keep  Esc clear"


def test_the_way_back_to_live_comes_first_in_the_past_and_is_not_there_in_the_present() -> None:
    for mode in (Mode.PAUSED, Mode.REWOUND):
        for place in (Place.CONNECTIONS, Place.OVERVIEW):
            assert plain(footer_line(place, 40, Scene(mode))).startswith("0 live  ")
    assert "0 live" not in plain(footer_line(Place.CONNECTIONS, 300))


def test_what_acts_on_the_server_is_not_offered_in_the_past() -> None:
    assert "end session" in plain(footer_line(Place.CONNECTIONS, 300))
    assert "end session" not in plain(footer_line(Place.CONNECTIONS, 300, Scene(Mode.PAUSED)))


@pytest.mark.parametrize(
    ("place", "copied"),
    [
        (Place.OVERVIEW, "the whole screen"),
        (Place.SERVER, "the whole screen"),
        (Place.CONNECTIONS, "the row under the cursor"),
        (Place.SERVERS, "the row under the cursor"),
        (Place.FINDINGS, "the finding under the cursor in full"),
        (Place.STATEMENT, "the query's text"),
        (Place.BACKEND, "the query's text"),
    ],
)
def test_the_help_says_what_is_copied_at_each_place(place: Place, copied: str) -> None:
    assert f"copy {copied} " in " ".join(text_of(help_lines(place, 200)).split())


@pytest.mark.parametrize("place", list(Place))
def test_no_key_does_two_things_in_one_place(place: Place) -> None:
    keys = [key for action in actions_at(place) for key in action.keys]
    assert len(keys) == len(set(keys))


def test_the_numbers_from_1_to_9_are_all_used() -> None:
    keys = {key for action in actions_at(Place.OVERVIEW) for key in action.keys}
    assert set("123456789") <= keys
    assert "1-9 areas" in plain(footer_line(Place.OVERVIEW, 80))


def test_every_dangerous_action_is_live_only() -> None:
    assert all(action.live_only for action in ACTIONS if action.danger)


def test_keywords_strings_numbers_and_comments_have_their_roles() -> None:
    (line,) = sql_lines("SELECT a FROM t WHERE b = 'x' AND n > 5 -- why", 200)
    roles = {span.text.strip(): span.role for span in line if span.text.strip()}
    assert roles["SELECT"] is Role.SQL_KEYWORD
    assert roles["'x'"] is Role.SQL_STRING
    assert roles["5"] is Role.SQL_NUMBER
    assert roles["-- why"] is Role.SQL_COMMENT


def test_wrapped_sql_loses_nothing_but_the_spaces_at_its_breaks() -> None:
    text = "SELECT " + ", ".join(f"column_{n}" for n in range(50)) + "\n\nFROM t"
    lines = sql_lines(text, 40)
    assert all(width_of(line) <= 40 for line in lines)
    assert "".join(plain(line) for line in lines).replace(" ", "") == text.replace(" ", "").replace(
        "\n", ""
    )


def test_control_characters_are_made_visible() -> None:
    shown = "".join(plain(line) for line in sql_lines("SELECT '\x1b[31m'", 80))
    assert "\x1b" not in shown
    assert "␛" in shown


def test_a_megabyte_of_sql_is_shown_plain_and_whole() -> None:
    text = "x" * 1_000_000
    lines = sql_lines(text, 100)
    assert sum(width_of(line) for line in lines) == len(text) > MOST_HIGHLIGHTED


def test_a_paused_screen_goes_on_with_the_key_that_held_it_and_a_rewound_one_stands_still() -> None:
    assert "p pause" in plain(footer_line(Place.BACKUPS, 300))
    paused = plain(footer_line(Place.BACKUPS, 80, Scene(Mode.PAUSED)))
    assert "p resume" in paused
    assert "p pause" not in paused
    assert " p " not in plain(footer_line(Place.BACKUPS, 300, Scene(Mode.REWOUND)))


@pytest.mark.parametrize(
    ("subject", "labels"),
    [
        (Subject.BACKUP, ("v verify", "K keep")),
        (Subject.JOB, ("c cancel job",)),
        (Subject.ROWS, ("> sort", "/ filter")),
        (Subject.ROW, ("y copy row",)),
        (Subject.DETAIL, ("Enter detail",)),
        (Subject.SET_UP, ("b back up now",)),
        (Subject.COLUMNS, ("l columns",)),
    ],
)
def test_what_an_action_is_about_decides_whether_the_footer_names_it(
    subject: Subject, labels: tuple[str, ...]
) -> None:
    without = plain(footer_line(Place.BACKUPS, 300, Scene(subjects=frozenset(Subject) - {subject})))
    named = plain(footer_line(Place.BACKUPS, 300))
    for label in labels:
        assert label in named
        assert label not in without


def test_keys_with_arrows_are_written_in_words_where_a_terminal_has_no_arrows() -> None:
    text = "\n".join(map(plain, help_lines(Place.CONNECTIONS, 80, PLAIN)))
    assert "l Right" in text
    assert "j Down" in text
    assert not set("←→↑↓") & set(text)
    assert "l →" in "\n".join(map(plain, help_lines(Place.CONNECTIONS, 80)))


def test_where_there_is_nothing_under_the_cursor_no_key_is_named_that_acts_on_it() -> None:
    footer = plain(footer_line(Place.LOCK_QUEUES, 300, Scene(subjects=frozenset())))
    for label in ("detail", "cancel query", "end session", "copy session"):
        assert label not in footer
        assert label in plain(footer_line(Place.LOCK_QUEUES, 300))
