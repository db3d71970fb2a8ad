"""Every kind of restore of a database that has everything is proven equal to its backup."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.postgres.embedded import EmbeddedServer, Programs, ServerAccount
from tests.conftest import ProgramsOf
from tests.servers.backing_up import backup_site
from tests.servers.backup_host import Host
from tests.servers.everything import drop_database, everything
from tests.servers.factory import ServerFactory

ODD = 'Wéird "Schäma" 🐘.T.a*b?le "1"'


@pytest.fixture(scope="module", params=[15, 18], ids=lambda major: f"postgresql {major}")
def host(
    request: pytest.FixtureRequest,
    programs: Programs,
    programs_of: ProgramsOf,
    servers_folder: Path,
    account: ServerAccount,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Host]:
    """A server of its own, and one backup for all tests here."""
    factory = ServerFactory(servers_folder, programs, account)
    try:
        server = factory(programs=programs_of(request.param))
        folder = tmp_path_factory.mktemp("site")
        with everything(server) as name, backup_site(folder, server, server.dsn(name)) as site:
            made = Host(site)
            site.take()
            yield made
            _drop_what_was_undone(server)
    finally:
        factory.remove_all()


def _drop_what_was_undone(server: EmbeddedServer) -> None:
    """What an undone swap keeps has objects of roles that go with the fixture."""
    with psycopg.connect(server.dsn()) as connection:
        kept = "SELECT datname FROM pg_database WHERE datname ~ '_undone_'"
        names = [name for (name,) in connection.execute(kept)]
    for name in names:
        drop_database(server, name)


@pytest.mark.parametrize(
    "asked",
    [
        (),
        ("--schema-only",),
        ("--schema", "sales"),
        ("--schema", "sales", "--schema-only"),
        ("--table", "sales.customer", "--table", ODD),
        ("--no-owner", "--table", "sales.parent"),
        ("--scratch",),
        ("--swap",),
        ("--globals",),
    ],
    ids=lambda asked: " ".join(asked) or "everything",
)
def test_it_is_compared_and_undone(host: Host, tmp_path: Path, asked: tuple[str, ...]) -> None:
    out = tmp_path / "plan"
    code, told, err = host.restores.run("plan", "shop", *asked, "--out", out)
    assert (code, err) == (0, ""), told
    target = json.loads(out.read_text())["plan"]["wish"]["target_database"]
    verdict = "proven"
    differences: list[str] = []
    if "--no-owner" in asked:
        verdict = "restored with differences"
        differences = ["schema sales: belongs to postgres instead of everything_owner"]
    done = host.restores.told("run", out, "--confirm", target, code=1 if differences else 0)
    assert (done["status"], done["verdict"], done["differences"]) == (
        "completed",
        verdict,
        differences,
    )
    if "--globals" not in asked:
        assert host.restores.run("undo", "last", "--confirm", target)[0] == 0
    assert host.site.leftovers() == set()
