"""``pgvigil drill`` as people and cron lines use it: run, list, report; nothing is left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.model.backup import CopyState, VerificationLevel
from core.store.sqlite import FILE_NAME
from tests.postgres.backup.conftest import site, unchanged
from tests.servers.backing_up import BackupSite
from tests.servers.drill_host import DrillHost, drill_host
from tests.servers.waiting import eventually

__all__ = ["site", "unchanged"]


@pytest.fixture
def host(site: BackupSite) -> Iterator[DrillHost]:
    with drill_host(site) as made:
        yield made


def test_a_drill_proves_a_backup_and_takes_its_time(host: DrillHost, tmp_path: Path) -> None:
    told = host.drills.told("run")
    (entry,) = host.site.store.catalog.entries("shop")
    assert (told["status"], told["backup_id"]) == ("passed", entry.backup_id)
    assert entry.level is VerificationLevel.RESTORED
    assert "restored.json" in host.site.backups_in(host.site.local)[entry.backup_id]
    phases = [each["phase"] for each in told["phases"]]
    assert [each for each in phases if each != "pg_amcheck"] == [
        "prepare", "start a server", "fetch", "definitions", "rows", "indexes and constraints",
        "validate", "clean up",
    ]  # fmt: skip
    assert told["rto_seconds"] == pytest.approx(
        sum(each["seconds"] for each in told["phases"][:-1])
    )
    job = host.site.store.jobs.get(told["drill"])
    assert job is not None
    assert told["started_at"] == job.created_at.isoformat(), "its time counts from the order"
    assert 0 < told["rpo_seconds"] < 3600
    assert told["rows"] == 8000
    assert host.nothing_is_left()
    assert host.drills.told("list") == [told]
    assert host.restores.told("list")[0]["verdict"] == "proven"


def test_its_report_is_sealed_by_the_audit_log(host: DrillHost, tmp_path: Path) -> None:
    assert host.drills.run("run")[0] == 0
    code, out, err = host.drills.run("report")
    assert (code, err) == (0, "")
    for part in ("# Restore drill: database", "**Passed", "RTO", "| validate |", "is different"):
        assert part in out
    assert re.search(r"\| pg\\_amcheck (found .* \| yes|was not run.* \| NO) \|", out), out
    page = tmp_path / "drill.html"
    assert host.drills.run("report", "last", "--out", page)[0] == 0
    assert page.read_text().startswith("<!doctype html>")
    code, _, err = host.drills.run("report", "--out", page)
    assert (code, "can't be saved" in err) == (3, True)
    assert host.drills.told("report")["broken_seal"] is None

    with sqlite3.connect(host.state / FILE_NAME) as store:
        (record,) = store.execute("SELECT record FROM drill").fetchone()
        better = json.loads(record) | {"rto_seconds": 1.0}
        store.execute("UPDATE drill SET record = ?", [json.dumps(better)])
    told = host.drills.told("report", code=2)
    assert told["broken_seal"] == "its record was changed since"
    code, out, _ = host.drills.run("report")
    assert (code, "NOT TO BE TRUSTED" in out) == (2, True)


def assertion(name: str, sql: str) -> str:
    return f'[[restore.assert]]\nname = "{name}"\nsql = "{sql}"\n'


def test_an_objective_that_is_missed_is_told_and_what_was_looked_at_besides(
    host: DrillHost,
) -> None:
    of_all = "[restore]\namcheck = false\n" + assertion("right", "SELECT true")
    host.configure(f"rto_minutes = 0.00001\nrpo_minutes = 0\n{of_all}")
    told = host.drills.told("run", code=1)
    assert (told["status"], told["missed"]) == ("objective missed", ["RTO"])
    assert told["sound"] == ["assertion right: as expected"]
    assert told["unchecked"] == ["pg_amcheck was not run: the config says so ([restore] amcheck)"]
    report = host.drills.run("report")[1].replace("\\", "")
    for part in ("| assertion right: as expected | yes |", "says so ([restore] amcheck) | NO |"):
        assert part in report
    assert host.nothing_is_left()


def test_an_assertion_that_does_not_hold_is_told_by_name_with_what_to_do(host: DrillHost) -> None:
    host.configure(assertion("wrong", "SELECT 2"))
    told = host.drills.told("run", code=2)
    assert (told["status"], len(told["differences"])) == ("failed", 1)
    assert "[[restore.assert]]" in told["remedy"]
    assert told["differences"][0].startswith("assertion wrong: ")
    assert "[[restore.assert]]" in host.drills.run("report")[1].replace("\\", "")


def test_one_that_is_killed_is_told_as_far_as_it_came_sealed_and_in_the_audit_log(
    host: DrillHost,
) -> None:
    waits = assertion("slow", "SELECT pg_sleep(600)")
    host.configure(f"[restore]\nassert_seconds = 600\n{waits}")
    drill_id = host.drills.told("run", "--detach")["drill"]
    store = host.site.store

    def has_come_to_its_assertion() -> bool:
        drill = store.drills.get(drill_id)
        return drill is not None and "indexes and constraints" in {e.name for e in drill.phases}

    eventually(has_come_to_its_assertion, within=120)
    job = store.jobs.get(drill_id)
    assert job is not None
    os.kill(job.pid, signal.SIGKILL)
    eventually(lambda: host.drills.told("list")[0]["status"] == "interrupted")
    told = host.drills.told("report")
    assert (told["broken_seal"], told["phases"][0]["phase"]) == (None, "prepare")
    assert "rows" in {each["phase"] for each in told["phases"]}
    audited = [e.action for e in store.audit.entries(99) if e.details.get("drill") == drill_id]
    assert sorted(audited) == ["begin a drill", "drill"]
    assert host.nothing_is_left()


def test_which_backup_is_picked(host: DrillHost) -> None:
    oldest = host.told("list")[0]["backup_id"]
    host.site.take()
    newest = next(e["backup_id"] for e in host.told("list") if e["backup_id"] != oldest)
    assert host.drills.told("run", "--pick", "oldest")["backup_id"] == oldest
    assert host.drills.told("run")["backup_id"] == newest
    assert host.drills.told("run", "--backup", oldest)["backup_id"] == oldest
    of_definitions = host.site.take("schema").manifest.backup_id
    code, out, err = host.drills.run("run", "--backup", of_definitions)
    assert (code, "proves nothing of a whole database" in err) == (64, True), out


def test_every_act_of_sabotage_is_seen_and_the_backup_is_as_it_was(host: DrillHost) -> None:
    def content() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in host.site.local.rglob("*") if path.is_file()}

    before = content()
    told = host.drills.told("run", "--sabotage")
    assert told["status"] == "passed", told
    assert [each["name"] for each in told["sabotage"] if each["detected"]] == [
        "key removed", "byte flipped", "file cut short", "file lost", "manifest lost",
        "wrong version", "older server",
    ]  # fmt: skip
    assert all(each["person"] for each in told["sabotage"])
    assert content() == before
    assert host.nothing_is_left()
    (entry,) = host.site.store.catalog.entries("shop")
    assert [copy.state for copy in entry.copies] == [CopyState.COMPLETE]


def test_a_damaged_backup_fails_the_drill_before_a_server_sees_any_of_it(host: DrillHost) -> None:
    largest = max(host.site.local.rglob("*.sealed"), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.chmod(0o600)
    largest.write_bytes(content)
    assert host.drills.told("run", "--sabotage", code=2)["status"] == "failed"
    told = host.drills.told("run", code=2)
    assert told["status"] == "failed"
    assert "create" not in [each["phase"] for each in told["phases"]]
    assert told["problem"]
    assert told["remedy"]
    assert host.nothing_is_left()
    (entry,) = host.site.store.catalog.entries("shop")
    assert [copy.state for copy in entry.copies] == [CopyState.DAMAGED]


def test_without_the_key_it_says_which_one_is_missing(host: DrillHost) -> None:
    host.site.key_file.rename(host.site.key_file.with_suffix(".away"))
    told = host.drills.told("run", code=2)
    assert "key" in told["problem"]
    assert host.nothing_is_left()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("run", "nowhere"), 64, "no server named nowhere"),
        (("run", "--backup", "zzz"), 64, "no backup 'zzz'"),
        (("run", "other", "--backup", "2"), 64, "is not of server other"),
        (("run", "--database", "other", "--backup", "2"), 64, "is not of database other"),
        (("run", "--pick", "oldest", "--backup", "2"), 64, "Either a backup is named"),
        (("report", "zzz"), 64, "No drill is meant"),
        (("report",), 64, "No drill is meant"),
    ],
)
def test_what_is_not_there_is_said(
    unchanged: BackupSite, tmp_path: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    found, out, err = DrillHost(unchanged, tmp_path).drills.run(*arguments)
    assert (found, told in out + err) == (code, True), (out, err)


def test_a_database_that_was_mistyped_is_no_failed_drill(host: DrillHost) -> None:
    name = host.site.server_database
    code, out, err = host.drills.run("run", "--database", f"{name}x")
    assert (code, f"did you mean {name}?" in out + err) == (64, True), (out, err)
    assert host.drills.told("list") == []
