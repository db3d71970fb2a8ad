"""Where a repository is noted: a folder for its host alone, a bucket for every host."""

from __future__ import annotations

import pytest

from core.backup import recognised
from core.backup.recognised import seat_of
from core.config.repository_settings import RepositorySettings
from core.store.repository_ids import Seat

FOLDER = RepositorySettings(path="/srv//backups/")
BUCKET = RepositorySettings(kind="s3", bucket="b", prefix="/p/")


@pytest.mark.parametrize("host", ["anchorage", "bergen"])
def test_a_folder_is_another_one_on_each_host_and_a_bucket_is_not(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognised, "host_name", lambda: host)
    assert seat_of(FOLDER) == Seat(host, "/srv/backups")
    assert seat_of(BUCKET) == Seat("", "s3://aws/b/p")


def test_the_same_bucket_of_another_server_is_another_place() -> None:
    minio = RepositorySettings(
        kind="s3", provider="minio", endpoint_url="https://minio:9000/s3", bucket="b", prefix="p"
    )
    assert seat_of(minio) == Seat("", "s3://minio:9000/s3/b/p")
