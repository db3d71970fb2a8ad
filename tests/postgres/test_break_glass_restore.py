"""What break-glass.py writes is what plain psql and pg_restore take."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from core.backup.break_glass import script
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import write_key_file
from core.backup.keys.ring import KeyRing
from core.postgres.embedded import EmbeddedServer, Programs
from tests.servers.databases import execute
from tests.unit.backup.break_glass.backups_on_disk import write_backup

ROWS = "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM orders AS t"
SCHEMA = """
CREATE TABLE orders (id int PRIMARY KEY, note text, detail jsonb);
INSERT INTO orders SELECT n, repeat('ü', n % 50), jsonb_build_object('n', n)
FROM generate_series(1, 20000) AS n;
"""


def rows(dsn: str) -> object:
    with psycopg.connect(dsn) as connection:
        return connection.execute(ROWS).fetchone()


def test_a_sealed_dump_is_opened_and_restored_by_plain_programs(
    postgres: EmbeddedServer, programs: Programs, database: str, tmp_path: Path
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
    dump, out = tmp_path / "dump", tmp_path / "out"

    def run(*command: object) -> None:
        environment = programs.environment()
        subprocess.run([str(word) for word in command], check=True, env=environment, timeout=120)

    run(programs.path("pg_dump"), "-Fd", "-j2", "-Zgzip", "-f", dump, "-d", database)
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
    told = next(line for line in opened.stdout.splitlines() if "pg_restore" in line)
    name = f"{conninfo_to_dict(database)['dbname']}_restored"
    execute(postgres, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        _, *options, archive = shlex.split(told)
        options[options.index("-d") + 1] = postgres.dsn(name)
        run(programs.path("pg_restore"), *options, archive)
        assert rows(postgres.dsn(name)) == rows(database)
    finally:
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        execute(postgres, drop)
