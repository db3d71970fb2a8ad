"""Contents have equal hashes exactly where pg_dump would write the same rows, on each version.

What COPY writes is the measure: it is what a dump holds.
"""

from __future__ import annotations

import math
import random
import struct
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from psycopg import sql

from core.backup.dump.endpoint import Connection
from core.backup.fingerprint.content import combined
from core.backup.fingerprint.definitions import definitions
from core.backup.fingerprint.row_hash import LONGEST_CHAIN, hashed_rows
from core.postgres.embedded import EmbeddedServer
from tests.servers.dumping import endpoint
from tests.servers.everything import empty_database

SEEDS = (4242, 2**62 + 1)

SETUP = """
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (a text, b int);
CREATE DOMAIN whole AS int;
CREATE DOMAIN word AS text;
CREATE FUNCTION blank(word) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
DO $$ BEGIN
    CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
EXCEPTION WHEN feature_not_supported THEN  -- a server that was built without ICU
    CREATE COLLATION loose (locale = 'C');
END $$;
"""

# Values of one type that are written otherwise, though many are equal or hash alike.
DISTINCT = {
    "numeric": ["1", "1.0", "1.00", "-1", "0", "0.00", "NaN", "1e30"],
    "numeric(6, 2)": ["1", "0", "-0.01"],
    "real": ["0", "-0", "NaN", "Infinity", "0.1", "0.10000001"],
    "double precision": ["0", "-0", "NaN", "-Infinity", "0.1", "0.10000000000000002", "1e-320"],
    "jsonb": ["1", "1.0", "null", '""', '{"a": 1}', '{"a": 1.0}', '{"a": null}', "{}", "[]"],
    "json": ["1", " 1", '{"a":1}', '{"a": 1}', '{"a":1,"a":1}', "null"],
    "text": ["", " ", "a", "A", "a ", "\u00e4", "a\u0308", "\\N", "\n", "0", "()"],
    "text COLLATE loose": ["", "a", "A", "\u00e4", "a\u0308"],
    "varchar": ["", " ", "a", "a "],
    "varchar(9)": ["", " ", "a", "a "],
    "char(3)": ["", "a", "A", "ab", " a"],
    "bpchar": ["", " ", "a", "a ", " a"],
    '"char"': ["", "a", " "],
    "name": ["", "a", "a "],
    "smallint": ["0", "1", "-1"],
    "int": ["0", "1", "-1", "2147483647", "-2147483648"],
    "oid": ["0", "1", "4294967295"],
    # Each of these folds to 32 bits like one of the others.
    "bigint": ["0", "1", "-1", "4294967295", "4294967296", "4294967297", "-4294967296",
               "-4294967297", "9223372036854775807", "-9223372036854775808"],
    "boolean": ["f", "t"],
    "uuid": ["00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001"],
    "date": ["2000-01-01", "1999-12-31", "infinity", "-infinity", "4713-01-01 BC"],
    "time": ["00:00", "24:00", "00:00:00.000001"],
    "timetz": ["12:00+00", "13:00+01", "12:00+01"],
    "timestamp": ["2000-01-01", "2000-01-01 00:00:00.000001", "2000-01-01 01:11:34.967296",
                  "infinity"],
    "timestamptz": ["2000-01-01 00:00+00", "2000-01-01 00:00:00.000001+00",
                    "2000-01-01 01:11:34.967296+00", "-infinity"],
    "interval": ["1 mon", "30 days", "1 day", "24:00", "00:00", "-1 day +24:00"],
    "bytea": ["", "\\x00", "\\x0000", "\\x5c", "\\x61"],
    "bit varying": ["", "0", "00", "1"],
    "bit(3)": ["000", "100"],
    "inet": ["10.0.0.1", "10.0.0.1/8", "10.0.0.0/8", "::1"],
    "cidr": ["10.0.0.0/8", "10.0.0.0/9", "::/0"],
    "int[]": ["{}", "{NULL}", "{0}", "{{0}}", "[0:0]={0}", "{0,0}"],
    "text[]": ["{}", "{NULL}", '{"NULL"}', '{""}', "{a,b}", '{"a,b"}'],
    "float8[]": ["{0}", "{-0}"],
    "pair": ["(,)", '("",)', "(,0)", '(",",)', "(a,)"],
    "mood": ["sad", "happy"],
    "whole": ["0", "1"],
    "word": ["", "a", "a "],
    "int4range": ["empty", "[1,2)", "[1,3)", "(,)"],
    "numrange": ["[1,2)", "[1.0,2)", "(,)"],
    "point": ["(0,0)", "(-0,0)", "(0,-0)"],
    "xml": ["<a/>", "<a></a>", ""],
    "money": ["0", "0.01"],
    "tsvector": ["", "a", "a:1", "a b"],
}  # fmt: skip


