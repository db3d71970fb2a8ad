"""What pg_dump is told, and what its words mean."""

from __future__ import annotations

import re

import pytest

from core.backup.dump.arguments import exact_pattern, exclusion_arguments, exclusion_file
from core.backup.dump.failure import explained
from core.backup.dump.patterns import in_any_schema, schema_regex, table_regexes
from core.backup.fingerprint.normal import normal_expression
from core.model.backup import TableName


@pytest.mark.parametrize(
    ("pattern", "schema", "name"),
    [
        ("t", "", "^(t)$"),
        ("Sales.T*", "^(sales)$", "^(t.*)$"),
        ("sales.?x", "^(sales)$", "^(.x)$"),
        ('"Sales"."T*"', "^(Sales)$", r"^(T\*)$"),
        ('"a""b"', "", '^(a"b)$'),
        ("pay$", "", r"^(pay\$)$"),
        ("(a|b)", "", "^((a|b))$"),
        ("db.sales.t", "^(sales)$", "^(t)$"),
    ],
)
def test_patterns_mean_what_they_mean_to_pg_dump(pattern: str, schema: str, name: str) -> None:
    assert table_regexes(pattern) == (schema, name)


def test_a_pattern_without_a_schema_is_meant_in_each() -> None:
    assert in_any_schema("t") == "*.t"
    assert in_any_schema('"a.b"') == '*."a.b"'
    assert in_any_schema("s.t") == "s.t"
    assert schema_regex("Sales*") == "^(sales.*)$"


def test_a_table_that_is_left_out_is_named_exactly_and_in_the_databases_encoding() -> None:
    table = TableName("Süß", 'a"*.b')

    assert exact_pattern(table) == '"Süß"."a""*.b"'
    assert exclusion_arguments([table], "LATIN1") == [
        '--exclude-table-data="Süß"."a""*.b"'.encode("latin-1")
    ]
    assert exclusion_file([table], "UTF8") == 'exclude table_data "Süß"."a""*.b"\n'.encode()
    schema, name = table_regexes(exact_pattern(table))
    assert re.search(schema, table.schema)
    assert re.search(name, table.name)


@pytest.mark.parametrize(
    ("once", "again"),
    [
        (
            "((kind)::text = ANY ((ARRAY['a'::character varying,"
            " 'b'::character varying])::text[]))",
            "((kind)::text = ANY (ARRAY[('a'::character varying)::text,"
            " ('b'::character varying)::text]))",
        ),
        ("(a + 1)", "a + 1"),
        ("x::numeric(12,4)", "x"),
        ("x::timestamp(3) without time zone", "x"),
        ('x::sales."od)d"[]', "x"),
    ],
)
def test_an_expression_is_the_same_with_casts_and_parentheses_elsewhere(
    once: str, again: str
) -> None:
    assert normal_expression(once) == normal_expression(again)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("'(a)'", "'a'"),
        ("'a::text'", "'a'"),
        ('"a b"', '"ab"'),
        ("kind = 'a'", "kind = 'b'"),
        ("lower(x)", "upper(x)"),
        ("E'it\\'s (1)'", "E'it\\'s 1'"),
        ("'it''s (1)'", "'it''s 1'"),
    ],
)
def test_another_expression_is_another(one: str, other: str) -> None:
    assert normal_expression(one) != normal_expression(other)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("pg_dump: error: could not write to file: No space left on device", "disk was full"),
        (
            "pg_dump: error: query failed: ERROR:  query would be affected by row-level security"
            ' policy for table "t"',
            'hides rows of "t"',
        ),
        ("pg_dump: error: query failed: ERROR:  permission denied for table x", "table x"),
        (
            'pg_dump: error: could not obtain lock on relation "public.t"\nThis usually means',
            "change or drop public.t",
        ),
        (
            "ERROR:  out of shared memory\nHINT:  You might need to increase"
            ' "max_locks_per_transaction".',
            "no room for as many locks",
        ),
        ("ERROR:  canceling statement due to conflict with recovery", "standby"),
        ('ERROR:  invalid snapshot identifier: "0-1"', "snapshot"),
        ("ERROR:  missing chunk number 0 for toast value 1", "damaged"),
        ("server closed the connection unexpectedly", "connection to the server was lost"),
        ("aborting because of server version mismatch", "older than the server"),
        ("something that nobody knows", "The dump failed"),
    ],
)
def test_a_failure_is_told_in_words(said: str, what: str) -> None:
    error = explained(said, "postgresql://db.example.com")

    assert what in error.what
    assert error.why
    assert error.remedy


def test_of_many_lines_those_that_tell_of_the_error_are_shown() -> None:
    said = "pg_dump: reading extensions\npg_dump: error: it broke\npg_dump: detail: here"

    assert explained(said, "x").why == "pg_dump: error: it broke\npg_dump: detail: here"
