"""``pgvigil backup verify --lost-key``: a copy under a key that is lost can be opened again."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from core.api.keys import Keys
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import write_key_file
from core.config.encryption_settings import EncryptionSettings, KeySettings
from core.config.settings import Settings, StoreSettings
from core.store.store import Store
from tests.contract.repositories import small_folder
from tests.servers.backed_up import backed_up
from tests.servers.commands import BackupCommands
from tests.servers.sealed_backups import Sealing

OLD, NEW = Sealing(), KeyEncryptionKey.generate()


def test_a_copy_under_a_key_that_is_lost_is_opened_again(tmp_path: Path) -> None:
    places = {name: small_folder(tmp_path / name).settings for name in ("first", "second")}
    write_key_file(tmp_path / "new.key", NEW)
    with backed_up(tmp_path, places, OLD) as host:
        host.put(OLD.full())
        both = {"new": KeySettings(file=str(tmp_path / "new.key")), **host.settings.keys}
        sealing = EncryptionSettings(key="new", recovery_kept_by="the tests")
        list(
            Keys(Settings(repositories=places, encryption=sealing, keys=both), host.store).rotate(
                ["first"]
            )
        )
    config = tmp_path / "config.toml"
    config.write_text(
        f'[repositories.first]\npath = "{places["first"].path}"\n'
        f'[repositories.second]\npath = "{places["second"].path}"\n'
        f'[backup]\ncopies = ["first", "second"]\n[encryption]\nkey = "new"\n'
        f'[keys.new]\nfile = "{tmp_path / "new.key"}"\n[verify]\nlevel = "sealed"\n'
    )
    backups = BackupCommands(config, tmp_path / "one")
    told = backups.told("verify", "--lost-key", OLD.key.key_id)
    assert "1 of them repaired" in told["result"]
    with closing(Store.open(StoreSettings(), state_folder=backups.state, migrate=False)) as store:
        assert set(store.catalog.copy_keys.in_use()) == {NEW.key_id}
