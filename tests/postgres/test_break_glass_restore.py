"""What break-glass.py writes is what plain psql and pg_restore take, by the commands it tells."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from core.backup.break_glass import script, standalone
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import write_key_file
from core.backup.keys.ring import KeyRing
from core.postgres.embedded import EmbeddedServer, Programs
from tests.postgres.connecting import rows, run
from tests.servers.databases import execute
from tests.servers.dumping import fingerprint
from tests.unit.backup.break_glass.backups_on_disk import write_backup

ROWS = "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM orders AS t"
SCHEMA = """
CREATE TABLE orders (id int PRIMARY KEY, note text, detail jsonb);
INSERT INTO orders SELECT n, repeat('ü', n % 50), jsonb_build_object('n', n)
FROM generate_series(1, 20000) AS n;
"""


def of_orders(dsn: str) -> object:
    with psycopg.connect(dsn) as connection:
        return connection.execute(ROWS).fetchone()


def test_a_sealed_dump_is_opened_and_restored_by_plain_programs(
    postgres: EmbeddedServer, programs: Programs, database: str, tmp_path: Path
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
    dump, out = tmp_path / "dump", tmp_path / "out"

    def call(*command: object) -> None:
        environment = programs.environment()
        subprocess.run([str(word) for word in command], check=True, env=environment, timeout=120)

    call(programs.path("pg_dump"), "-Fd", "-j2", "-Zgzip", "-f", dump, "-d", database)
    contents = {path.name: path.read_bytes() for path in dump.iterdir()}
    contents["globals.sql"] = b"SELECT 1;\n"
    key = KeyEncryptionKey.generate()
    write_key_file(tmp_path / "main.key", key)
    backup = write_backup(tmp_path / "orders", KeyRing(key), contents, chunk_bytes=4096)
    (backup.folder / "break-glass.py").write_bytes(script())
    opened = subprocess.run(
        [
            sys.executable,
            "-I",
            backup.folder / "break-glass.py",
            out,
            "--key-file",
            tmp_path / "main.key",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    told = next(line for line in opened.stdout.splitlines() if "--exit-on-error" in line)
    name = f"{conninfo_to_dict(database)['dbname']}_restored"
    execute(postgres, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        _, *options, archive = shlex.split(told)
        options[options.index("-d") + 1] = postgres.dsn(name)
        call(programs.path("pg_restore"), *options, archive)
        assert of_orders(postgres.dsn(name)) == of_orders(database)
    finally:
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        execute(postgres, drop)


OF_THE_DATABASE = """
SELECT pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, d.datlocprovider, d.datlocale,
       shobj_description(d.oid, 'pg_database'),
       ARRAY (SELECT unnest(d.datacl)::text ORDER BY 1), s.setconfig
  FROM pg_database AS d JOIN pg_db_role_setting AS s ON s.setdatabase = d.oid
 WHERE d.datname = current_database()
"""


@pytest.mark.parametrize(
    "like",
    [
        "ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'",
        "ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'",
        "ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'",
    ],
)
def test_what_it_says_makes_the_database_as_it_was(
    postgres: EmbeddedServer, programs: Programs, tmp_path: Path, like: str
) -> None:
    name, dump = "break glass's", tmp_path / "database"
    known = conninfo_to_dict(postgres.dsn())
    environment = {
        **programs.environment(),
        "PATH": f"{programs.bin}{os.pathsep}{os.environ['PATH']}",
        **{f"PG{key.upper()}": str(known[key]) for key in ("host", "port", "user", "password")},
    }

    def shell(command: str) -> None:
        subprocess.run(["bash", "-ec", command], check=True, env=environment, timeout=120)

    database = sql.Identifier(name)
    execute(postgres, sql.SQL(f"CREATE DATABASE {{}} TEMPLATE template0 {like}").format(database))
    try:
        for statement in (
            "ALTER DATABASE {} SET work_mem = '7MB'",
            "REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC",
            "COMMENT ON DATABASE {} IS 'kept by hand'",
        ):
            execute(postgres, sql.SQL(statement).format(database))
        dsn = postgres.dsn(name)
        run(dsn, "CREATE TABLE orders AS SELECT 1 AS id")
        was, asked = rows(dsn, OF_THE_DATABASE), fingerprint(dsn)
        shell(f"pg_dump -Fd -f {dump} -d {shlex.quote(name)}")
        execute(postgres, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
        manifest = {
            "artifacts": [],
            "database": name,
            "program_version": programs.version_num,
            "archive_format": "directory",
            "fingerprint": asdict(asked),
        }
        told = standalone.next_steps(manifest, tmp_path).splitlines()
        create, restore, also = [line.strip() for line in told if line.startswith("  ")]
        shell(create)
        shell(restore)
        shell(f"{also} | psql -X -d postgres")
        assert rows(dsn, OF_THE_DATABASE) == was
        assert fingerprint(dsn, seeds=asked.seeds).tables == asked.tables
    finally:
        execute(postgres, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
