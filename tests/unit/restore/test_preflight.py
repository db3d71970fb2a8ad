"""What is found before a restore touches anything, and how it is mended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.backup.dump.table_of_contents import TocEntry
from core.model.restore import Check, CheckState, TargetKind
from core.model.restore_target import DatabaseThere, ExtensionThere, TargetState
from core.restore.preflight import Planned, checks
from tests.unit.backup.test_manifest import MANIFEST

LIVE = DatabaseThere(
    name="orders",
    owner="shop",
    encoding="UTF8",
    collation="C C",
    locale_provider="c",
    tablespace="pg_default",
    bytes=5_000,
    allows_connections=True,
    connection_limit=-1,
    is_template=False,
    sessions=0,
    prepared=0,
    slots=(),
    subscriptions=0,
    settings=(),
)
TARGET = TargetState(
    server_version=180001,
    is_standby=False,
    role="restorer",
    is_superuser=False,
    may_create_databases=True,
    may_create_roles=False,
    bypasses_row_security=True,
    member_of=frozenset({"restorer", "shop"}),
    roles=frozenset({"restorer", "shop", "postgres"}),
    tablespaces=frozenset({"pg_default"}),
    extensions=(ExtensionThere("hstore", "1.8", superuser=True, trusted=True),),
    collations=frozenset({"C", "en_US.utf8"}),
    collation_names=frozenset(
        {("C", ""), ("de-x-icu", ""), ("en_US", "UTF8"), ("ja_JP", "EUC_JP")}
    ),
    later_collations=frozenset(),
    has_icu=True,
    databases=(LIVE,),
    preloaded=(),
    free_slots=20,
    system_identifier="7",
)


def an_entry(description: bytes, tag: bytes, *, tablespace: bytes = b"") -> TocEntry:
    """An entry of the archive that shop owns."""
    return TocEntry(
        1, False, b"0", b"0", tag, description, 2, None, None, None, b"public", tablespace, None,
        0, b"shop", None, (), None,
    )  # fmt: skip


def planned(
    target: TargetState = TARGET,
    kind: TargetKind = TargetKind.BESIDE,
    database: str = "orders_restored",
    *entries: TocEntry,
    staging_free: int = 10_000,
    target_free: int | None = 10_000,
    table_bytes: int = 0,
    shares_disk: bool = False,
) -> Planned:
    return Planned(
        manifest=MANIFEST,
        entries=entries or (an_entry(b"TABLE", b"orders"),),
        codec="utf-8",
        target=target,
        kind=kind,
        database=database,
        staged_bytes=1_000,
        staging_free=staging_free,
        target_free=target_free,
        workers=2,
        table_bytes=table_bytes,
        shares_disk=shares_disk,
    )


def with_live(**changes: object) -> TargetState:
    return replace(TARGET, databases=(replace(LIVE, **changes),))  # type: ignore[arg-type]


def told(of: Planned, name: str) -> Check:
    (found,) = (check for check in checks(of) if check.name == name)
    return found


def test_where_nothing_stands_in_the_way_every_check_says_so() -> None:
    assert {check.state for check in checks(planned())} == {CheckState.OK}


def test_what_must_be_mended_comes_first() -> None:
    found = checks(planned(replace(TARGET, is_standby=True), target_free=None))
    assert found[0].state is CheckState.STOP
    assert [check.name for check in found if check.state is CheckState.UNKNOWN] == [
        "room on the server"
    ]


STOPS = [
    ("a standby", planned(replace(TARGET, is_standby=True)), "primary",
     "the server is a standby, where nothing can be written"),
    ("an older server", planned(replace(TARGET, server_version=150004)), "version",
     "the backup is of PostgreSQL 18, the server is 15"),
    ("no connection free", planned(replace(TARGET, free_slots=2)), "connections",
     "2 connections are free, 3 are wanted"),
    ("a name that is taken", planned(database="orders"), "name",
     "there is a database orders on the server already"),
    ("a name that is too long", planned(database="ü" * 32), "name", "can't be the name"),
    ("no name", planned(database=""), "name", "'' can't be the name of a database"),
    ("a swap with what is not there", planned(TARGET, TargetKind.SWAP, "other"), "name",
     "there is no database other on the server"),
    ("no right to create", planned(replace(TARGET, may_create_databases=False)),
     "right to create", "role restorer may not create a database"),
    ("an extension that is not there",
     planned(TARGET, TargetKind.BESIDE, "x", an_entry(b"EXTENSION", b"postgis")), "extensions",
     "the server does not have the extension postgis"),
    ("an extension for superusers only",
     planned(replace(TARGET, extensions=(ExtensionThere("hstore", "1", True, False),)),
             TargetKind.BESIDE, "x", an_entry(b"EXTENSION", b"hstore")),
     "rights on extensions", "role restorer may not create the extension hstore"),
    ("a tablespace that is not there",
     planned(TARGET, TargetKind.BESIDE, "x", an_entry(b"TABLE", b"t", tablespace=b"fast")),
     "tablespaces", "the tablespace fast is not on the server"),
    ("no room here", planned(staging_free=999), "room on this host",
     "1,000 bytes are unpacked here, and 999 are free"),
    ("no room there", planned(target_free=999), "room on the server", "999 bytes are free"),
    ("no room for the tables as they were", planned(table_bytes=10_001), "room on the server",
     "10,000 bytes are free, at least 10,001 are needed"),
    ("no room beside what is unpacked", planned(table_bytes=9_001, shares_disk=True),
     "room on the server", "at least 10,001 are needed, with what is unpacked on the same disk"),
    ("a database of somebody else", planned(with_live(owner="other"), TargetKind.SWAP, "orders"),
     "right to rename", "database orders belongs to other"),
    ("prepared transactions", planned(with_live(prepared=2), TargetKind.SWAP, "orders"),
     "prepared transactions", "2 prepared transactions hold orders"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("of", "name", "what"), [each[1:] for each in STOPS], ids=[each[0] for each in STOPS]
)
def test_it_stops_at(of: Planned, name: str, what: str) -> None:
    found = told(of, name)
    assert found.state is CheckState.STOP
    assert what in found.what
    assert found.remedy


WARNINGS = [
    ("owners that are not there",
     planned(replace(TARGET, roles=frozenset({"restorer", "postgres"}))),
     "owners", "the role shop is not on the server"),
    ("owners that are not ours", planned(replace(TARGET, member_of=frozenset({"restorer"}))),
     "owners", "role restorer may not give objects to shop"),
    ("objects for superusers only",
     planned(TARGET, TargetKind.BESIDE, "x", an_entry(b"EVENT TRIGGER", b"watch")),
     "rights of a superuser", "only a superuser may create event triggers"),
    ("sessions", planned(with_live(sessions=3), TargetKind.SWAP, "orders"), "sessions",
     "3 sessions are connected to orders"),
    ("logical slots", planned(with_live(slots=("cdc",)), TargetKind.SWAP, "orders"),
     "replication slots", "the logical slots cdc stay with the old database"),
    ("subscriptions", planned(with_live(subscriptions=1), TargetKind.SWAP, "orders"),
     "subscriptions", "1 subscriptions stay with the old database"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("of", "name", "what"), [each[1:] for each in WARNINGS], ids=[each[0] for each in WARNINGS]
)
def test_it_warns_of(of: Planned, name: str, what: str) -> None:
    found = told(of, name)
    assert found.state is CheckState.WARNING
    assert what in found.what
    assert found.remedy


@pytest.mark.parametrize(
    ("collation", "provider", "state"),
    [
        ("C C", "c", CheckState.OK),
        ("en_US.UTF-8 en_US.UTF-8", "c", CheckState.OK),
        ("de_DE.utf8 C", "c", CheckState.STOP),
        ("C C en-US", "i", CheckState.OK),
        ("C C C.UTF-8", "b", CheckState.OK),
    ],
)
def test_a_locale_is_compared_as_the_operating_system_does(
    collation: str, provider: str, state: CheckState
) -> None:
    fingerprint = replace(MANIFEST.fingerprint, collation=collation, locale_provider=provider)
    of = replace(planned(), manifest=replace(MANIFEST, fingerprint=fingerprint))
    assert told(of, "locale").state is state


def test_a_server_without_icu_does_not_take_a_database_that_sorts_by_it() -> None:
    fingerprint = replace(MANIFEST.fingerprint, collation="C C en-US", locale_provider="i")
    of = replace(
        planned(replace(TARGET, has_icu=False)), manifest=replace(MANIFEST, fingerprint=fingerprint)
    )
    assert told(of, "locale").state is CheckState.STOP


def test_a_superuser_may_do_what_others_may_not() -> None:
    target = replace(
        TARGET,
        is_superuser=True,
        member_of=frozenset(),
        extensions=(ExtensionThere("hstore", "1", superuser=True, trusted=False),),
    )
    entries = (an_entry(b"EXTENSION", b"hstore"), an_entry(b"EVENT TRIGGER", b"watch"))
    found = checks(planned(target, TargetKind.BESIDE, "x", *entries))
    assert {check.state for check in found} == {CheckState.OK}


def test_a_merge_needs_no_right_to_make_a_database() -> None:
    target = replace(TARGET, may_create_databases=False)
    found = checks(planned(target, TargetKind.MERGE, "orders"))
    assert {check.state for check in found} == {CheckState.OK}


def test_a_remedy_can_be_copied_whatever_the_name() -> None:
    target = replace(TARGET, role='re"storer', may_create_databases=False)
    assert told(planned(target), "right to create").remedy.startswith(
        'ALTER ROLE "re""storer" CREATEDB'
    )


def test_what_the_backup_lacks_is_told_before_its_restore() -> None:
    lacking = replace(MANIFEST, warnings=("pg_dump: subscriptions not dumped", "no passwords"))
    (told,) = (e for e in checks(replace(planned(), manifest=lacking)) if "lacks" in e.name)
    assert told.state is CheckState.WARNING
    assert told.what.endswith("pg_dump: subscriptions not dumped; no passwords")
    assert not [e for e in checks(planned()) if "lacks" in e.name]
