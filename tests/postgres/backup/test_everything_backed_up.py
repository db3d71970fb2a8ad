"""A database that has everything comes back whole, by break-glass.py and plain pg_restore alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.postgres.embedded import Programs
from tests.conftest import ProgramsOf
from tests.postgres.backup.conftest import run
from tests.servers.backing_up import BackupSite, backup_site
from tests.servers.everything import everything
from tests.servers.factory import ServerFactory


@pytest.fixture(params=[15, 16, 18], ids=lambda major: f"postgresql {major}")
def site(
    request: pytest.FixtureRequest,
    programs: Programs,
    programs_of: ProgramsOf,
    start_server: ServerFactory,
    tmp_path: Path,
) -> Iterator[BackupSite]:
    """A host that backs up a database that has everything, on each of these versions."""
    server = start_server(programs=programs_of(request.param))
    own = server.programs
    # What was fetched for tests is a server without client programs.
    tools = own if (own.bin / "pg_dump").exists() else programs
    with (
        everything(server) as name,
        backup_site(tmp_path, server, server.dsn(name), tools=tools) as made,
    ):
        yield made


def test_everything_comes_back_from_a_full_one_and_from_incrementals(
    site: BackupSite, tmp_path: Path
) -> None:
    manifests = [site.take().manifest]
    assert len(manifests[0].fingerprint.tables) == 12
    assert len({each.table for each in manifests[0].artifacts if each.table}) == 12
    run(site.dsn, "CREATE TABLE later (id int); INSERT INTO later VALUES (1)")
    manifests.append(site.take("incremental").manifest)
    own = [e for e in manifests[1].artifacts if e.table and e.backup_id == manifests[1].backup_id]
    assert "later" in {each.table.name for each in own if each.table}
    assert len(own) < 12
    for number, manifest in enumerate(manifests):
        assert site.differences(manifest, tmp_path / f"out{number}") == ()
