"""A service that is told to read its config again."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from core.engine.presence import is_watched
from core.postgres.embedded import EmbeddedServer
from tests.servers.databases import fresh_database
from tests.servers.watching import QUICK_ENGINE, Program, Site, site, until

BY_HAND = "-m", "tests.servers.program", "serve", ""


@pytest.fixture
def dsns(postgres: EmbeddedServer) -> Iterator[dict[str, str]]:
    """Two servers that a config can name: two databases of one."""
    with fresh_database(postgres) as orders, fresh_database(postgres) as reports:
        yield {"orders": postgres.dsn(orders), "reports": postgres.dsn(reports)}


@pytest.fixture
def service(
    tmp_path: Path, dsns: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Program]]:
    """Starts a service on the config of a site, with the passwords in its environment."""
    running: list[Program] = []
    for name, dsn in dsns.items():
        monkeypatch.setenv(f"{name.upper()}_PASSWORD", password_of(dsn))

    def start(**environment: str) -> Program:
        running.append(Program(*BY_HAND, str(tmp_path), environment=environment))
        return running[-1]

    yield start
    for program in running:
        program.end()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        yield made


def password_of(dsn: str) -> str:
    return psycopg.conninfo.conninfo_to_dict(dsn)["password"]  # type: ignore[return-value]


def configure(here: Site, dsns: dict[str, str], *names: str) -> None:
    """Write a config with the servers of these names."""
    servers = []
    for name in names:
        known = psycopg.conninfo.conninfo_to_dict(dsns[name])
        servers.append(
            f'[servers.{name}]\nhost = "{known["host"]}"\nport = {known["port"]}\n'
            f'dbname = "{known["dbname"]}"\nuser = "{known["user"]}"\n'
            f'password_env = "{name.upper()}_PASSWORD"\n'
        )
    here.config.write_text("\n".join([*servers, QUICK_ENGINE]))


def test_a_server_that_was_added_is_watched_and_one_that_was_removed_is_not(
    here: Site, dsns: dict[str, str], service: Callable[..., Program]
) -> None:
    configure(here, dsns, "orders")
    program = service()
    assert program.said("connected to orders")
    assert is_watched(here.state, "orders")
    assert not is_watched(here.state, "reports")

    configure(here, dsns, "reports")
    program.process.send_signal(signal.SIGHUP)
    assert program.said("connected to reports")
    until(lambda: is_watched(here.state, "reports"))
    assert not is_watched(here.state, "orders")
    assert program.terminate() == 0


def test_a_console_that_looks_meanwhile_finds_the_server_watched(
    here: Site, dsns: dict[str, str], service: Callable[..., Program]
) -> None:
    configure(here, dsns, "orders")
    program = service()
    assert program.said("connected to orders")
    configure(here, dsns, "orders", "reports")
    program.process.send_signal(signal.SIGHUP)

    while not is_watched(here.state, "reports"):
        assert is_watched(here.state, "orders")
        time.sleep(0.001)


def test_a_config_with_mistakes_is_not_taken_and_the_log_says_why(
    here: Site, dsns: dict[str, str], service: Callable[..., Program], tmp_path: Path
) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(address))
        listener.settimeout(15)
        configure(here, dsns, "orders")
        program = service(NOTIFY_SOCKET=str(address))
        assert program.said("connected to orders")

        here.config.write_text("[servers.orders]\nhots = 'x'\n")
        program.process.send_signal(signal.SIGHUP)
        assert program.said("servers.orders.hots")
        assert is_watched(here.state, "orders")

        configure(here, dsns, "orders")
        program.process.send_signal(signal.SIGHUP)
        assert program.said("connected to orders")
        assert program.terminate() == 0

        told: list[bytes] = []
        while not told or told[-1] != b"STOPPING=1":
            told.append(listener.recv(4096))
    words = [each.partition(b"\n")[0] for each in told if each != b"WATCHDOG=1"]
    assert words == [
        *(b"READY=1", b"RELOADING=1", b"READY=1", b"RELOADING=1", b"READY=1", b"STOPPING=1")
    ]
