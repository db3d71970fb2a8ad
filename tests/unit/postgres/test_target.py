"""What a server's settings become for libpq, and what is shown of them."""

from typing import Any

import pytest

from core.config.settings import ServerSettings
from core.errors import ConfigError
from core.postgres.target import Target, settings_from_dsn


@pytest.fixture(autouse=True)
def libpq_without_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE", "PGAPPNAME"):
        monkeypatch.delenv(name, raising=False)


def target(**settings: Any) -> Target:
    return Target.from_settings("main", ServerSettings(**settings))


def test_a_key_of_its_own_wins_over_the_same_in_the_dsn() -> None:
    parameters = target(dsn="postgresql://a@db1:1/x", host="db2", port=2).parameters

    assert (parameters["host"], parameters["port"], parameters["user"]) == ("db2", "2", "a")


def test_what_is_not_given_is_left_to_libpq() -> None:
    assert target(host="db1").parameters == {"host": "db1", "application_name": "pgvigil"}


def test_the_display_is_a_uri_without_password() -> None:
    shown = target(dsn="postgresql://ann:s3cr3t@db1:6432/shop?sslmode=require").display

    assert shown == "postgresql://ann@db1:6432/shop"


@pytest.mark.parametrize(
    ("dsn", "shown"),
    [
        ("host=db1 user=ann dbname=shop", "postgresql://ann@db1/shop"),
        ("postgresql://ann@[::1]:5433/shop", "postgresql://ann@[::1]:5433/shop"),
        ("postgresql://ann@a:1,b:2/shop", "postgresql://ann@a:1,b:2/shop"),
        ("host=/run/pg user=ann dbname=shop", "postgresql://ann@/run/pg/shop"),
        ("service=prod", "service=prod"),
        ("host=db1 user='a/b@c' dbname='x y'", "postgresql://a%2Fb%40c@db1/x%20y"),
    ],
)
def test_every_way_to_name_a_server_has_a_display(dsn: str, shown: str) -> None:
    assert target(dsn=dsn).display == shown


def test_the_display_shows_what_libpqs_environment_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db9")
    monkeypatch.setenv("PGPORT", "7777")
    monkeypatch.setenv("PGUSER", "eve")
    monkeypatch.setenv("PGDATABASE", "mart")

    assert target().display == "postgresql://eve@db9:7777/mart"


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://ann:s3cr3t@db1/shop",
        "host=db1 password=s3cr3t",
        "postgresql://db1/shop?password=s3cr3t",
        "postgresql://db1/shop?sslpassword=s3cr3t",
    ],
)
def test_a_password_in_a_dsn_is_used_and_shown_nowhere(dsn: str) -> None:
    settings = settings_from_dsn(dsn)
    made = Target.from_settings("main", settings)

    assert made.secrets() == ("s3cr3t",)
    assert "s3cr3t" in made.parameters.values()
    assert "s3cr3t" not in repr(made) + made.display + repr(settings)


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://ann:s3cr3t@[db1/shop",
        "host=db1 password='s3cr3t",
        "postgresql://db1/shop?pasword=s3cr3t",
        "postgresql://db1/shop?password=a&s3cr3t",
        "host=db1 s3cr3t",
    ],
)
def test_a_dsn_that_cannot_be_read_says_so_without_its_secrets(dsn: str) -> None:
    with pytest.raises(ConfigError) as error:
        settings_from_dsn(dsn)

    assert "s3cr3t" not in str(error.value)
    assert error.value.why


def test_two_password_sources_exclude_each_other() -> None:
    with pytest.raises(ConfigError, match="more than one source"):
        target(password_env="A", password_file="/b")
