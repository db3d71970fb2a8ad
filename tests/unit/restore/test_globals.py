"""What a server lacks of a backup's roles and tablespaces: only that is made, without passwords."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import BackupError
from core.restore.globals.lacking import Lack, lacking_globals
from core.restore.globals.named import new_roles
from core.restore.globals.script import Subject, statements
from tests.unit.restore.test_preflight import TARGET

SCRIPT = r"""
-- PostgreSQL database cluster dump
\restrict s3cret
SET client_encoding = 'UTF8';
CREATE ROLE anna;
ALTER ROLE anna WITH NOSUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:it''s; secret' VALID UNTIL 'x';
CREATE ROLE "b;o ""b"" PASSWORD 'x'";
ALTER ROLE "b;o ""b"" PASSWORD 'x'" WITH SUPERUSER NOLOGIN;
COMMENT ON ROLE anna IS E'a \'quoted\' ; one';
CREATE ROLE old;
ALTER ROLE old WITH NOSUPERUSER LOGIN PASSWORD 'md5secret';
ALTER ROLE anna SET search_path TO 'a', 'b;c';
ALTER ROLE old SET work_mem TO '4MB';
GRANT SET ON PARAMETER log_statement TO anna;
GRANT old TO anna WITH ADMIN OPTION, INHERIT TRUE GRANTED BY "b;o ""b"" PASSWORD 'x'";
GRANT pg_monitor TO old;
GRANT nowhere TO anna;
CREATE TABLESPACE fast OWNER anna LOCATION '/srv/fast; disk';
GRANT CREATE ON TABLESPACE fast TO old;
COMMENT ON TABLESPACE fast IS 'x';
CREATE TABLESPACE there OWNER anna LOCATION '/srv/there';
SHOW ME;
"""
BOB = "b;o \"b\" PASSWORD 'x'"
HERE = replace(
    TARGET,
    is_superuser=True,
    roles=frozenset({"old", "pg_monitor"}),
    tablespaces=frozenset({"pg_default", "there"}),
)


def lack(target: object = HERE) -> Lack:
    return lacking_globals(statements(SCRIPT.encode()), target)  # type: ignore[arg-type]


def test_only_what_is_missing_is_made() -> None:
    found = lack()
    assert found.created == {"anna", BOB}
    assert found.kept == {"old"}
    assert found.made_tablespaces == {"fast"}
    made = "\n".join(each.text for each in (*found.roles, *found.memberships, *found.tablespaces))
    assert "ROLE old" not in made
    assert "pg_monitor" not in made
    assert "there" not in made
    assert [each.text.split()[0] for each in found.tablespaces] == ["CREATE", "GRANT", "COMMENT"]


def test_no_password_is_left_anywhere_and_all_else_is() -> None:
    texts = [each.text for each in statements(SCRIPT.encode())]
    assert not any("secret" in each for each in texts)
    assert "ALTER ROLE anna WITH NOSUPERUSER LOGIN VALID UNTIL 'x'" in texts
    assert "ALTER ROLE anna SET search_path TO 'a', 'b;c'" in texts
    assert f'CREATE ROLE "{BOB.replace(chr(34), chr(34) * 2)}"' in texts
    assert r"COMMENT ON ROLE anna IS E'a \'quoted\' ; one'" in texts


def test_settings_and_rights_on_parameters_come_with_their_role() -> None:
    texts = [each.text for each in lack().roles]
    assert "GRANT SET ON PARAMETER log_statement TO anna" in texts
    assert "ALTER ROLE anna SET search_path TO 'a', 'b;c'" in texts


def test_a_membership_needs_both_to_be_there() -> None:
    found = lack()
    [only] = found.memberships
    assert (only.name, only.member, only.grantor) == ("old", "anna", BOB)
    assert "GRANT nowhere TO anna: one of them is not there" in found.left_out


def test_who_is_no_superuser_makes_what_it_may_and_is_told_the_rest() -> None:
    found = lack(replace(HERE, is_superuser=False))
    assert found.created == {"anna"}
    assert found.tablespaces == ()
    assert any(each.startswith(f"role {BOB}: only a superuser") for each in found.left_out)
    [only] = found.memberships
    assert only.text == "GRANT old TO anna WITH ADMIN OPTION, INHERIT TRUE"


def test_who_is_no_superuser_says_nothing_that_only_one_may() -> None:
    texts = [each.text for each in lack(replace(HERE, is_superuser=False)).roles]
    assert "ALTER ROLE anna WITH LOGIN VALID UNTIL 'x'" in texts


def test_a_membership_of_two_who_are_there_is_told_and_not_granted() -> None:
    both = replace(HERE, roles=HERE.roles | {"anna"})
    lost = replace(both, memberships=frozenset({("pg_monitor", "old")}))
    had = replace(both, memberships=frozenset({("pg_monitor", "old"), ("old", "anna")}))
    told = [each for each in lack(lost).left_out if each.startswith("GRANT old TO anna")]
    assert len(told) == 1
    assert lack(lost).memberships == ()
    assert not any(each.startswith("GRANT old TO anna") for each in lack(had).left_out)


def test_roles_that_a_restore_makes_are_as_they_were_and_nobody_logs_in_as_them() -> None:
    found = new_roles({"anna", BOB, "not told"}, SCRIPT.encode(), HERE)
    made = {each.name: each.statements for each in found.roles}
    assert made["anna"][:2] == ("CREATE ROLE anna", "ALTER ROLE anna WITH LOGIN VALID UNTIL 'x'")
    assert "ALTER ROLE anna SET search_path TO 'a', 'b;c'" in made["anna"]
    assert made["anna"][-1] == 'ALTER ROLE "anna" NOLOGIN'
    assert made["not told"] == ('CREATE ROLE "not told" NOLOGIN',)
    assert [each.text for each in found.memberships] == [
        "GRANT old TO anna WITH ADMIN OPTION, INHERIT TRUE"
    ]


def test_who_would_be_a_superuser_is_made_with_nothing_but_the_name() -> None:
    found = new_roles({BOB}, SCRIPT.encode(), HERE)
    [bob] = found.roles
    assert [each.endswith("NOLOGIN") for each in bob.statements] == [True]
    assert any(each.startswith(f"role {BOB} is made without") for each in found.left_out)


def test_what_is_not_understood_is_told_and_not_done() -> None:
    assert "SHOW ME: this pgvigil does not know what it is" in lack().left_out
    assert statements(b"SHOW ME;")[0].subject is Subject.UNKNOWN


def test_nothing_is_made_where_all_is_there() -> None:
    roles = frozenset({"old", "anna", BOB})
    found = lack(replace(HERE, roles=roles, tablespaces=frozenset({"fast", "there"})))
    assert (found.roles, found.memberships, found.tablespaces) == ((), (), ())


def test_what_is_no_text_is_said() -> None:
    with pytest.raises(BackupError, match="can't be read"):
        statements(b"SET client_encoding = 'UTF8';\nCREATE ROLE \xff;")
