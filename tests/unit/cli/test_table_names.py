"""Tables as they are named on the command line: as they stand, or quoted as in SQL."""

from __future__ import annotations

from argparse import ArgumentTypeError

import pytest

from core.model.backup import TableName
from tui.commands.restore.plan import table


@pytest.mark.parametrize(
    ("text", "schema", "name"),
    [
        ("orders", "public", "orders"),
        ("sales.orders", "sales", "orders"),
        ("sales.or.ders", "sales", "or.ders"),
        ('t."a.b c"', "t", "a.b c"),
        ('"t"."a"', "t", "a"),
        ('"s.1"."a ""b"""', "s.1", 'a "b"'),
        ('"s.1".a', "s.1", "a"),
        ('"a.b"', "public", "a.b"),
        ('Wéird "Schäma" 🐘.T.a*b?le "1"', 'Wéird "Schäma" 🐘', 'T.a*b?le "1"'),
        ('"half.t', '"half', "t"),
        ("two\nlines.t", "two\nlines", "t"),
    ],
)
def test_a_table_is_named_as_it_stands_or_in_quotes(text: str, schema: str, name: str) -> None:
    assert table(text) == TableName(schema, name)


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", '"a".'])
def test_what_names_no_table_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match=r"is no table such as public\.orders"):
        table(text)
