"""``pgvigil restore plan --merge`` as people use it: a table dropped by mistake, rows deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.postgres.embedded import EmbeddedServer
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import backup_site
from tests.servers.backup_host import Host


@pytest.fixture
def host(postgres: EmbeddedServer, database: str, tmp_path: Path) -> Iterator[Host]:
    """A host with one backup of a small database."""
    run(database, TABLES)
    with backup_site(tmp_path, postgres, database) as site:
        made = Host(site)
        site.take()
        yield made


def count(host: Host, table: str) -> int:
    with psycopg.connect(host.site.dsn) as connection:
        (found,) = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() or (0,)
    return int(found)


def test_a_table_that_was_dropped_comes_back_and_goes_again(host: Host, tmp_path: Path) -> None:
    run(host.site.dsn, "DROP TABLE orders CASCADE")
    plan, name = tmp_path / "back.plan", host.site.server_database
    code, out, err = host.restores.run(
        "plan", "shop", "--merge", "--table", "public.orders", "--out", plan
    )
    assert (code, err) == (0, ""), (out, err)
    for told in ("items_order_id_fkey", "NOT VALID", "table public.orders", "Destroyed: nothing"):
        assert told in out
    assert host.restores.run("run", plan)[0] == 64
    code, out, err = host.restores.run("run", plan, "--confirm", name)
    assert (code, err) == (0, ""), (out, err)
    assert "proven" in out
    assert count(host, "orders") == 3000
    (listed,) = host.restores.told("list")
    assert (listed["target"], listed["what"]) == ("merge", "public.orders")
    told = host.restores.told("undo", "last", "--plan")
    assert any("DROP TABLE public.orders" in each for each in told["commands"])
    code, out, err = host.restores.run("undo", "last", "--confirm", name)
    assert (code, err) == (0, ""), (out, err)
    assert host.restores.run("undo", "last", "--confirm", name)[0] == 3


def test_rows_come_back_in_two_steps(host: Host, tmp_path: Path) -> None:
    run(host.site.dsn, "DELETE FROM items WHERE id > 4990; UPDATE items SET order_id = 1")
    name = host.site.server_database
    first, second = tmp_path / "stage.plan", tmp_path / "merge.plan"
    code, out, err = host.restores.run(
        "plan", "shop", "--merge", "--table", "items", "--out", first
    )
    assert (code, err) == (0, ""), (out, err)
    code, out, err = host.restores.run("run", first, "--confirm", name)
    assert (code, err) == (1, ""), (out, err)
    assert "10 rows only in the backup, 0 only here, 4,98" in out
    assert count(host, "items") == 4990
    code, out, err = host.restores.run("plan", "--apply", "last", "--update", "--out", second)
    assert (code, err) == (0, ""), (out, err)
    assert "are set back" in out
    code, out, err = host.restores.run("run", second, "--confirm", name)
    assert (code, err) == (0, ""), (out, err)
    assert count(host, "items") == 5000
    code, out, err = host.restores.run("undo", "last", "--confirm", name)
    assert (code, err) == (0, ""), (out, err)
    assert count(host, "items WHERE order_id = 1") == 4990


def test_what_can_not_be_merged_is_said(host: Host) -> None:
    assert host.restores.run("plan", "shop", "--merge")[0] == 2
    assert host.restores.run("plan", "shop", "--merge", "--swap")[0] in {3, 64}
    code, out, _ = host.restores.run(
        "plan", "shop", "--merge", "--table", "orders", "--name", "nowhere"
    )
    assert (code, "there is no database nowhere" in out) == (2, True)
    assert host.restores.run("plan", "--apply", "zzz")[0] == 64
