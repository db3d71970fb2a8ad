from __future__ import annotations

from pathlib import Path

import pytest

from core.api.address import address_of
from core.api.launch import open_launch
from core.config.settings import ServerSettings
from core.engine.order import Order, Stay
from core.errors import ConfigError

NOBODY = {"PGUSER": "me"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        '[servers.primary]\ndsn = "postgresql://mon@db1/shop"\nproduction = true\n'
        '[servers.replica]\nhost = "db2"\nuser = "mon"\n'
    )
    return path


@pytest.mark.parametrize(
    ("dsn", "server_id"),
    [
        ("postgresql://ann:pw@db1:6432/shop", "ann@db1:6432/shop"),
        (
            "postgresql://ann:pw@db1:6432/shop?sslrootcert=/ca.crt&sslmode=verify-full",
            "ann@db1:6432/shop?sslmode=verify-full&sslrootcert=/ca.crt",
        ),
        (
            "host=db1 user=ann options='-c a=b&sslmode=x'",
            "ann@db1:5432/ann?options=-c a=b%26sslmode=x",
        ),
        ("postgresql://ann@db1/?hostaddr=10.0.0.1", "ann@db1:5432/ann?hostaddr=10.0.0.1"),
        (
            "postgresql://ann:pw@db1/shop?application_name=x&connect_timeout=3&passfile=/p",
            "ann@db1:5432/shop",
        ),
        ("postgres://ann@db1", "ann@db1:5432/ann"),
        ("postgresql://ann@[fe80::1]:5433/shop", "ann@fe80::1:5433/shop"),
        ("postgresql://ann:p%40w@a:1,b:2/shop", "ann@a,b:1,2/shop"),
        ("postgresql:///shop?host=/run/pg&user=ann", "ann@/run/pg:5432/shop"),
        (r"host=db1 user='o\'ann' password='a b' dbname=shop", "o'ann@db1:5432/shop"),
        ("service=prod", "service=prod"),
        ("service=prod dbname=shop sslmode=require", "service=prod?dbname=shop&sslmode=require"),
        ("dbname=shop", "me@local:5432/shop"),
    ],
)
def test_a_dsn_gets_an_id_that_says_where_it_leads(dsn: str, server_id: str) -> None:
    assert address_of(ServerSettings(dsn=dsn), NOBODY).server_id == server_id


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://ann:hush@db1/shop",
        "postgresql://ann:hu/sh@db1/shop",
        "postgresql://ann:hush/@db1/shop",
        "postgresql://ann:x?sslmode=hush@db1/shop",
        "postgresql://db1/shop?user=ann&password=hush",
        "host=db1 user=ann password=hush",
    ],
)
def test_neither_id_nor_target_holds_a_piece_of_the_password(dsn: str) -> None:
    address = address_of(ServerSettings(dsn=dsn), NOBODY)
    assert "hu" not in address.server_id + address.target


def test_a_launch_shows_no_password() -> None:
    launch = open_launch("postgresql://ann:hush@db1/shop")
    assert "hush" not in repr(launch)
    assert "hush" not in repr(launch.order(Stay.FOREVER))


@pytest.mark.parametrize("password", ["hu/sh", "hush/", "hu:sh/", "hu/x?sslmode=sh"])
def test_a_password_that_libpq_takes_for_a_place_is_refused_without_showing_it(
    password: str,
) -> None:
    with pytest.raises(ConfigError) as caught:
        open_launch(f"postgresql://ann:{password}@db1/shop")
    assert "hu" not in str(caught.value)


def test_an_option_of_the_environment_makes_another_connection_too() -> None:
    server = ServerSettings(dsn="postgresql://ann@db1/shop")
    asked = {"PGSSLMODE": "require"}
    assert address_of(server, asked).server_id == "ann@db1:5432/shop?sslmode=require"


@pytest.mark.parametrize(
    ("dsn", "why"),
    [
        ("postgresql://ann:hush@db1/shop?sslmode=bogus", "sslmode can't be bogus"),
        ("host=db1 sslmode=Require", "sslmode can't be Require"),
        ("postgresql://ann:hush@db1/shop?sslmod=require", "sslmod is no option of libpq"),
        ("postgresql://ann:hush@db1:99999/shop", "port is not a number from 1 to 65535"),
        ("postgresql://ann:hush@db1:x/shop", "port is not a number from 1 to 65535"),
        ("postgresql://ann:hush@db1/?require_auth=scram", "require_auth can't hold scram"),
        ("postgresql://ann:hush@db1/?channel_binding=yes", "channel_binding can't be yes"),
    ],
)
def test_an_option_that_libpq_would_not_take_is_refused_with_its_mend(dsn: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_launch(dsn)
    assert why in caught.value.why
    assert caught.value.remedy
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "query",
    [
        "sslmode=verify-full&sslrootcert=system",
        "ssl=true",
        "ssl_min_protocol_version=tlsv1.2",
        "require_auth=!password,!md5",
        "target_session_attrs=prefer-standby",
    ],
)
def test_what_libpq_takes_is_taken(query: str) -> None:
    open_launch(f"postgresql://ann@db1/shop?{query}")


def test_an_option_of_the_environment_is_checked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "bogus")
    with pytest.raises(ConfigError, match="described") as caught:
        open_launch("postgresql://ann@db1/shop")
    assert caught.value.why == "sslmode can't be bogus"


def test_libpqs_variables_fill_what_is_left_out() -> None:
    environment = {"PGHOST": "db9", "PGPORT": "7000", "PGUSER": "bob", "PGDATABASE": "x"}
    assert address_of(ServerSettings(), environment).server_id == "bob@db9:7000/x"


def test_without_a_target_every_configured_server_is_meant(config: Path) -> None:
    launch = open_launch(None, config)
    assert [entry.server_id for entry in launch.servers] == ["primary", "replica"]
    assert launch.servers[0].production
    assert launch.servers[0].target == "postgresql://mon@db1:5432/shop"


def test_without_a_target_and_a_config_libpqs_environment_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("PGVIGIL_CONFIG", raising=False)
    monkeypatch.setenv("PGHOST", "db9")
    monkeypatch.setenv("PGUSER", "bob")
    [entry] = open_launch().servers
    assert entry.server_id.startswith("bob@db9:")


def test_names_and_dsns_are_taken_in_the_order_given(config: Path) -> None:
    launch = open_launch(["replica", "postgresql://me@db3/x"], config)
    assert [entry.server_id for entry in launch.servers] == ["replica", "me@db3:5432/x"]
    assert list(launch.settings.servers) == ["replica", "me@db3:5432/x"]


def test_an_unknown_name_is_answered_with_the_nearest_one(config: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        open_launch("replca", config)
    assert "did you mean replica?" in caught.value.remedy
    assert "primary, replica" in caught.value.why


def test_an_order_reaches_the_watcher_unchanged(config: Path) -> None:
    order = open_launch(None, config).order(Stay.WITH_CONSOLES)
    assert Order.from_json(order.to_json()) == order
