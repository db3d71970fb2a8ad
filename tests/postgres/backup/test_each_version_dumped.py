"""Each supported version of the server can be fingerprinted, dumped and compared."""

from __future__ import annotations

from pathlib import Path

from core.backup.dump.complete import sequence_values, table_of_file
from core.backup.dump.preflight import check
from core.backup.dump.table_of_contents import read_table_of_contents, write_table_of_contents
from core.backup.fingerprint import compare
from core.model.backup import TableName
from core.postgres.embedded import EmbeddedServer, Programs
from tests.postgres.connecting import run
from tests.servers.dumping import clients, dump, endpoint, fingerprint, restore
from tests.servers.everything import empty_database


def test_a_database_comes_back_as_it_was(
    each_postgres: EmbeddedServer, programs: Programs, tmp_path: Path
) -> None:
    own = each_postgres.programs
    tools = clients(own if (own.bin / "pg_dump").exists() else programs)
    with empty_database(each_postgres) as name, empty_database(each_postgres) as copy:
        dsn = each_postgres.dsn(name)
        run(
            dsn,
            "CREATE TABLE t (id serial PRIMARY KEY, k varchar CHECK (k IN ('a', 'b')))",
            "INSERT INTO t (k) SELECT 'a' FROM generate_series(1, 100)",
            "CREATE VIEW v AS SELECT k, count(*) FROM t GROUP BY k",
            "CREATE TABLE p (a int) PARTITION BY LIST (a)",
            "CREATE TABLE p1 PARTITION OF p DEFAULT",
            "SELECT lo_from_bytea(77, 'large')",
            "CREATE PUBLICATION changes FOR TABLE t",
        )
        found = check(endpoint(dsn), tools, tmp_path)
        before, _, _ = dump(dsn, tools, tmp_path / "dump")
        restore(each_postgres, copy, tmp_path / "dump", tools, jobs=2)
        after = fingerprint(each_postgres.dsn(copy))
    content = (tmp_path / "dump" / "toc.dat").read_bytes()
    contents = read_table_of_contents(content)

    assert found.server_version // 10_000 == own.major
    assert compare(before, after) == ()
    assert write_table_of_contents(contents) == content
    assert sequence_values(contents) == before.sequences
    assert set(table_of_file(contents).values()) == {
        TableName("public", "t"),
        TableName("public", "p1"),
    }
