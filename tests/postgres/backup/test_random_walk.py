"""Fulls and chains of incrementals along a random walk: sound, and restored to what was there."""

from __future__ import annotations

import random
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from core.model.backup import BackupKind
from tests.postgres.backup.test_backups_verified import is_sound
from tests.servers.backing_up import BackupSite

STEPS = 8
START = """
CREATE TABLE parted (id int, day int, note text) PARTITION BY RANGE (day);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE t0 (id int, note text);
CREATE TABLE t1 AS SELECT 1 AS id, 'one' AS note;
CREATE TABLE t2 AS SELECT 2 AS id, 'two' AS note;
INSERT INTO t0 SELECT n, repeat('x', n % 20) FROM generate_series(1, 300) AS n;
INSERT INTO parted SELECT n, n % 10, 'p' FROM generate_series(1, 200) AS n;
"""


class Walker:
    """Changes a database at random, but the same for each seed."""

    def __init__(self, dsn: str, seed: int) -> None:
        self._connection = psycopg.connect(dsn, autocommit=True)
        self._chance = random.Random(seed)
        self._tables = ["t0", "t1", "t2", "parted_0"]
        self._partitions = 1
        self._made = 2
        self._steps = 0

    def step(self) -> list[str]:
        """A few changes, one of them of a table that is not the first; gives their names."""
        kinds = [
            self.insert, self.insert, self.update, self.delete, self.truncate, self.add_column,
            self.add_index, self.create, self.drop, self.add_partition, self.drop_partition,
            self.large_object, self.rewrite_same,
        ]  # fmt: skip
        chosen = [*self._chance.choices(kinds, k=self._chance.randint(0, 3)), self.insert_later]
        for change in chosen:
            change()
        return [change.__name__ for change in chosen]

    def close(self) -> None:
        """End the session."""
        self._connection.close()

    def insert(self) -> None:
        self._run("INSERT INTO {} (id) SELECT n FROM generate_series(1, 7) AS n", self._plain())

    def insert_later(self) -> None:
        """Into the last table in one step, into the one before it in the next."""
        later = sorted(name for name in self._tables if name.startswith("t"))[-2:]
        self._steps += 1
        self._run("INSERT INTO {} (id) VALUES (1)", later[self._steps % len(later)])

    def update(self) -> None:
        self._run("UPDATE {} SET id = id + 1 WHERE id % 5 = 1", self._table())

    def delete(self) -> None:
        self._run("DELETE FROM {} WHERE id % 7 = 3", self._table())

    def truncate(self) -> None:
        self._run("TRUNCATE {}", self._table())

    def add_column(self) -> None:
        self._made += 1
        self._run(f"ALTER TABLE {{}} ADD COLUMN c{self._made} text DEFAULT 'd'", self._plain())

    def add_index(self) -> None:
        self._run("CREATE INDEX ON {} (id)", self._table())

    def create(self) -> None:
        self._made += 1
        name = f"t{self._made}"
        self._run("CREATE TABLE {} (id serial, note text)", name)
        self._run("INSERT INTO {} (note) VALUES ('new')", name)
        self._tables.append(name)

    def drop(self) -> None:
        if len([name for name in self._tables if name.startswith("t")]) > 1:
            name = self._plain()
            self._run("DROP TABLE {}", name)
            self._tables.remove(name)

    def add_partition(self) -> None:
        low = self._partitions * 10
        self._partitions += 1
        name = f"parted_{low}"
        self._run(f"CREATE TABLE {{}} PARTITION OF parted FOR VALUES FROM ({low}) TO ({low + 10})",
                  name)  # fmt: skip
        self._run(f"INSERT INTO {{}} VALUES (1, {low}, 'first')", name)
        self._tables.append(name)

    def drop_partition(self) -> None:
        parts = [name for name in self._tables if name.startswith("parted_")]
        if len(parts) > 1:
            self._run("DROP TABLE {}", parts[-1])
            self._tables.remove(parts[-1])

    def large_object(self) -> None:
        self._run("SELECT lo_from_bytea(0, '{}')", "large")

    def rewrite_same(self) -> None:
        """Every row is written again, and none is another."""
        self._run("UPDATE {} SET id = id", self._table())

    def _table(self) -> str:
        return self._chance.choice(self._tables)

    def _plain(self) -> str:
        return self._chance.choice([name for name in self._tables if name.startswith("t")])

    def _run(self, statement: str, name: str) -> None:
        self._connection.execute(statement.format(name).encode())


@pytest.mark.parametrize("seed", [1, 2])
def test_each_backup_restores_to_its_own_moment(
    site: BackupSite, tmp_path: Path, seed: int
) -> None:
    short = site.changed(dump=replace(site.settings.dump, incremental_chain=3))
    with psycopg.connect(site.dsn, autocommit=True) as connection:
        connection.execute(START.encode())
    taken = []
    with closing(Walker(site.dsn, seed)) as walker:
        for number in range(STEPS):
            done = walker.step() if number else []
            taken.append(short.take("incremental"))
            manifest = taken[-1].manifest
            out = tmp_path / f"out{number}"
            assert site.differences(manifest, out) == (), (number, done)
    kinds = [each.manifest.kind for each in taken]
    assert kinds[0] is BackupKind.FULL
    assert kinds.count(BackupKind.INCREMENTAL) >= STEPS // 2
    assert kinds.count(BackupKind.FULL) >= 2
    assert is_sound(site, *taken)
    assert site.leftovers() == set()
