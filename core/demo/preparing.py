"""What the demonstration's backups need before the first is taken: key, repositories, a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import write_key_file
from core.backup.repository.folder.repository import FolderRepository
from core.config.repository_settings import RepositorySettings
from core.config.settings import StoreSettings
from core.demo.backups import SERVER_ID, Backups, schedules
from core.demo.object_store import ObjectStore
from core.schedule.firing import trigger_of
from core.store.store import Store


def prepare(folder: Path, objects: ObjectStore, programs: Path, begun_at: datetime) -> Backups:
    """Make the key and the repositories' places in ``folder``.

    Raises:
        PgvigilError: one of them could not be made.
    """
    local = RepositorySettings(kind="folder", path=str(folder / "backups"))
    FolderRepository("local", local).create()
    key_file = folder / "main.key"
    write_key_file(key_file, KeyEncryptionKey.generate())
    secret = folder / "s3.secret"
    secret.touch(mode=0o600)
    secret.write_text(objects.secret_access_key + "\n")
    bucket = RepositorySettings(
        kind="s3",
        provider="other",
        bucket=objects.bucket,
        endpoint_url=objects.url,
        access_key_id=objects.access_key_id,
        secret_access_key_file=str(secret),
        spool_folder=str(folder),
        # As over a line to another place: a backup then takes long enough to be seen under way.
        bandwidth_bytes_per_second=500_000,
        retry_seconds=20,
    )
    return Backups({"local": local, "s3": bucket}, str(key_file), str(programs), begun_at)


def let_begin(backups: Backups, state_folder: Path) -> None:
    """Have the schedule of the full backup known since before its first moment.

    A schedule's moments count from when a watcher sees it first; so whoever watches first finds
    one that is due already, and takes a backup at once.

    Raises:
        StoreError: the store can't be made.
    """
    full = schedules(backups.begun_at)[0]
    before = backups.begun_at.replace(second=0, microsecond=0) - timedelta(seconds=1)
    store = Store.open(StoreSettings(), state_folder=state_folder, migrate=True)
    try:
        store.runs.know(SERVER_ID, full.name, trigger_of(full, SERVER_ID).rule, before)
    finally:
        store.close()