@pytest.fixture(scope="module")
def session(each_postgres: EmbeddedServer) -> Iterator[Connection]:
    """A session of the fingerprint in a database of its own, where it may write."""
    with empty_database(each_postgres) as name:
        opened = endpoint(each_postgres.dsn(name)).connect()
        try:
            _set(opened, default_transaction_read_only="off", search_path="public")
            opened.execute(SETUP)
            yield opened
        finally:
            opened.close()


@pytest.fixture
def connection(session: Connection) -> Iterator[Connection]:
    """The session; no table stays."""
    yield session
    session.execute("DROP TABLE IF EXISTS t, one, other")


def _set(connection: Connection, **settings: str) -> None:
    for name, value in settings.items():
        connection.execute("SELECT set_config(%s, %s, false)", [name, value])


def query_of(connection: Connection, table: str) -> sql.Composed:
    """The query for the hash of a table's content."""
    found = connection.execute("SELECT %s::regclass::oid::int8", [table]).fetchall()
    (defined,) = definitions(connection, [oid for (oid,) in found]).values()
    name = sql.Identifier(*table.split("."))
    return hashed_rows(name, defined.stored_columns, SEEDS, sql.SQL(""))


def content(connection: Connection, table: str) -> str:
    """The hash of a table's content."""
    with _as_in_a_backup(connection):
        return _hashed(connection, query_of(connection, f"public.{table}"))


def contents_of(connection: Connection, table: str) -> Callable[[], str]:
    """What gives the hash of a table's content as it is by then, while its columns stay."""
    with _as_in_a_backup(connection):
        query = query_of(connection, f"public.{table}")

    def content_now() -> str:
        with _as_in_a_backup(connection):
            return _hashed(connection, query)

    return content_now


@contextmanager
def _as_in_a_backup(connection: Connection) -> Iterator[None]:
    """Nothing is found by its name alone."""
    with connection.transaction():
        connection.execute("SET LOCAL search_path = ''")
        yield


def _hashed(connection: Connection, query: sql.Composed) -> str:
    count, first, second = connection.execute(query).fetchall()[0]
    return combined(count, int(first or 0), int(second or 0))


def written(connection: Connection, table: str) -> tuple[bytes, ...]:
    """What a dump has of a table, in whatever order."""
    names = sorted(name for (name,) in connection.execute(_COLUMNS, [table]))
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    copy = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table), columns)
    with connection.cursor().copy(copy) as rows:
        return tuple(sorted(b"".join(bytes(row) for row in rows).splitlines()))


_COLUMNS = (
    "SELECT attname FROM pg_attribute"
    " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
)


def make(connection: Connection, table: str, types: Sequence[str]) -> None:
    """An empty table with columns ``c0``, ``c1`` and so on."""
    columns = ", ".join(f"c{number} {each}" for number, each in enumerate(types))
    connection.execute(f"CREATE TABLE {table} ({columns})".encode())


