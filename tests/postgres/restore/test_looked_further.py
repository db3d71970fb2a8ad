"""What is looked at besides the fingerprint: pg_amcheck's findings, and what people say is true."""

from __future__ import annotations

import pytest
from psycopg.conninfo import make_conninfo

from core.backup.dump.endpoint import Endpoint
from core.backup.fingerprint import compare
from core.backup.progress import SilentReporter
from core.config.restore_settings import AssertSettings, RestoreSettings
from core.errors import CancelledError
from core.model.backup import TableName
from core.model.restore import RestoreWish, TargetKind
from core.postgres.client_programs import ClientPrograms
from core.postgres.embedded import EmbeddedServer, Programs
from core.restore.validate import Further, Looked, further_of, look_further
from core.restore.validate.amcheck import amcheck, amcheck_live
from core.restore.validate.assertions import ask
from tests.conftest import ProgramsOf
from tests.postgres.backup.conftest import TABLES, run
from tests.postgres.restore.conftest import WRONG_ORDER
from tests.servers.databases import fresh_database, fresh_role
from tests.servers.dumping import SILENT, clients, endpoint, fingerprint
from tests.servers.everything import everything
from tests.servers.factory import ServerFactory


class Noting(SilentReporter):
    """Remembers what was noted."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


class Cancelled(SilentReporter):
    """As when a person cancels."""

    def check_cancelled(self) -> None:
        raise CancelledError("cancelled")


@pytest.fixture
def there(programs: Programs) -> ClientPrograms:
    return clients(programs)


@pytest.fixture
def shop(database: str) -> Endpoint:
    """A small database, which nobody else uses."""
    run(database, TABLES)
    return endpoint(database)


def extensions(at: Endpoint) -> set[str]:
    with at.connect_to_change() as connection:
        return {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}


@pytest.fixture(params=[15, 18], ids=lambda major: f"postgresql {major}")
def versions(
    request: pytest.FixtureRequest, programs_of: ProgramsOf, start_server: ServerFactory
) -> tuple[EmbeddedServer, ClientPrograms]:
    its = programs_of(request.param)
    return start_server(programs=its), clients(its)


def test_a_sound_database_is_left_as_it_was(
    versions: tuple[EmbeddedServer, ClientPrograms],
) -> None:
    server, there = versions
    with everything(server) as name:
        before = fingerprint(server.dsn(name))
        checked = amcheck(endpoint(server.dsn(name)), there, SILENT)
        assert (checked.findings, "sound" in checked.told) == ((), True), checked
        assert compare(before, fingerprint(server.dsn(name))) == ()


def test_a_faulty_index_is_found_and_named(shop: Endpoint, there: ClientPrograms) -> None:
    with shop.connect_to_change() as connection:
        connection.execute(WRONG_ORDER)
    checked = amcheck(shop, there, SILENT)
    assert len(checked.findings) >= 1
    assert all("pg_amcheck" in each for each in checked.findings)
    assert any("wrong order" in each and "item order" in each for each in checked.findings)
    assert "amcheck" not in extensions(shop)


def test_an_extension_that_the_database_has_stays(shop: Endpoint, there: ClientPrograms) -> None:
    with shop.connect_to_change() as connection:
        connection.execute("CREATE EXTENSION amcheck")
    assert amcheck(shop, there, SILENT).findings == ()
    assert "amcheck" in extensions(shop)


def test_who_is_no_superuser_is_told_that_it_was_not_run(
    postgres: EmbeddedServer, database: str, there: ClientPrograms
) -> None:
    with fresh_role(postgres) as (role, password):
        dsn = make_conninfo(database, user=role, password=password)
        checked = amcheck(endpoint(dsn), there, SILENT)
    assert (checked.findings, "no superuser" in checked.told) == ((), True)


def test_where_the_program_is_missing_that_is_told(shop: Endpoint, there: ClientPrograms) -> None:
    without = ClientPrograms(there.bin / "nowhere", there.version_num, "for tests")
    checked = amcheck(shop, without, SILENT)
    assert (checked.findings, "not run" in checked.told) == ((), True)


@pytest.mark.parametrize("each_postgres", [13], indirect=True)
def test_on_a_server_whose_extension_knows_no_tables_it_is_not_run(
    each_postgres: EmbeddedServer, there: ClientPrograms
) -> None:
    with fresh_database(each_postgres) as name:
        at = endpoint(each_postgres.dsn(name))
        for checked in (
            amcheck(at, there, SILENT),
            amcheck_live(at, there, SILENT, [TableName("public", "orders")]),
        ):
            assert (checked.was_run, checked.findings) == (False, ()), checked
            assert "before PostgreSQL 14" in checked.told


def test_cancelling_leaves_no_extension_behind(shop: Endpoint, there: ClientPrograms) -> None:
    with pytest.raises(CancelledError):
        amcheck(shop, there, Cancelled())
    assert "amcheck" not in extensions(shop)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT count(*) > 0 FROM public.orders", "true"),
        ("SELECT count(*) > 0 FROM public.orders", "t"),
        ("SELECT count(*) FROM public.orders;", "3000"),
        ("SELECT false", "False"),
        ("SELECT 'true'::text", "true"),
        ("SELECT 'ü', 2", "ü"),
    ],
)
def test_what_is_as_expected_is_nothing_to_tell(
    shop: Endpoint, statement: str, expected: str
) -> None:
    assert ask(shop, AssertSettings("x", sql=statement, expect=expected), 5) == ""


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT 7", "assertion x: '7' instead of 'true'"),
        ("SELECT true WHERE false", "nothing instead of 'true'"),
        ("SELECT NULL", "nothing instead of 'true'"),
        ("SELECT pg_sleep(60)", "no answer within 0.2 s"),
        ("SELECT 1 FROM gone", 'relation "gone" does not exist'),
        ("DELETE FROM orders", "read-only transaction"),
        ("SELECT true; DROP TABLE items", "multiple commands"),
        ("SET default_transaction_read_only = off", "nothing instead"),
    ],
)
def test_what_is_not_as_expected_or_cannot_be_asked_is_told(
    shop: Endpoint, statement: str, told: str
) -> None:
    found = ask(shop, AssertSettings("x", sql=statement), 0.2)
    assert found.startswith("assertion x")
    assert told in found
    assert ask(shop, AssertSettings("x", sql="SELECT count(*) FROM items", expect="5000"), 5) == ""


def test_all_of_it_is_told_at_once(shop: Endpoint, there: ClientPrograms) -> None:
    reporter = Noting()
    assertions = (AssertSettings("good", sql="SELECT true"), AssertSettings("bad", sql="SELECT 1"))
    found = look_further(shop, there, Further(True, assertions, 5), reporter)
    assert found.differences == ("assertion bad: '1' instead of 'true'",)
    assert found == Looked(found.differences, sound=tuple(reporter.notes))
    assert [each.partition(":")[0] for each in reporter.notes] == [
        "pg_amcheck found every table and index sound",
        "assertion good",
    ]


def test_an_assertion_is_asked_of_the_databases_that_it_is_for() -> None:
    wish = RestoreWish("shop", "orders", TargetKind.BESIDE, "shop", "again")
    settings = RestoreSettings(
        assert_=(
            AssertSettings("all"),
            AssertSettings("this", server="shop", database="orders"),
            AssertSettings("other server", server="desk"),
            AssertSettings("other database", database="items"),
        )
    )
    assert [each.name for each in further_of(wish, settings).assertions] == ["all", "this"]


def test_what_was_not_looked_at_is_never_told_as_looked_at(
    shop: Endpoint, there: ClientPrograms
) -> None:
    without = ClientPrograms(there.bin / "nowhere", there.version_num, "for tests")
    assertions = (
        AssertSettings("of a table that is not there", sql="SELECT count(*) > 0 FROM public.gone"),
        AssertSettings("of a schema that is not there", sql="SELECT gone.total() > 0"),
        AssertSettings("of rows that did not come", sql="SELECT count(*) > 0 FROM public.items"),
        AssertSettings("of a view of these", sql="SELECT EXISTS (SELECT FROM public.sold)"),
        AssertSettings("of what is there", sql="SELECT count(*) > 0 FROM public.orders"),
        AssertSettings("of nothing", sql="SELECT frue"),
    )
    with shop.connect_to_change() as connection:
        connection.execute("CREATE VIEW sold AS SELECT i.id FROM items AS i JOIN orders USING (id)")
    reporter = Noting()
    empty = frozenset({TableName("public", "items")})
    part = Further(True, assertions, 5, is_whole=False)
    found = look_further(shop, without, part, reporter, empty=empty)
    assert [each.partition(": ")[0] for each in found.unchecked] == [
        "pg_amcheck was not run",
        "assertion of a table that is not there does not apply",
        "assertion of a schema that is not there does not apply",
        "assertion of rows that did not come does not apply",
        "assertion of a view of these does not apply",
    ]
    assert "public.items is there without its rows" in found.unchecked[-1]
    assert [each.partition(":")[0] for each in found.differences] == [
        "assertion of nothing can't be asked"
    ]
    assert reporter.notes[-1] == "assertion of what is there: as expected"
