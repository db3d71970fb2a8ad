"""``pgvigil restore`` as people use it: plan, run, list, undo, attach."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from core.api.restores import Restores
from core.errors import RestoreError
from core.model.backup import VerificationLevel
from core.postgres.embedded import EmbeddedServer
from tests.postgres.backup.conftest import TABLES, run, unchanged
from tests.servers.backing_up import BackupSite, backup_site
from tests.servers.backup_host import Host

__all__ = ["unchanged"]

NAME = "back again"


@pytest.fixture
def host(postgres: EmbeddedServer, database: str, tmp_path: Path) -> Iterator[Host]:
    """A host with one backup of a small database."""
    run(database, TABLES)
    with backup_site(tmp_path, postgres, database) as site:
        made = Host(site)
        site.take()
        yield made
        for name in {NAME, *(name for name in names(made) if "_restored_" in name)}:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            with suppress(psycopg.Error), connected(made) as connection:
                connection.execute(drop)


def connected(host: Host) -> psycopg.Connection:
    return psycopg.connect(host.site.server.dsn(), autocommit=True)


def names(host: Host) -> set[str]:
    with connected(host) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def planned(host: Host, tmp_path: Path, *more: object) -> Path:
    """A plan that was saved."""
    out = tmp_path / "restore.plan"
    code, _, err = host.restores.run("plan", "shop", "--name", NAME, "--out", out, *more)
    assert (code, err) == (0, "")
    return out


def test_a_plan_says_what_it_would_do_and_touches_nothing(host: Host) -> None:
    before = names(host)
    code, out, err = host.restores.run("plan", "shop", "--name", NAME)
    assert (code, err) == (0, "")
    (backup,) = host.told("list")
    assert backup["backup_id"] in out
    for told in ("Checks", f'CREATE DATABASE "{NAME}"', "pg_restore", "Destroyed: nothing"):
        assert told in out
    assert names(host) == before


def test_a_plan_is_run_and_what_it_made_is_proven(host: Host, tmp_path: Path) -> None:
    plan = planned(host, tmp_path)
    code, out, err = host.restores.run("run", plan, "--confirm", NAME)
    assert (code, err) == (0, ""), (out, err)
    assert "proven" in out
    with psycopg.connect(host.site.server.dsn(NAME)) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (3000,)
    (entry,) = host.site.store.catalog.entries("shop")
    assert entry.level is VerificationLevel.RESTORED
    (listed,) = host.restores.told("list")
    assert (listed["status"], listed["verdict"]) == ("completed", "proven")
    assert host.site.leftovers() == set()
    told = {each.action: each for each in host.site.store.audit.entries(9)}
    asked, ended = told["restore"], told["end of restore"]
    assert NAME in asked.target
    assert NAME in ended.target
    assert (ended.details["status"], ended.details["verdict"]) == ("completed", "proven")
    assert ended.details["restore"] == listed["restore"]
    check_the_next_is_expected_to_take_as_long(host, listed)


def check_the_next_is_expected_to_take_as_long(host: Host, done: dict[str, Any]) -> None:
    took = {each["phase"]: each["seconds"] for each in done["phases"] if each["seconds"]}
    assert {"prepare", "fetch", "definitions", "rows", "validate"} <= took.keys()
    assert sum(took.values()) <= done["seconds"]
    assert done["expected_seconds"] is None, "it was the first"
    next_one = host.restores.told("plan", "shop", "--name", f"{NAME} again")["plan"]
    expected = {each["phase"]: each["seconds"] for each in next_one["steps"]}
    assert {name: expected[name] for name in took} == pytest.approx(took)


def test_without_a_name_it_stands_beside_the_old_one(host: Host) -> None:
    told = host.restores.told("plan")
    target = told["plan"]["wish"]["target_database"]
    assert target.startswith(f"{host.site.server_database}_restored_")


def test_what_the_config_says_must_be_true_is_asked(host: Host, tmp_path: Path) -> None:
    with host.config.open("a") as config:
        config.write(
            '[[restore.assert]]\nname = "enough"\nsql = "SELECT count(*) FROM public.orders"\n'
            'expect = "3000"\n'
            '[[restore.assert]]\nname = "too many"\nsql = "SELECT count(*) = 1 FROM public.items"\n'
        )
    plan = planned(host, tmp_path)
    told = plan.read_text()
    assert "2 assertions of the config" in told
    assert "pg_amcheck" in told
    code, out, err = host.restores.run("run", plan, "--confirm", NAME)
    assert (code, err) == (1, ""), out
    assert "verdict: restored with differences" in out
    assert "assertion too many: 'f' instead of 'true'" in out
    assert "enough" not in out
    (entry,) = host.site.store.catalog.entries("shop")
    assert entry.level is not VerificationLevel.RESTORED


def test_nobody_restores_by_accident(host: Host, tmp_path: Path) -> None:
    plan = planned(host, tmp_path)
    for arguments in ((), ("--confirm", "something else")):
        code, _, err = host.restores.run("run", plan, *arguments)
        assert code == 64
        assert "nothing was restored" in err
    assert NAME not in names(host)


def test_what_it_made_goes_with_an_undo_that_is_confirmed(host: Host, tmp_path: Path) -> None:
    host.restores.run("run", planned(host, tmp_path), "--confirm", NAME)
    code, out, _ = host.restores.run("undo", "last", "--plan")
    assert (code, f'DROP DATABASE "{NAME}"' in out, NAME in names(host)) == (0, True, True)
    assert host.restores.run("undo", "last")[0] == 64
    told = host.restores.told("undo", "last", "--confirm", NAME)
    assert told["database"] == NAME
    assert NAME not in names(host)
    (listed,) = host.restores.told("list")
    assert listed["status"] == "undone"
    code, _, err = host.restores.run("undo", "last", "--confirm", NAME)
    assert (code, "undone already" in err) == (3, True)


def test_a_database_that_was_put_to_use_is_not_undone(host: Host, tmp_path: Path) -> None:
    host.restores.run("run", planned(host, tmp_path), "--confirm", NAME)
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with connected(host) as connection:
        connection.execute(rename.format(sql.Identifier(NAME), sql.Identifier("in_use_now")))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
    try:
        code, _, err = host.restores.run("undo", "last", "--confirm", NAME)
        assert (code, "in_use_now" in err) == (3, True)
        assert {NAME, "in_use_now"} <= names(host)
        check_a_failed_undo_is_told(host)
    finally:
        with connected(host) as connection:
            connection.execute("DROP DATABASE in_use_now")


def check_a_failed_undo_is_told(host: Host) -> None:
    site = host.site
    restores = Restores(site.settings, site.store, site.state)
    with pytest.raises(RestoreError):
        restores.undo(restores.find("last"))
    newest = site.store.audit.entries(1)[0]
    assert (newest.action, "in_use_now" in newest.details["why"]) == (
        "undo of restore failed",
        True,
    )


def test_a_database_that_somebody_may_use_by_now_is_not_undone(host: Host, tmp_path: Path) -> None:
    host.restores.run("run", planned(host, tmp_path), "--confirm", NAME)

    def refused() -> str:
        code, out, err = host.restores.run("undo", "last", "--confirm", NAME)
        assert (code, NAME in names(host)) == (3, True), (out, err)
        return err

    config = host.config.read_text()
    host.config.write_text(f"{config}\n[restore]\ngrace_days = 0.0000001\n")
    assert "days ago" in refused()
    host.config.write_text(config)
    with psycopg.connect(host.site.server.dsn(NAME), autocommit=True) as connection:
        assert "somebody uses it" in refused()
        connection.execute("INSERT INTO orders VALUES (9001, 'since')")
    assert "was written to" in refused()


def test_a_plan_that_does_not_hold_any_more_is_refused(host: Host, tmp_path: Path) -> None:
    plan = planned(host, tmp_path)
    with connected(host) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
    code, out, err = host.restores.run("run", plan, "--confirm", NAME)
    assert code == 2
    assert "check name: ok then, stop now" in out + err
    with connected(host) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_shdescription WHERE description LIKE 'pgvigil restore%'"
        ).fetchone() == (0,)
    (listed,) = host.restores.told("list")
    assert (listed["status"], listed["verdict"]) == ("failed", "failed")
    newest = host.site.store.audit.entries(1)[0]
    assert (newest.action, newest.details["status"]) == ("end of restore", "failed")
    assert "check name: ok then, stop now" in newest.details["what"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("plan", "nowhere"), 64, "no server named nowhere"),
        (("plan", "--to", "nowhere"), 64, "no server named nowhere"),
        (("plan", "--backup", "zzz"), 64, "no backup 'zzz'"),
        (("plan", "--table", "public.gone"), 3, "has no table public.gone"),
        (("plan", "--before", "yesterday"), 64, "no moment"),
        (("plan", "--before", "2001-01-01"), 3, "backup"),
        (("plan", "other", "--backup", "2"), 64, "is not of server other"),
        (("plan", "--database", "other", "--backup", "2"), 64, "is not of database other"),
        (("plan", "--before", "2040-01-01", "--backup", "2"), 64, "Either a backup is named"),
        (("undo", "zzz"), 64, "No restore is meant"),
        (("run", "/nowhere/plan"), 3, "can't be read"),
    ],
)
def test_what_can_not_be_meant_is_said(
    unchanged: BackupSite, arguments: tuple[str, ...], code: int, told: str
) -> None:
    found, out, err = Host(unchanged).restores.run(*arguments)
    assert (found, told in err) == (code, True), (out, err)


def test_it_goes_on_when_nobody_waits_and_is_followed_from_elsewhere(
    host: Host, tmp_path: Path
) -> None:
    begun = host.restores.told("run", planned(host, tmp_path), "--confirm", NAME, "--detach")
    told = host.restores.told("attach", begun["restore"])
    assert (told["status"], told["verdict"]) == ("completed", "proven")
