"""``pgvigil backup`` as people and cron lines use it: run, list, show, import, export."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.postgres.embedded import EmbeddedServer
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import backup_site
from tests.servers.backup_host import Host
from tests.servers.dumping import clients, fingerprint, restore
from tests.servers.everything import empty_database


@pytest.fixture
def host(postgres: EmbeddedServer, database: str, tmp_path: Path) -> Iterator[Host]:
    """A host that can take backups of a small database."""
    run(database, TABLES)
    with backup_site(tmp_path, postgres, database) as site:
        yield Host(site)


def test_a_backup_is_taken_listed_shown_and_written_out_for_plain_pg_restore(
    host: Host, tmp_path: Path
) -> None:
    code, out, err = host.run("run", "shop", "--keep", "before the migration")
    assert (code, err) == (0, "")
    assert "full backup" in out
    assert "verified in local" in out
    (job,) = host.site.store.jobs.newest(10)
    assert job.order.arguments["kind"] == "full"

    (listed,) = host.told("list")
    assert (listed["good"], listed["kept_because"]) == (True, "before the migration")
    backup_id = listed["backup_id"]
    code, out, _ = host.run("list")
    assert backup_id in out
    assert "sealed" in out
    shown = host.told("show", backup_id[-8:])
    assert [each["rows"] for each in shown["tables"] if each["name"] == "orders"] == [3000]
    code, out, _ = host.run("show", backup_id)
    assert "kept" in out.lower()

    told = host.told("export", backup_id, tmp_path / "out")
    seeds = host.site.store.catalog.manifest(backup_id)
    assert seeds is not None
    server = host.site.server
    with empty_database(server) as name:
        restore(server, name, Path(told["archive"]), clients(server.programs))
        restored = fingerprint(server.dsn(name), seeds=seeds.fingerprint.seeds)
    assert restored.tables == seeds.fingerprint.tables
    code, _, err = host.run("export", backup_id, tmp_path / "out")
    assert (code, "there already" in err) == (3, True)


def test_json_says_what_became_of_each_database(host: Host) -> None:
    told = host.told("run", "shop", "--kind", "incremental")
    assert told["state"] == "done"
    ((backup),) = told["backups"]
    assert (backup["status"], backup["problem"]) == ("completed", None)
    (listed,) = host.told("list", "--kind", "full")
    assert listed["backup_id"] == backup["backup_id"]


def test_a_copy_that_is_missing_is_a_warning(host: Host, tmp_path: Path) -> None:
    host.write_config(second=str(tmp_path / "not mounted"))
    code, out, err = host.run("run", "shop")
    assert code == 1
    assert "verified in local" in out
    assert "no copy in offsite" in err


def test_a_failed_backup_is_critical_and_says_what_to_do(host: Host) -> None:
    code, out, err = host.run("run", "shop", "--database", "nowhere")
    assert (code, out) == (2, "")
    assert "nowhere" in err
    told = host.told("run", "shop", "--database", "nowhere", code=2)
    assert told["state"] == "failed"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("run", "blog"), 64),
        (("run", "shop", "--kind", "data"), 78),
        (("run", "shop", "--copy", "elsewhere"), 78),
        (("import", "elsewhere"), 78),
        (("verify", "--copy", "elsewhere"), 78),
        (("list", "--last", "0"), 64),
        (("list", "--last", "-1"), 64),
        (("show", "20260101"), 64),
        (("list", "--kind", "weekly"), 64),
    ],
)
def test_what_makes_no_sense_has_its_exit_code(
    host: Host, arguments: tuple[str, ...], code: int
) -> None:
    found, out, err = host.run(*arguments)
    assert (found, out) == (code, "")
    assert err
    assert host.site.store.jobs.newest(1) == ()


def test_a_list_that_leaves_all_out_does_not_say_that_there_are_none(host: Host) -> None:
    host.told("run", "shop")
    code, out, _ = host.run("list", "--database", "elsewhere")
    assert (code, out) == (0, "None of the 1 backups that are known here is such a one.\n")


def test_a_server_that_there_is_not_is_told_with_the_nearest_that_there_is(host: Host) -> None:
    code, out, err = host.run("run", "shpo")
    assert (code, out) == (64, "")
    assert "There is no server named shpo" in err
    assert "did you mean shop?" in err


def test_a_new_machine_imports_what_the_repository_holds(host: Host, tmp_path: Path) -> None:
    host.told("run", "shop")
    host.site.state.rename(tmp_path / "lost")
    assert host.told("list") == []
    ((news),) = host.told("import")
    assert len(news["added"]) == 1
    (listed,) = host.told("list")
    assert (listed["backup_id"], listed["good"]) == (news["added"][0], None)
    path = host.site.local / "shop" / listed["backup_id"] / "manifest.sealed"
    path.write_bytes(path.read_bytes()[:-1])
    path.rename(path.with_name("gone"))
    code, _, err = host.run("import")
    assert (code, "VANISHED" in err) == (1, True)


def test_ctrl_c_leaves_the_backup_going_on(host: Host) -> None:
    with host.start("run", "shop") as process:
        deadline = time.monotonic() + 30
        while not host.site.store.jobs.under_way() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "jobs attach" in err
    while host.site.store.jobs.under_way() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [entry.is_good for entry in host.site.store.catalog.entries()] == [True]


def test_a_detached_backup_is_started_and_not_waited_for(host: Host) -> None:
    told = host.told("run", "shop", "--detach")
    deadline = time.monotonic() + 30
    while not host.site.store.catalog.entries() and time.monotonic() < deadline:
        time.sleep(0.1)
    job = host.site.store.jobs.get(told["job"])
    assert job is not None
    assert [entry.is_good for entry in host.site.store.catalog.entries()] == [True]
