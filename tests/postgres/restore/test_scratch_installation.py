"""Which PostgreSQL a scratch server is started from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.config.dump_settings import DumpSettings
from core.config.settings import Settings
from core.postgres.embedded import Programs, ServerAccount
from core.restore.scratch.installation import installation_for
from tests.servers.sealed_backups import Sealing

OF_15 = replace(Sealing().full(0).manifest, server_version=150004, program_version=150004)


@pytest.fixture
def folder(servers_folder: Path, account: ServerAccount) -> Path:
    """Where a scratch server would be made."""
    made = servers_folder / "a scratch server"
    made.mkdir(mode=0o700)
    account.own(made)
    return made


def test_one_that_only_we_are_led_to_by_a_link_is_not_unpacked_again(
    debian_programs: Programs, folder: Path, account: ServerAccount, tmp_path: Path
) -> None:
    """The server's account can't follow a link in a folder that is ours."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    link = closed / "programs"
    link.symlink_to(debian_programs.bin)
    found = installation_for(
        OF_15,
        Settings(dump=DumpSettings(client_programs=str(link))),
        folder=folder,
        state_folder=tmp_path,
        account=account,
    )
    assert found.server.bin == debian_programs.bin
    assert list(folder.iterdir()) == []
