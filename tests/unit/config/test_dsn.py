from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from core.config.dsn import holds_secret, is_dsn, parameters_of


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://",
        "postgresql://h",
        "postgres://u@h:5433/d",
        "postgresql://u%40x:p%2Fw@h/d",
        "postgresql://u@/d",
        "postgresql:///d?host=/run/pg&sslmode=require",
        "postgresql://%2Frun%2Fpg/d",
        "postgresql://[::1]:5433,b:2/d",
        "postgresql://u@h/d%20x?application_name=a%26b",
        "host=h port = 5433",
        r"host='a b' password='it\'s' user=a\ b",
        "host='' dbname=d",
        "host= dbname=d",
        "dbname = 'a=b'",
    ],
)
def test_the_parameters_are_those_that_libpq_reads(dsn: str) -> None:
    read = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value}
    assert parameters_of(dsn) == read


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://u:p@h/d",
        "postgresql://:p@h",
        "postgresql://u:with/slash@h/d",
        "postgresql://h?password=p",
        "postgresql://h?sslpassword=p",
        "host=h password=p",
        "PASSWORD = p",
    ],
)
def test_a_secret_is_found_wherever_it_is_written(dsn: str) -> None:
    assert holds_secret(dsn)


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://u@h/d",
        "postgresql://u:@h",
        "host=h passfile=/f",
        "host=h application_name='password=x'",
    ],
)
def test_no_secret_is_seen_where_none_is(dsn: str) -> None:
    assert not holds_secret(dsn)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("orders", False), ("eu-1.orders", False), ("postgres://", True), ("host=h", True)],
)
def test_a_name_and_a_connection_string_are_told_apart(text: str, expected: bool) -> None:
    assert is_dsn(text) is expected
