"""A restore to a production server waits for a second person, where the config says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.postgres.embedded import EmbeddedServer
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import backup_site
from tests.servers.backup_host import Host
from tests.servers.everything import drop_database
from tests.servers.ready_program import LOGIN_UID_FILE

NAME = "agreed upon"
TOLD = "waits for a second person"


@pytest.fixture
def host(
    postgres: EmbeddedServer, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Host]:
    """A host with one backup of a production server; anna sits there."""
    run(database, TABLES)
    monkeypatch.setenv("SUDO_USER", "anna")
    # Where the kernel tells who logged in, that is one person, whatever sudo says.
    monkeypatch.setenv(LOGIN_UID_FILE, str(tmp_path / "nobody logged in"))
    with backup_site(tmp_path, postgres, database) as site:
        made = Host(site)
        text = made.config.read_text()
        made.config.write_text(
            text.replace("[servers.shop]\n", "[servers.shop]\nproduction = true\n")
            + "[restore]\napprove = true\n"
        )
        site.take()
        yield made
        drop_database(postgres, NAME)


def planned(host: Host, tmp_path: Path, name: str = "plan") -> Path:
    out = tmp_path / name
    code, told, err = host.restores.run("plan", "shop", "--name", NAME, "--out", out)
    assert (code, err) == (0, ""), told
    assert "a second person" in told
    return out


def is_there(host: Host) -> bool:
    with psycopg.connect(host.site.server.dsn()) as connection:
        question = "SELECT count(*) FROM pg_database WHERE datname = %s"
        return connection.execute(question, [NAME]).fetchone() == (1,)


def audited(host: Host) -> list[tuple[str, str]]:
    entries = host.site.store.audit.entries(20)
    return [
        (each.action, each.who.partition(" ")[0])
        for each in reversed(entries)
        if "restore" in each.action
    ]


def test_another_person_agrees_and_then_it_is_done(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(host, tmp_path)
    code, _, err = host.restores.run("run", plan, "--confirm", NAME)
    assert (code, TOLD in err, is_there(host)) == (3, True, False), err
    (listed,) = host.restores.told("list")
    assert (listed["status"], "approve" in listed["problem"]) == ("waiting", True)
    monkeypatch.setenv("SUDO_USER", "bob")
    code, told, err = host.restores.run("approve", "--confirm", NAME)
    assert (code, err, "anna as" in told, f'CREATE DATABASE "{NAME}"' in told) == (
        0,
        "",
        True,
        True,
    )
    monkeypatch.setenv("SUDO_USER", "anna")
    code, told, err = host.restores.run("run", plan, "--confirm", NAME)
    assert (code, err, "proven" in told, is_there(host)) == (0, "", True, True)
    assert audited(host) == [
        ("ask for restore", "anna"),
        ("approve restore", "bob"),
        ("restore", "anna"),
        ("end of restore", "anna"),
    ]
    (done,) = (e for e in host.site.store.audit.entries(9) if e.action == "restore")
    assert done.details["approved_by"].startswith("bob as ")


def test_another_person_agrees_to_the_undo_of_a_swap_as_well(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, config = host.site.server_database, host.config.read_text()
    host.config.write_text(config.replace("approve = true\n", ""))
    plan = tmp_path / "swap"
    host.restores.run("plan", "shop", "--swap", "--out", plan)
    assert host.restores.run("run", plan, "--confirm", live)[0] == 0
    host.config.write_text(config)
    code, _, err = host.restores.run("undo", "last", "--confirm", live)
    assert (code, TOLD in err) == (3, True), err
    assert host.restores.run("approve", "--confirm", live)[0] == 3, "anna asked for it"
    monkeypatch.setenv("SUDO_USER", "bob")
    code, told, err = host.restores.run("approve", "--confirm", live)
    assert (code, err, "Undo restore" in told, "RENAME TO" in told) == (0, "", True, True), told
    monkeypatch.setenv("SUDO_USER", "anna")
    code, told, err = host.restores.run("undo", "last", "--confirm", live)
    assert (code, err) == (0, ""), told
    assert audited(host)[2:] == [
        ("ask for restore", "anna"),
        ("approve restore", "bob"),
        ("undo restore", "anna"),
    ]
    (listed,) = host.restores.told("list")
    assert listed["status"] == "undone"
    drop_what_was_undone(host)


def drop_what_was_undone(host: Host) -> None:
    with psycopg.connect(host.site.server.dsn()) as connection:
        question = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        given = [f"{host.site.server_database}_undone_"]
        names = [str(name) for (name,) in connection.execute(question, given)]
    for name in names:
        drop_database(host.site.server, name)


def test_another_name_of_a_production_server_is_production_as_well(
    host: Host, tmp_path: Path
) -> None:
    agreed_to = host.config.read_text()
    section = agreed_to.partition("[servers.shop]\n")[2].partition("[repositories")[0]
    other_way = section.replace("production = true\n", "").replace("127.0.0.1", "localhost")
    assert "localhost" in other_way
    agreed_to += f"[servers.alias]\n{other_way}"
    alone = agreed_to.replace("approve = true\n", "")
    host.config.write_text(agreed_to)
    live, plan = host.site.server_database, tmp_path / "swap"
    _, told, _ = host.restores.run("plan", "shop", "--to", "alias", "--swap", "--out", plan)
    assert "alias is production (it is shop)" in told
    code, _, err = host.restores.run("run", plan, "--confirm", live)
    assert (code, TOLD in err) == (3, True), err
    host.config.write_text(alone)
    assert host.restores.run("run", plan, "--confirm", live)[0] == 0
    host.config.write_text(agreed_to)
    code, _, err = host.restores.run("undo", "last", "--confirm", live)
    assert (code, f"The undo {TOLD}" in err) == (3, True), err
    host.config.write_text(alone)
    assert host.restores.run("undo", "last", "--confirm", live)[0] == 0
    drop_what_was_undone(host)


def test_another_person_agrees_to_the_undo_of_a_merge_as_well(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, config = host.site.server_database, host.config.read_text()
    host.config.write_text(config.replace("approve = true\n", ""))
    run(host.site.dsn, "DROP TABLE items")
    plan = tmp_path / "merge"
    host.restores.run("plan", "shop", "--merge", "--table", "items", "--out", plan)
    assert host.restores.run("run", plan, "--confirm", live)[0] == 0
    host.config.write_text(config)
    code, _, err = host.restores.run("undo", "last", "--confirm", live)
    assert (code, f"The undo {TOLD}" in err) == (3, True), err
    monkeypatch.setenv("SUDO_USER", "bob")
    code, told, err = host.restores.run("approve", "--confirm", live)
    assert (code, err, "DROP TABLE public.items" in told) == (0, "", True), told
    run(host.site.dsn, "SELECT count(*) FROM items")
    monkeypatch.setenv("SUDO_USER", "anna")
    code, told, err = host.restores.run("undo", "last", "--confirm", live)
    assert (code, err) == (0, ""), told
    with pytest.raises(psycopg.errors.UndefinedTable):
        run(host.site.dsn, "SELECT count(*) FROM items")


def test_who_asked_is_no_second_person(host: Host, tmp_path: Path) -> None:
    plan = planned(host, tmp_path)
    host.restores.run("run", plan, "--confirm", NAME)
    code, _, err = host.restores.run("approve", "--confirm", NAME)
    assert (code, "needs another person" in err) == (3, True), err
    code, _, err = host.restores.run("run", plan, "--confirm", NAME)
    assert (code, TOLD in err, is_there(host)) == (3, True, False)


def test_an_approval_is_of_one_plan_as_it_was_shown_and_for_once(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(host, tmp_path)
    host.restores.run("run", plan, "--confirm", NAME)
    monkeypatch.setenv("SUDO_USER", "bob")
    assert host.restores.run("approve", "--confirm", NAME)[0] == 0
    monkeypatch.setenv("SUDO_USER", "anna")
    changed = json.loads(plan.read_text())
    changed["plan"]["wish"]["owners"] = False
    other = tmp_path / "changed.plan"
    other.write_text(json.dumps(changed))
    code, _, err = host.restores.run("run", other, "--confirm", NAME)
    assert (code, TOLD in err, is_there(host)) == (3, True, False)
    # What is changed is asked for anew, in the former one's place.
    code, _, err = host.restores.run("run", plan, "--confirm", NAME)
    assert (code, TOLD in err) == (3, True)
    monkeypatch.setenv("SUDO_USER", "bob")
    assert host.restores.run("approve", "--confirm", NAME)[0] == 0
    assert host.restores.run("run", plan, "--confirm", NAME)[0] == 0
    host.restores.run("undo", "last", "--confirm", NAME)
    code, _, err = host.restores.run("run", plan, "--confirm", NAME)
    assert (code, TOLD in err, is_there(host)) == (3, True, False)


def test_an_approval_is_over_after_its_time(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with host.config.open("a") as config:
        config.write("approved_hours = 0.0000001\n")
    plan = planned(host, tmp_path)
    host.restores.run("run", plan, "--confirm", NAME)
    monkeypatch.setenv("SUDO_USER", "bob")
    assert host.restores.run("approve", "--confirm", NAME)[0] == 0
    code, _, err = host.restores.run("run", plan, "--confirm", NAME)
    assert (code, TOLD in err, is_there(host)) == (3, True, False)


def test_nobody_agrees_by_accident(host: Host, tmp_path: Path) -> None:
    code, _, err = host.restores.run("approve", "--confirm", NAME)
    assert (code, "No such plan waits" in err) == (64, True)
    host.restores.run("run", planned(host, tmp_path), "--confirm", NAME)
    for given in ((), ("--confirm", "something else"), ("zzz", "--confirm", NAME)):
        assert host.restores.run("approve", *given)[0] == 64


def test_a_server_that_is_not_production_needs_nobody(host: Host, tmp_path: Path) -> None:
    host.config.write_text(host.config.read_text().replace("production = true\n", ""))
    out = tmp_path / "plan"
    _, told, _ = host.restores.run("plan", "shop", "--name", NAME, "--out", out)
    assert "second person" not in told
    assert host.restores.run("run", out, "--confirm", NAME)[0] == 0
