"""What an archive asks of roles that are not there is taken out of it, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.backup.dump.table_of_contents import TableOfContents, TocEntry
from core.restore.archive.roles import (
    Lacking,
    granted_in,
    owners_of,
    policies_for,
    without_roles,
)
from tests.unit.restore.test_planner import toc_entry


def acl(text: str) -> TocEntry:
    return replace(toc_entry(9, b"ACL", b"TABLE t"), definition=text.encode())


def kept(text: str, *missing: str) -> str:
    contents = TableOfContents((1, 16), 4, b"", (acl(text),))
    lacking = Lacking(frozenset(missing), frozenset(missing))
    (entry,) = without_roles(contents, lacking, "utf-8").entries
    return (entry.definition or b"").decode()


def test_a_grant_to_a_missing_role_goes_and_the_others_stay() -> None:
    text = "GRANT SELECT ON TABLE public.t TO app;\nGRANT ALL ON TABLE public.t TO gone;\n"
    assert kept(text, "gone") == "GRANT SELECT ON TABLE public.t TO app;\n"


@pytest.mark.parametrize(
    "statement",
    [
        'GRANT SELECT ON TABLE public."x TO gone" TO app;\n',
        'GRANT SELECT ON TABLE public."a;b" TO app;\n',
        "GRANT SELECT ON TABLE gone.t TO app;\n",
        "REVOKE ALL ON TABLE public.t FROM PUBLIC;\n",
        'GRANT SELECT ON TABLE public.t TO "Gone";\n',
    ],
)
def test_what_only_looks_like_one_stays(statement: str) -> None:
    assert kept(statement, "gone") == statement


@pytest.mark.parametrize(
    "statement",
    [
        "REVOKE ALL ON TABLE public.t FROM gone;\n",
        "GRANT SELECT(id) ON TABLE public.t TO gone WITH GRANT OPTION;\n",
        "ALTER DEFAULT PRIVILEGES FOR ROLE gone IN SCHEMA public GRANT SELECT ON TABLES TO app;\n",
        "SET SESSION AUTHORIZATION gone;\nGRANT SELECT ON TABLE t TO app;\n"
        "RESET SESSION AUTHORIZATION;\n",
    ],
)
def test_whatever_names_it_goes(statement: str) -> None:
    assert kept(statement, "gone") == ""


def test_a_name_with_quotes_is_found_as_it_is() -> None:
    entries = [acl('GRANT SELECT ON TABLE t TO "o""Brien; x";\n'), toc_entry(1, b"TABLE", b"t")]
    assert granted_in(entries, "utf-8") == {'o"Brien; x'}
    assert owners_of(entries, "utf-8") == {"shop"}


def test_the_roles_of_a_policy_are_those_before_its_conditions() -> None:
    text = b"CREATE POLICY p ON public.t FOR SELECT TO app, gone USING ((owner = 'TO other'));\n"
    policy = replace(toc_entry(3, b"POLICY", b"t p"), definition=text)
    assert policies_for([policy], "utf-8") == {"app", "gone"}


def test_an_owner_that_is_not_there_owns_nothing() -> None:
    contents = TableOfContents((1, 16), 4, b"", (toc_entry(1, b"TABLE", b"t"),))
    assert (
        without_roles(contents, Lacking(unowned=frozenset({"shop"})), "utf-8").entries[0].owner
        == b""
    )
    assert without_roles(contents, Lacking(frozenset({"other"})), "utf-8") == contents