def fill(
    connection: Connection, table: str, types: Sequence[str], rows: Sequence[Sequence[str | None]]
) -> None:
    """Values as their types read them from text."""
    for row in rows:
        values = ", ".join(
            f"{sql.Literal(value).as_string(connection)}::{each.partition(' COLLATE')[0]}"
            for value, each in zip(row, types, strict=True)
        )
        connection.execute(f"INSERT INTO {table} SELECT {values}".encode())


@pytest.mark.parametrize("column", DISTINCT)
def test_values_that_are_written_otherwise_are_hashed_otherwise(
    connection: Connection, column: str
) -> None:
    make(connection, "t", [column])
    content_now = contents_of(connection, "t")
    seen = {}
    for value in [None, *DISTINCT[column]]:
        connection.execute("TRUNCATE t")
        fill(connection, "t", [column], [[value]])
        seen[written(connection, "t")] = content_now()

    assert len(seen) == len(DISTINCT[column]) + 1  # or two of these values are the same
    assert len(set(seen.values())) == len(seen)


def test_whatever_rows_are_hashed_alike_exactly_where_they_are_written_alike(
    connection: Connection,
) -> None:
    types = ["int", "bigint", "text", "char(3)", "boolean", "numeric", "jsonb", "pair", "text[]"]
    some = random.Random(20261121)
    hashes: dict[tuple[bytes, ...], set[str]] = defaultdict(set)
    contents: dict[str, set[tuple[bytes, ...]]] = defaultdict(set)
    connection.execute("CREATE TABLE t ()")
    for _ in range(40):
        chosen = some.sample(types, 2)
        connection.execute("DROP TABLE t")
        make(connection, "t", chosen)
        content_now = contents_of(connection, "t")
        hashes.clear()
        contents.clear()
        for _ in range(12):
            connection.execute("TRUNCATE t")
            rows = [
                [some.choice([None, *DISTINCT[each][:2]]) for each in chosen]
                for _ in range(some.randrange(4))
            ]
            fill(connection, "t", chosen, rows)
            dumped, hashed = written(connection, "t"), content_now()
            hashes[dumped].add(hashed)
            contents[hashed].add(dumped)

        assert {len(each) for each in hashes.values()} == {1}
        assert {len(each) for each in contents.values()} == {1}


@pytest.mark.parametrize(
    ("types", "one", "other"),
    [
        (["int", "int"], [["1", "2"], ["3", "4"]], [["1", "4"], ["3", "2"]]),
        (["int", "int"], [["1", "2"]], [["2", "1"]]),
        (["int", "int"], [["0", None]], [[None, "0"]]),
        (["text", "text"], [["a", "b"], ["c", "d"]], [["a", "d"], ["c", "b"]]),
        (["text", "text"], [["ab", ""]], [["a", "b"]]),
        (["text", "text"], [["", None]], [[None, ""]]),
        (["jsonb", "bigint"], [["1", "1"], ["2", "2"]], [["1", "2"], ["2", "1"]]),
        (["int"], [["1"], ["1"], ["2"]], [["1"], ["2"], ["2"]]),
        (["boolean"], [["t"], ["t"]], [["f"], ["f"]]),
    ],
)
def test_values_that_change_places_change_the_content(
    connection: Connection,
    types: list[str],
    one: list[list[str | None]],
    other: list[list[str | None]],
) -> None:
    found = []
    for table, rows in (("one", one), ("other", other)):
        make(connection, table, types)
        fill(connection, table, types, rows)
        found.append(content(connection, table))

    assert found[0] != found[1]


