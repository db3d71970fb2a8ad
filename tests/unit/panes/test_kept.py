"""What was drawn last serves again only for as long as it would be drawn from the same."""

from __future__ import annotations

from dataclasses import replace

from tests.tui import frames
from tests.unit.panes.shown import text_of, view_of
from tui.panes.databases import databases_lines
from tui.panes.kept import Kept
from tui.panes.queries import queries_lines
from tui.panes.view import body_of


def test_the_same_values_are_drawn_once_and_others_again() -> None:
    kept = Kept[str]()
    drawn: list[tuple[object, ...]] = []

    def draw(values: tuple[object, ...]) -> str:
        def made() -> str:
            drawn.append(values)
            return f"{values}"

        return kept.of(values, made)

    assert draw((1, "a")) == draw((1, "a")) == "(1, 'a')"
    assert len(drawn) == 1
    assert draw((1, "b")) == "(1, 'b')"
    assert draw((1,)) == "(1,)"
    assert draw((1, "a")) == "(1, 'a')"
    assert len(drawn) == 4


def test_a_new_reading_shows_in_the_rows_of_statements() -> None:
    calm = frames.calm()
    taken = calm.statements
    assert taken is not None
    body = body_of(taken)
    assert body is not None
    one = replace(body.top[0], text="select something_new")
    changed = replace(calm, statements=replace(taken, body=replace(body, top=(one,))))
    before = text_of(queries_lines(view_of(calm), 80, 20))
    assert "something_new" in text_of(queries_lines(view_of(changed), 80, 20))
    assert text_of(queries_lines(view_of(calm), 80, 20)) == before
    assert text_of(queries_lines(view_of(calm), 60, 20)) != before


def test_a_new_reading_shows_in_the_rows_of_databases() -> None:
    calm = frames.calm()
    taken = calm.databases
    assert taken is not None
    body = body_of(taken)
    assert body is not None
    one = replace(body.databases[0], name="newcomer")
    changed = replace(calm, databases=replace(taken, body=replace(body, databases=(one,))))
    before = text_of(databases_lines(view_of(calm), 80, 20))
    assert "newcomer" in text_of(databases_lines(view_of(changed), 80, 20))
    assert text_of(databases_lines(view_of(calm), 80, 20)) == before
