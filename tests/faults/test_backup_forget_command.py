"""``pgvigil backup forget`` as a person and a program use it."""

from __future__ import annotations

import pytest

from tests.contract.repositories import small_folder
from tests.servers.backed_up import backed_up
from tests.servers.commands import BackupCommands
from tests.servers.sealed_backups import SealedBackup, Sealing

SEALING = Sealing()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[BackupCommands, SealedBackup]:
    """A host whose config has lost ``old``, which has the only copy of a backup."""
    folder = tmp_path_factory.mktemp("forget")
    places = {name: small_folder(folder / name).settings for name in ("local", "old")}
    with backed_up(folder, places, SEALING) as host:
        host.put(SEALING.full(0))
        alone = host.put(SEALING.full(1), "old")
    config = folder / "config.toml"
    config.write_text(
        f'[repositories.local]\npath = "{places["local"].path}"\n'
        f'[backup]\ncopies = ["local"]\n[keys.main]\nfile = "{folder / "one.key"}"\n'
    )
    return BackupCommands(config, folder / "one"), alone


def test_only_copies_want_a_flag_and_the_name_typed(
    both: tuple[BackupCommands, SealedBackup],
) -> None:
    backups, alone = both
    assert "local, old (not in the config)" in backups.run("list")[1]
    code, out, err = backups.run("forget", "old", "--confirm", "old")
    assert code == 64
    assert f"ONLY COPY    {alone.backup_id}" in out
    assert "1 backup has no other copy than in old" in err
    assert "--with-only-copies" in err
    code, _, err = backups.run("forget", "old", "--with-only-copies", "--confirm", "local")
    assert (code, "nobody confirmed it" in err) == (64, True)
    assert backups.told("forget", "old", "--plan")["forgotten"] is False
    told = backups.told("forget", "old", "--with-only-copies", "--confirm", "old")
    assert (told["forgotten"], told["only_copies"]) == (True, [alone.backup_id])
    assert told["servers"] == [{"server": "shop", "copies": 2, "missing": 0}]
    code, _, err = backups.run("forget", "old", "--plan")
    assert (code, "No copy is known in a repository old" in err) == (64, True)