def test_another_physical_layout_is_the_same_content(connection: Connection) -> None:
    connection.execute(
        """
        CREATE TABLE t (id int, body text, doc jsonb, c char(9), later text);
        INSERT INTO t SELECT n, repeat('x' || n, n * 3), jsonb_build_object('n', repeat('y', n)),
                             'c' || n, 'later' FROM generate_series(1, 4000, 7) AS n;
        INSERT INTO t SELECT * FROM t WHERE id % 5 = 1;
        CREATE TABLE other (later text, gone int, doc jsonb, c char(9), body text, id int);
        ALTER TABLE other DROP COLUMN gone, DROP COLUMN later;
        ALTER TABLE other ALTER body SET STORAGE EXTERNAL, ALTER doc SET STORAGE MAIN;
        INSERT INTO other (id, body, doc, c) SELECT id, body, doc, c FROM t ORDER BY id DESC;
        UPDATE other SET id = id WHERE id % 3 = 0;
        ALTER TABLE other ADD later text DEFAULT 'later';
        """
    )

    assert written(connection, "t") == written(connection, "other")
    assert content(connection, "t") == content(connection, "other")


def test_parallel_workers_find_the_same_content(connection: Connection) -> None:
    connection.execute(
        "CREATE TABLE t AS SELECT n AS id, md5(n::text) AS note, jsonb_build_object('n', n) AS doc,"
        " n::numeric AS amount FROM generate_series(1, 20000) AS n; ANALYZE t"
    )
    alone = content(connection, "t")
    cheap = {"min_parallel_table_scan_size": "0", "parallel_setup_cost": "0"}
    _set(connection, max_parallel_workers_per_gather="2", **cheap)
    explain = sql.SQL("EXPLAIN {}").format(query_of(connection, "t"))
    plan = [line for (line,) in connection.execute(explain)]
    together = content(connection, "t")
    _set(connection, max_parallel_workers_per_gather="0")

    assert any("Gather" in line for line in plan)
    assert together == alone


def test_a_nan_of_other_bits_is_the_nan_that_a_dump_writes(connection: Connection) -> None:
    (odd,) = struct.unpack(">d", bytes.fromhex("7ff8000000000123"))
    assert math.isnan(odd)
    found = []
    for table, value in (("one", odd), ("other", math.nan)):
        make(connection, table, ["double precision"])
        statement = sql.SQL("INSERT INTO {} VALUES (%b)").format(sql.Identifier(table))
        connection.execute(statement, [value])
        found.append(content(connection, table))

    assert found[0] == found[1]


@pytest.mark.parametrize("columns", [0, 1, LONGEST_CHAIN, LONGEST_CHAIN + 1, 1600])
def test_a_table_of_any_width_is_hashed_to_its_last_column(
    connection: Connection, columns: int
) -> None:
    make(connection, "t", ["int"] * columns)
    connection.execute("INSERT INTO t DEFAULT VALUES")
    before = content(connection, "t")
    connection.execute("INSERT INTO t DEFAULT VALUES")
    seen = {before, content(connection, "t")}
    connection.execute("TRUNCATE t")
    for number in {0, columns // 2, columns - 1} & set(range(columns)):
        statement = sql.SQL("INSERT INTO t ({}) VALUES (0)").format(sql.Identifier(f"c{number}"))
        connection.execute("TRUNCATE t")
        connection.execute(statement)
        seen.add(content(connection, "t"))

    assert len(seen) == 2 + min(columns, 3) - (columns == 2)


def test_the_recipe_is_the_same_on_each_version(connection: Connection) -> None:
    """These digits change with the recipe, and then its number must."""
    connection.execute(
        """
        CREATE TABLE t (a int, b text, c jsonb, d numeric, e timestamptz, f bigint, g boolean,
                        h uuid, i char(5), j float8, k smallint, l oid);
        INSERT INTO t VALUES
            (1, 'ä', '{"b": [1.0, null], "a": "\\u0001"}', 1.50, '2026-11-21 02:00+01',
             1::int8 << 40, true, '00000000-0000-4000-8000-000000000001', 'ab', 0.1, -7,
             4000000000),
            (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        """
    )

    assert content(connection, "t") == (
        "ffffffffffffffff70031d6f0d701f06ffffffffffffffff9918cc721c0e5413"
    )
