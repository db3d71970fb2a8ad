"""``pgvigil backup verify|prune|protect`` as people, cron lines and two hosts at once use them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.backup import identity, layout
from core.backup.keys.key_file import write_key_file
from core.backup.markers import write_expiry
from core.backup.repository.protocol import Repository
from core.backup.stock import folders_in
from core.config.settings import StoreSettings
from core.store.store import Store
from tests.contract.repositories import Place, small_folder
from tests.servers.commands import BackupCommands
from tests.servers.s3 import ACCESS_KEY, SECRET_VARIABLE, S3Server
from tests.servers.sealed_backups import BEGIN, SERVER, SYSTEM, SealedBackup, Sealing

SEALING = Sealing()


def days_ago(days: float) -> float:
    """So many days before today, as days after the begin."""
    return (datetime.now(UTC) - BEGIN) / timedelta(days=1) - days


class Host(BackupCommands):
    """A host on which pgvigil is run; its store is its own, the repositories may not be."""

    def __init__(self, name: str, folder: Path, places: dict[str, Place]) -> None:
        super().__init__(folder / "config.toml", folder / name)
        self.places = places

    def know(self, *backups: SealedBackup) -> None:
        """Have the store know backups that are good in each repository."""
        store = Store.open(StoreSettings(), state_folder=self.state, migrate=True)
        for backup in backups:
            copies = (backup.copy(name) for name in self.places)
            store.catalog.add(backup.entry(*copies), backup.manifest)
        store.close()

    def servers_of_jobs(self) -> list[str]:
        """The server of each job that the store knows, newest first."""
        store = Store.open(StoreSettings(), state_folder=self.state, migrate=False)
        try:
            return [job.order.server_id for job in store.jobs.newest(100)]
        finally:
            store.close()


@contextmanager
def opened(host: Host) -> Iterator[list[Repository]]:
    with ExitStack() as stack:
        yield [stack.enter_context(place.opened()) for place in host.places.values()]


@pytest.fixture
def hosts(tmp_path: Path, s3_server: S3Server) -> tuple[Host, Host]:
    """Two hosts with stores of their own, on one folder and one bucket."""
    folder = small_folder(tmp_path / "local")
    bucket = Place(s3_server.settings(prefix="pgvigil"), s3_server.bucket / "pgvigil")
    write_key_file(tmp_path / "main.key", SEALING.key)
    (tmp_path / "config.toml").write_text(
        f"""
