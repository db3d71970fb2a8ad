"""Whether the server knows the collations that an archive asks for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.backup.dump.table_of_contents import TocEntry
from core.model.restore import Check, CheckState, TargetKind
from core.restore.preflight import checks
from core.restore.preflight.collations import named_collations
from tests.unit.restore.test_preflight import TARGET, an_entry, planned


def defined(description: bytes, definition: str) -> TocEntry:
    return replace(an_entry(description, b"it"), definition=definition.encode())


def told(*entries: TocEntry, has_icu: bool = True) -> Check:
    of = planned(replace(TARGET, has_icu=has_icu), TargetKind.BESIDE, "x", *entries)
    (found,) = (each for each in checks(of) if each.name == "collations")
    return found


@pytest.mark.parametrize(
    ("description", "definition", "missing"),
    [
        (b"TABLE", 'CREATE TABLE public.t (\n    a text COLLATE pg_catalog."sv_SE"\n);', "sv_SE"),
        (b"TABLE", 'CREATE TABLE public.t (\n    a text COLLATE pg_catalog."de-x-icu"\n);', ""),
        (b"TABLE", 'CREATE TABLE public.t (\n    a text COLLATE pg_catalog."C"\n);', ""),
        (b"TABLE", "CREATE TABLE public.t (\n    a text COLLATE sales.natural\n);", ""),
        (b"TABLE", "CREATE TABLE public.t (a text COLLATE pg_catalog.ucs_basic);", "ucs_basic"),
        (b"TABLE", 'CREATE TABLE t (a text COLLATE pg_catalog."ja_JP");', "ja_JP"),
        (b"INDEX", 'CREATE INDEX i ON public.t USING btree (a COLLATE "sv_SE");', "sv_SE"),
        (b"VIEW", "CREATE VIEW v AS SELECT (t.a COLLATE \"nb_NO\") FROM t;", "nb_NO"),
        (b"TYPE", "CREATE TYPE r AS RANGE (\n    subtype = text,\n"
         '    collation = pg_catalog."sv_SE"\n);', "sv_SE"),
        (b"DEFAULT", "ALTER TABLE t ALTER a SET DEFAULT 'it''s COLLATE \"sv_SE\"';", ""),
        (b"TABLE", 'CREATE TABLE t ("a COLLATE ""b" text, "x COLLATE y" int);', ""),
        (b"FUNCTION", 'CREATE FUNCTION f() AS $$SELECT a COLLATE "sv_SE"$$;', ""),
    ],
)  # fmt: skip
def test_one_that_the_server_lacks_stops_the_restore(
    description: bytes, definition: str, missing: str
) -> None:
    found = told(defined(description, definition))
    assert found.state is (CheckState.STOP if missing else CheckState.OK)
    if missing:
        assert f"does not have the collation {missing}" in found.what
        assert "pg_import_system_collations" in found.remedy


@pytest.mark.parametrize(
    ("definition", "has_icu", "why"),
    [
        ("(provider = libc, locale = 'en_US.UTF-8');", True, ""),
        ("(provider = libc, locale = 'sv_SE.utf8');", True, "locale sv_SE.utf8"),
        ("(provider = libc, lc_collate = 'C', lc_ctype = 'sv_SE');", True, "the locale sv_SE"),
        ("(provider = icu, deterministic = false, locale = 'und');", True, ""),
        ("(provider = icu, deterministic = false, locale = 'und');", False, "built without)"),
        ("(provider = builtin, locale = 'C.UTF-8');", True, ""),
    ],
)
def test_one_of_the_archive_that_can_not_be_made_stops_it(
    definition: str, has_icu: bool, why: str
) -> None:
    entry = defined(b"COLLATION", f"CREATE COLLATION public.it {definition}")
    found = told(entry, has_icu=has_icu)
    assert found.state is (CheckState.STOP if why else CheckState.OK)
    assert why in found.what
    assert not why or "public.it" in found.what


def test_the_names_are_those_of_the_servers_own_schema() -> None:
    table = defined(b"TABLE", 'CREATE TABLE t (a text COLLATE pg_catalog."a""b", b COLLATE s.c);')
    assert named_collations([table], "utf-8") == {'a"b'}
