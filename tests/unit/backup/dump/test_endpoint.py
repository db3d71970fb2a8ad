"""A program gets its secrets by its environment, never by its arguments."""

from __future__ import annotations

import stat
from pathlib import Path

from core.backup.dump.endpoint import Endpoint
from core.config.dump_settings import DumpSettings
from core.config.settings import ServerSettings
from core.postgres.target import Target


def endpoint(**secrets: str) -> Endpoint:
    return Endpoint(
        display="postgresql://app@db.example.com/orders",
        database="orders",
        encoding="UTF8",
        server_version=180001,
        target=Target.from_settings("orders", ServerSettings(host="db.example.com")),
        settings=DumpSettings(),
        parameters={"host": "db.example.com", "dbname": "it's"},
        secrets=secrets,
    )


def test_a_password_is_a_variable() -> None:
    there = endpoint(password="hunter2")
    with there.secret_environment() as variables:
        assert variables == {"PGPASSWORD": "hunter2"}
    assert "hunter2" not in there.conninfo()
    assert "hunter2" not in repr(there)
    assert "service" not in there.conninfo()


def test_other_secrets_stand_in_a_private_file_while_the_program_runs() -> None:
    there = endpoint(password="hunter2", sslpassword="of the key")
    with there.secret_environment() as variables:
        path = Path(variables["PGSERVICEFILE"])
        assert path.read_text() == "[pgvigil]\nsslpassword=of the key\n"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.exists()
    assert "service=pgvigil" in there.conninfo()
    assert "of the key" not in there.conninfo()


def test_without_secrets_nothing_is_added() -> None:
    with endpoint().secret_environment() as variables:
        assert variables == {}
