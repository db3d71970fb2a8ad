from __future__ import annotations

import tomllib
from typing import Any

import pytest

from core.config.positions import key_lines, line_of
from core.config.problems import KeyPath

TRICKY = '''\
# a comment with a = "b" and [c]
top = 1
"quoted key" = 'literal # no comment' # a comment = 2
dotted."two words".key = 1979-05-27 07:32:00

[table]
text = """
[not.a.table]
not = "a key"
""""
escaped = "a \\" quote = 1"
literal = \'\'\'
x = 1\'\'\'
list = [
  1, # one
  [2, 3],
  { inside = 4, deeper = { still = 5 } },
]
float = 1.5e-3
inline = { a.b = 1, c = [ { d = 1 }, { d = 2 } ] }

[ spaced . "out" ]
x = true
[[many]]
x = 1
[[many]]
x = 2
[many.sub]
y = 3
[[many.deep]]
z = 4
[[many]]
sub.y = 5
'''


def paths_of(value: Any, above: KeyPath = ()) -> set[KeyPath]:
    found: set[KeyPath] = {above} if above else set()
    if isinstance(value, dict):
        for key, member in value.items():
            found |= paths_of(member, (*above, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            found |= paths_of(member, (*above, index))
    return found


def test_every_key_that_the_parser_sees_has_a_line() -> None:
    assert set(key_lines(TRICKY)) == paths_of(tomllib.loads(TRICKY))


@pytest.mark.parametrize(
    ("path", "start"),
    [
        (("top",), "top ="),
        (("quoted key",), '"quoted key"'),
        (("dotted", "two words", "key"), "dotted"),
        (("table",), "[table]"),
        (("table", "text"), "text ="),
        (("table", "escaped"), "escaped ="),
        (("table", "literal"), "literal ="),
        (("table", "list", 1, 0), "  [2, 3]"),
        (("table", "list", 2, "deeper", "still"), "  { inside"),
        (("table", "float"), "float"),
        (("table", "inline", "c", 1, "d"), "inline"),
        (("spaced", "out", "x"), "x = true"),
        (("many", 1, "x"), "x = 2"),
        (("many", 1, "sub", "y"), "y = 3"),
        (("many", 1, "deep", 0, "z"), "z = 4"),
        (("many", 2, "sub", "y"), "sub.y"),
    ],
    ids=str,
)
def test_a_key_stands_on_the_line_where_it_is_written(path: KeyPath, start: str) -> None:
    line = key_lines(TRICKY)[path]
    assert TRICKY.splitlines()[line - 1].startswith(start)


def test_a_key_that_is_not_written_stands_where_its_table_does() -> None:
    lines = key_lines("\n[a.b]\nc = 1\n")
    assert line_of(lines, ("a", "b", "missing")) == 2
    assert line_of(lines, ("elsewhere",)) == 0


def test_lines_count_carriage_returns_as_editors_do() -> None:
    assert key_lines("a = 1\r\nb = 2\r\n")[("b",)] == 2
