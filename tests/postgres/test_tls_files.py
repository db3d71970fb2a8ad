"""The files of a TLS connection, named in a config: with a server that demands all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from core.config.settings import ServerSettings
from core.errors import ConfigError
from core.postgres.capability_report import examine
from core.postgres.embedded import ServerAccount
from core.postgres.failure import ConnectError
from core.postgres.session import Session
from core.postgres.target import Target
from tests.postgres.connecting import LIMITS, run
from tests.servers.factory import ServerFactory
from tests.servers.tls import make_certificate

CLIENT = b"SELECT client_dn FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()"


def target(settings: ServerSettings) -> Target:
    """The target of a server that a config has by these settings."""
    return Target.from_settings("orders", settings)


async def test_a_tilde_in_a_config_is_the_home_folder_and_one_in_a_dsn_is_libpqs(
    start_server: ServerFactory,
    account: ServerAccount,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = start_server(settings={"ssl_ca_file": "server.crt"})
    certificate = make_certificate(server, account)
    for name in ("server.crt", "server.key"):
        copy = tmp_path / name
        copy.touch(0o600)
        copy.write_bytes((certificate.parent / name).read_bytes())
    (server.data / "pg_hba.conf").write_text(
        "local all all scram-sha-256\n"
        "hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n"
    )
    run(server.socket_dsn(), "ALTER SYSTEM SET ssl = on")
    server.restart()
    monkeypatch.setenv("HOME", str(tmp_path))
    dsn = f"{server.dsn()}?sslmode=verify-ca"
    certificate_in_home, key_in_home = "~/server.crt", "~/server.key"
    in_config = ServerSettings(
        dsn=dsn,
        sslrootcert=certificate_in_home,
        sslcert=certificate_in_home,
        sslkey=key_in_home,
    )
    in_dsn = ServerSettings(
        dsn=make_conninfo(
            dsn,
            sslrootcert=certificate_in_home,
            sslcert=certificate_in_home,
            sslkey=key_in_home,
        )
    )

    session = await Session.connect(target(in_config), LIMITS)
    try:
        (row,) = (await session.ask(CLIENT)).rows
    finally:
        await session.close()
    with pytest.raises(ConnectError, match=r"can't be (checked|trusted)"):
        await Session.connect(target(in_dsn), LIMITS)

    assert row == ("/CN=another-host",)


@pytest.mark.parametrize(
    ("in_dsn", "key", "path", "remedy"),
    [
        ("", "~/client.crt", "/client.crt", "put it there"),
        ("?sslcert=~/client.crt", "", "no file ~/client.crt", "write the whole path"),
    ],
)
async def test_doctor_names_the_file_that_was_looked_for(
    monitor_dsn: str, in_dsn: str, key: str, path: str, remedy: str
) -> None:
    settings = ServerSettings(dsn=monitor_dsn + in_dsn, sslcert=key)
    session = await Session.connect(target(settings), LIMITS)
    try:
        found = (await examine(session)).capabilities
    finally:
        await session.close()
    (said,) = [each for each in found if each.name == "the file of sslcert"]
    assert path in said.cost
    assert ("~" in said.cost) is bool(in_dsn)
    assert said.remedy.startswith(remedy)


def test_the_home_folder_of_nobody_is_a_mistake_of_the_config() -> None:
    with pytest.raises(ConfigError, match="no home folder for ~nobody-at-all"):
        target(ServerSettings(host="db1", sslkey="~nobody-at-all/client.key"))