[servers.{SERVER}]
host = "127.0.0.1"
[repositories.local]
path = "{folder.settings.path}"
[repositories.s3]
kind = "s3"
provider = "other"
bucket = "{bucket.settings.bucket}"
prefix = "pgvigil"
endpoint_url = "{bucket.settings.endpoint_url}"
access_key_id = "{ACCESS_KEY}"
secret_access_key_env = "{SECRET_VARIABLE}"
[backup]
copies = ["local", "s3"]
[encryption]
recovery_kept_by = "the tests"
[keys.main]
file = "{tmp_path / "main.key"}"
[verify]
level = "sealed"
"""
    )
    places = {"local": folder, "s3": bucket}
    return Host("one", tmp_path, places), Host("two", tmp_path, places)


@pytest.fixture
def host(hosts: tuple[Host, Host]) -> Host:
    return hosts[0]


def put(host: Host, *backups: SealedBackup) -> None:
    with opened(host) as repositories:
        for repository in repositories:
            identity.claim(repository, SERVER, SYSTEM)
            for backup in backups:
                backup.write_to(repository)


def expire(host: Host, *backups: SealedBackup, days: float) -> None:
    at = datetime.now(UTC) - timedelta(days=days)
    with opened(host) as repositories:
        for repository in repositories:
            for backup in backups:
                write_expiry(repository, SERVER, backup.backup_id, at)


def left(host: Host) -> list[set[str]]:
    """The ids of backups of which anything is left, in each repository."""
    with opened(host) as repositories:
        return [set(folders_in(repository, SERVER)) for repository in repositories]


def test_a_damaged_copy_is_found_named_and_repaired(host: Host) -> None:
    backup = SEALING.full(days_ago(40))
    put(host, backup)
    host.know(backup)
    path = layout.artifact_file(SERVER, backup.backup_id, "3001.dat.zst")
    with host.places["s3"].opened() as s3:
        s3.write(path, b"x" + s3.read(path)[1:])
    found = host.told("verify", "--all")
    assert found["state"] == "done"
    assert "2 of 2 copies are good" in found["result"]
    assert "1 of them repaired" in found["result"]
    assert {(copy["repository"], copy["state"]) for copy in found["copies"]} == {
        ("local", "complete"),
        ("s3", "complete"),
    }
    code, out, err = host.run("verify", backup.backup_id[:20])
    assert (code, err) == (0, "")
    assert f"sealed     {backup.backup_id} in s3" in out
    assert host.servers_of_jobs() == [SERVER, SERVER]


def test_what_can_not_be_repaired_fails_the_command(host: Host) -> None:
    backup = SEALING.full(days_ago(40))
    put(host, backup)
    host.know(backup)
    path = layout.artifact_file(SERVER, backup.backup_id, "3001.dat.zst")
    with opened(host) as repositories:
        for repository in repositories:
            repository.delete([path])
    code, out, err = host.run("verify", "--all")
    assert code == 2
    assert "DAMAGED" in out
    assert "3001.dat.zst" in out
    assert "full backup" in err


@pytest.mark.parametrize(
    ("arguments", "what", "near"),
    [
        (("prune", "shpo", "--plan"), "server", "shop"),
        (("verify", "--server", "shpo"), "server", "shop"),
        (("list", "shpo"), "server", "shop"),
        (("verify", "20261101T020500Z"), "backup", "id"),
        (("show", "20261101T020500Z-ful"), "backup", "id"),
        (("protect", "2O261101T", "--keep", "audit"), "backup", "id"),
        (("export", "20261101T020500Z", "out"), "backup", "id"),
    ],
)
def test_a_server_or_backup_that_there_is_not_is_told_with_the_nearest_that_there_is(
    host: Host, arguments: tuple[str, ...], what: str, near: str
) -> None:
    backup = SEALING.full(0)
    host.know(backup)
    error = host.told(*arguments, code=64)["error"]
    assert f"There is no {what}" in error["what"]
    assert f"did you mean {near.replace('id', backup.backup_id)}?" in error["remedy"]


def test_what_is_meant_by_more_than_one_id_is_not_guessed(host: Host) -> None:
    first, second = SEALING.full(0), SEALING.full(0.01)
    host.know(first, second)
    error = host.told("show", "20261101", code=64)["error"]
    assert error["what"] == "More than one backup is meant by '20261101'"
    assert first.backup_id in error["why"]
    assert second.backup_id in error["why"]


@pytest.mark.parametrize("arguments", [("verify",), ("verify", "--all"), ("prune", "--yes")])
def test_a_new_store_says_that_it_knows_no_backup_and_how_it_learns_of_them(
    host: Host, arguments: tuple[str, ...]
) -> None:
    put(host, SEALING.full(0))
    error = host.told(*arguments, code=3)["error"]
    assert error["what"] == f"There is nothing to {arguments[0]}: no backup is known here"
    assert "this store is new" in error["why"]
    assert "pgvigil backup import" in error["remedy"]
    code, out, err = host.run(*arguments)
    assert (code, out) == (3, "")
    assert "pgvigil backup import" in err
    assert host.run("import")[0] == 0
    assert host.run(*arguments)[0] == 0


def test_a_new_store_looks_itself_after_the_backups_of_a_server_that_is_named(host: Host) -> None:
    backup = SEALING.full(0)
    put(host, backup)
    plan = host.told("prune", SERVER, "--plan")["plans"][0]
    assert [each["backup_id"] for each in plan["keep"]] == [backup.backup_id]
    assert len(host.told("verify", "--server", SERVER, "--all")["copies"]) == 2


def test_a_plan_shows_everything_and_changes_nothing(host: Host) -> None:
    over, waiting, due = (SEALING.full(days_ago(40 + part / 100)) for part in (3, 2, 1))
    kept = [SEALING.full(days_ago(days)) for days in (40, 1, 2, 3)]
    put(host, over, waiting, due, *kept)
    host.know(over, waiting, due, *kept)
    expire(host, over, days=2)
    expire(host, waiting, days=0.5)
    before = left(host)
    code, out, err = host.run("prune", "--plan")
    assert (code, err) == (0, "")
    for words, backups in (
        ("DESTROY     ", [over]),
        ("waiting     ", [waiting]),
        ("EXPIRE      ", [due]),
        ("keep        ", kept),
    ):
        for backup in backups:
            assert out.count(f"{words} {backup.backup_id}") == 2
    document = host.told("prune", "--plan")
    assert {each["repository"] for each in document["plans"]} == {"local", "s3"}
    assert left(host) == before


def test_nothing_is_pruned_that_nobody_confirmed(host: Host) -> None:
    many = [SEALING.full(days_ago(days)) for days in (1, 2, 3, 40, 40.1, 40.2, 40.3)]
    put(host, *many)
    host.know(*many)
    code, _, err = host.run("prune")
    assert code == 64
    assert "--yes" in err
    assert "nothing was pruned" in err


def test_a_backup_goes_after_its_time_of_grace(host: Host) -> None:
    old = [SEALING.full(days_ago(40 + number / 100)) for number in range(3)]
    young = [SEALING.full(days_ago(number / 10)) for number in range(3)]
    put(host, *old, *young)
    host.know(*old, *young)
    first = host.told("prune", "--yes")
    expired = {backup_id for each in first["outcomes"] for backup_id in each["expired"]}
    assert len(expired) == 2  # the last of its week stays
    expire(host, *(each for each in old if each.backup_id in expired), days=2)
    code, out, _ = host.run("prune", "--yes")
    assert code == 0
    assert "2 destroyed" in out
    ids = {each.backup_id for each in (*old, *young)}
    assert left(host) == [ids - expired] * 2


def test_what_is_protected_stays(host: Host) -> None:
    old = [SEALING.full(days_ago(40 + number / 100)) for number in range(3)]
    young = [SEALING.full(days_ago(days)) for days in (1, 2, 3)]
    put(host, *old, *young)
    host.know(*old, *young)
    document = host.told("protect", old[2].backup_id, "--keep", "audit 2026")
    assert document["repositories"] == ["local", "s3"]
    plans = host.told("prune", "--plan")["plans"]
    reasons = {kept["backup_id"]: kept["reasons"] for kept in plans[0]["keep"]}
    assert "protected: audit 2026" in reasons[old[2].backup_id]
    assert host.run("protect", old[2].backup_id, "--release")[0] == 0
    plans = host.told("prune", "--plan")["plans"]
    assert old[2].backup_id in {each["backup_id"] for each in plans[0]["expire"]}
    assert host.run("protect", old[2].backup_id)[0] == 64


def test_two_hosts_with_stores_of_their_own_prune_at_once(hosts: tuple[Host, Host]) -> None:
    chain = [SEALING.full(days_ago(50))]
    for number in range(1, 5):
        chain.append(
            SEALING.incremental(
                chain[-1], days_ago(50 - number), {"toc.dat": b"P"}, ["3001.dat.zst"]
            )
        )
    old = [SEALING.full(days_ago(40 + number / 100)) for number in range(12)]
    young = [SEALING.full(days_ago(days)) for days in (29, 20, 10, 0.1)]
    put(hosts[0], *chain, *old, *young)
    for each in hosts:
        each.know(*chain, *old, *young)
    plan = hosts[0].told("prune", "--plan")["plans"][0]
    going = {each["backup_id"] for each in plan["expire"]}
    assert len(going) > 10
    expire(hosts[0], *(each for each in (*chain, *old) if each.backup_id in going), days=2)
    both = [each.start("prune", "--yes", "--json") for each in hosts]
    ended = [(process.communicate(timeout=200), process.returncode) for process in both]
    assert [(err, code) for (_, err), code in ended] == [("", 0), ("", 0)], ended
    for each in hosts:
        assert each.run("prune", "--yes")[0] == 0
    kept = {each.backup_id for each in (*chain, *old, *young)} - going
    assert left(hosts[0]) == [kept, kept]
    for each in hosts:
        verified = each.told("verify", "--all")
        assert {copy["state"] for copy in verified["copies"]} == {"complete"}
        assert len(verified["copies"]) == 2 * len(kept)


def test_a_host_that_knows_nothing_yet_lets_nothing_go(hosts: tuple[Host, Host]) -> None:
    backups = [SEALING.full(days_ago(days)) for days in (1, 2, 3, 40, 40.1, 40.2)]
    put(hosts[0], *backups)
    assert hosts[1].run("import")[0] == 0
    plans = hosts[1].told("prune", "--plan")["plans"]
    assert [each["expire"] for each in plans] == [[], []]
    assert hosts[1].told("verify", "--all")["state"] == "done"
    plans = hosts[1].told("prune", "--plan")["plans"]
    assert all(each["expire"] for each in plans)


def test_a_prune_that_is_killed_again_and_again_is_finished_by_the_next(host: Host) -> None:
    old = [SEALING.full(days_ago(40 + number / 100)) for number in range(12)]
    young = [SEALING.full(days_ago(number / 10)) for number in range(3)]
    put(host, *old, *young)
    host.know(*old, *young)
    going = {each["backup_id"] for each in host.told("prune", "--plan")["plans"][0]["expire"]}
    expire(host, *(each for each in old if each.backup_id in going), days=2)
    killed = 0
    for _ in range(8):
        objects = count(host)
        with host.start("prune", "--yes", "--json") as process:
            while process.poll() is None and count(host) > objects - 7:
                time.sleep(0.01)
            killed += process.poll() is None
            process.kill()
    assert killed > 3
    kept = {each.backup_id for each in (*old, *young)} - going
    assert host.run("prune", "--yes")[0] == 0
    assert left(host) == [kept, kept]
    verified = host.told("verify", "--all")
    assert {copy["state"] for copy in verified["copies"]} == {"complete"}
    assert len(verified["copies"]) == 2 * len(kept)


def count(host: Host) -> int:
    """Files of backups that are there, in all repositories."""
    # os.walk passes over folders that vanish while they are counted.
    return sum(
        len(files)
        for place in host.places.values()
        for _, _, files in os.walk(place.files / SERVER)
    )
