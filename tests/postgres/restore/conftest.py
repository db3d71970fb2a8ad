"""A host whose backups are restored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.model.backup import Manifest
from core.postgres.embedded import Programs, ServerAccount
from tests.conftest import ProgramsOf
from tests.postgres.backup.conftest import run, site
from tests.servers.backing_up import BackupSite, backup_site
from tests.servers.everything import everything
from tests.servers.factory import ServerFactory
from tests.servers.merging import Live, live_copy

__all__ = ["Backed", "backed", "live", "site"]

FURTHER = """
CREATE TABLE sales.basket (id serial PRIMARY KEY, customer bigint REFERENCES sales.customer);
INSERT INTO sales.basket (customer) VALUES (1000), (1002), (NULL);
GRANT SELECT ON sales.basket TO everything_reader;
CREATE TABLE sales.branch (id int PRIMARY KEY, up int REFERENCES sales.branch ON DELETE SET NULL);
CREATE TABLE sales.leaf (id int PRIMARY KEY, branch int REFERENCES sales.branch ON DELETE SET NULL);
INSERT INTO sales.branch VALUES (1, NULL), (2, 1), (3, 2);
INSERT INTO sales.leaf VALUES (1, 2), (2, 2), (3, 3);
ALTER TABLE sales.branch ADD best int REFERENCES sales.leaf;
UPDATE sales.branch SET best = 1 WHERE id = 1;
CREATE POLICY best ON sales.leaf AS RESTRICTIVE USING (id IN (SELECT best FROM sales.branch));
"""

# As after an operating system that sorts otherwise than it did: the index's order is wrong.
WRONG_ORDER = """
CREATE FUNCTION cmp(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($1, $2)';
CREATE OPERATOR CLASS ours FOR TYPE int USING btree AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
    FUNCTION 1 cmp(int, int);
CREATE INDEX "wrong order" ON orders (id ours);
CREATE OR REPLACE FUNCTION cmp(int, int) RETURNS int LANGUAGE sql IMMUTABLE
    AS 'SELECT btint4cmp($2, $1)';
"""


@dataclass
class Backed:
    """A host with one backup of a database that has everything."""

    site: BackupSite
    manifest: Manifest


@pytest.fixture(scope="package", params=[15, 18], ids=lambda major: f"postgresql {major}")
def backed(
    request: pytest.FixtureRequest,
    programs: Programs,
    programs_of: ProgramsOf,
    servers_folder: Path,
    account: ServerAccount,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Backed]:
    """A server of its own for all tests of merges."""
    own = programs_of(request.param)
    factory = ServerFactory(servers_folder, programs, account)
    tools = own if (own.bin / "pg_dump").exists() else programs
    try:
        server = factory(programs=own)
        folder = tmp_path_factory.mktemp("host")
        with (
            everything(server) as name,
            backup_site(folder, server, server.dsn(name), tools=tools) as made,
        ):
            run(server.dsn(name), FURTHER)
            yield Backed(made, made.take().manifest)
    finally:
        factory.remove_all()


@pytest.fixture
def live(backed: Backed, tmp_path: Path) -> Iterator[Live]:
    """A live database, as it was when the backup was taken."""
    with live_copy(backed.site, backed.manifest, tmp_path) as made:
        yield made
