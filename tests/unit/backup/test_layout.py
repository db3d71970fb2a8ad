from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.backup.layout import (
    artifact_file,
    backup_folder,
    break_glass_file,
    decoded_server,
    encoded_server,
    expired_file,
    manifest_file,
    new_backup_id,
    parse_backup_id,
    place_of,
    protected_file,
    readme_file,
    server_file,
    wraps_file,
)
from core.backup.repository.paths import checked
from core.errors import BackupError
from core.model.backup import BackupKind

AT = datetime(2026, 11, 21, 2, 0, 0, tzinfo=UTC)
ID = "20261121T020000Z-full-0a1b2c3d"


def test_names_are_those_that_the_documentation_tells() -> None:
    assert server_file("shop") == "shop/server.json"
    assert artifact_file("shop", ID, "3456.dat.zst") == f"shop/{ID}/artifacts/3456.dat.zst.sealed"
    assert break_glass_file("shop", ID) == f"shop/{ID}/break-glass.py"
    assert readme_file("shop", ID) == f"shop/{ID}/README.txt"
    assert wraps_file("shop", ID) == f"shop/{ID}/wraps.json"
    assert manifest_file("shop", ID) == f"shop/{ID}/manifest.sealed"
    assert protected_file("shop", ID) == f"shop/{ID}/protected.json"
    assert expired_file("shop", ID) == f"shop/{ID}/expired.json"


@pytest.mark.parametrize("kind", BackupKind)
def test_an_id_says_when_and_what(kind: BackupKind) -> None:
    found = parse_backup_id(new_backup_id(AT, kind))
    assert found is not None
    assert (found.started_at, found.kind) == (AT, kind)
    assert str(parse_backup_id(str(found))) == str(found)


def test_an_id_is_of_utc_wherever_the_host_is() -> None:
    tokyo = AT.astimezone(timezone(timedelta(hours=9)))
    assert new_backup_id(tokyo, BackupKind.FULL).startswith("20261121T020000Z-full-")


def test_ids_of_one_second_differ_and_later_ones_sort_after() -> None:
    ids = {new_backup_id(AT, BackupKind.FULL) for _ in range(100)}
    assert len(ids) == 100
    assert max(ids) < new_backup_id(AT + timedelta(seconds=1), BackupKind.DATA)


@pytest.mark.parametrize(
    "text",
    ["", "20261121T020000Z-full", "20261121T020000Z-full-0A1B2C3D", f"{ID}/", f"../{ID}",
     "20261121T020000Z-some-0a1b2c3d", "20261321T020000Z-full-0a1b2c3d", f"{ID}\n",
     "\uff1220261121T020000Z-full-0a1b2c3d", "\uff120261121T020000Z-full-0a1b2c3d"],
)  # fmt: skip
def test_what_is_no_id_is_no_backup(text: str) -> None:
    assert parse_backup_id(text) is None
    with pytest.raises(BackupError, match="not the id"):
        backup_folder("shop", text)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "ü", "a b", "x" * 201])
def test_an_artifact_has_a_plain_name(name: str) -> None:
    with pytest.raises(BackupError, match="artifact"):
        artifact_file("shop", ID, name)


@pytest.mark.parametrize(
    ("server", "folder"),
    [("shop", "shop"), ("db.example.com", "db.example.com"), ("läden", "l=c3=a4den"),
     ("a/b", "a=2fb"), ("..", "=2e."), ("=2f", "=3d2f"), ("-x", "=2dx"),
     ("postgresql://h/db", "postgresql=3a=2f=2fh=2fdb")],
)  # fmt: skip
def test_any_server_has_a_folder_of_its_own(server: str, folder: str) -> None:
    assert encoded_server(server) == folder
    assert decoded_server(folder) == server
    assert checked(manifest_file(server, ID))


@pytest.mark.parametrize("folder", ["", "=", "=zz", "=C3=A4", "=61", "=ff", "a b", "."])
def test_a_folder_that_is_no_servers_is_told_apart(folder: str) -> None:
    assert decoded_server(folder) is None


@pytest.mark.parametrize("server", ["", "x" * 300, "ü" * 100])
def test_a_server_without_a_possible_folder_is_refused(server: str) -> None:
    with pytest.raises(BackupError, match="folder"):
        encoded_server(server)


def test_an_object_says_whose_it_is() -> None:
    for path in (
        manifest_file("lä/den", ID),
        artifact_file("lä/den", ID, "x"),
        wraps_file("lä/den", ID),
    ):
        place = place_of(path)
        assert place is not None
        assert (place.server, place.backup_id) == ("lä/den", ID)
    for path in ("pgvigil-repository.json", "shop/server.json", "shop/", f"shop/{ID}", "a/b/c"):
        assert place_of(path) is None
