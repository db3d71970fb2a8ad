"""What a role may see, and that each remedy in the report does what it says."""

from __future__ import annotations

import pytest

from core.model.capability import Capability, CapabilityReport, CapabilityStatus
from core.postgres.capability_report import examine
from core.postgres.embedded import EmbeddedServer, Programs
from tests.postgres.connecting import rows, run, session_with
from tests.servers.databases import fresh_role
from tests.servers.factory import ServerFactory
from tests.servers.watching import until
from tui.capability_report import text

PRESENT, PARTIAL, MISSING = (
    CapabilityStatus.PRESENT,
    CapabilityStatus.PARTIAL,
    CapabilityStatus.MISSING,
)


async def report(dsn: str) -> CapabilityReport:
    async with session_with(dsn) as session:
        return await examine(session)


def capability(found: CapabilityReport, part: str) -> Capability:
    (one,) = (each for each in found.capabilities if part in each.name)
    return one


async def test_a_superuser_lacks_nothing_but_timing(database: str) -> None:
    found = await report(database)

    lacking = [each.name for each in found.capabilities if each.status is not PRESENT]
    assert lacking == ["track_io_timing"]
    assert found.version.startswith("18")


async def test_every_lack_says_what_it_costs_and_what_to_run(postgres: EmbeddedServer) -> None:
    with fresh_role(postgres) as (name, password):
        found = await report(postgres.dsn(user=name, password=password))

    lacking = [each for each in found.capabilities if each.status is not PRESENT]
    assert len(lacking) >= 6
    for each in lacking:
        assert each.cost, each
        assert each.remedy, each


async def test_the_remedies_mend_what_they_say_they_mend(start_server: ServerFactory) -> None:
    server = start_server(settings={"track_activities": "off", "compute_query_id": "off"})
    run(server.dsn(), 'CREATE ROLE "it\'s a""role" LOGIN PASSWORD \'x\'')
    dsn = server.dsn(user="it's a\"role", password="x")
    before = await report(dsn)

    for each in before.capabilities:
        for statement in each.remedy.split("; "):
            if statement.startswith(("GRANT", "ALTER", "CREATE", "SELECT")):
                run(server.dsn(), statement)
    server.restart()
    after = await report(dsn)

    assert capability(before, "roles' sessions").status is MISSING
    assert capability(before, "pg_stat_statements").status is MISSING
    assert capability(before, "every slot").status is PARTIAL
    lacking = [each for each in after.capabilities if each.status is not PRESENT]
    assert [each.cost for each in lacking] == ["not those of superusers"]


BEFORE = {
    "no member": [],
    "a member": ["GRANT pg_monitor, pg_signal_backend TO {role}"],
    "a member of a group that is one": [
        "CREATE ROLE {role}_group NOINHERIT",
        "GRANT pg_monitor, pg_signal_backend TO {role}_group",
        "GRANT {role}_group TO {role}",
    ],
}


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("major", [15, 18])
async def test_a_role_that_inherits_nothing_is_told_what_lets_it_use_what_it_was_granted(
    major: int, before: str, start_server: ServerFactory, debian_programs: Programs
) -> None:
    server = start_server(programs=debian_programs) if major == 15 else start_server()
    run(server.dsn(), "CREATE ROLE noinh LOGIN NOINHERIT PASSWORD 'x'")
    for statement in BEFORE[before]:
        run(server.dsn(), statement.format(role="noinh"))
    dsn = server.dsn(user="noinh", password="x")
    found = await report(dsn)
    lacks = [capability(found, part) for part in ("roles' sessions", "cancel", "all settings")]
    assert lacks[0].status is MISSING
    if before == "a member":
        by_version = {
            15: "ALTER ROLE noinh INHERIT",
            18: "GRANT pg_monitor TO noinh WITH INHERIT TRUE",
        }
        assert lacks[0].remedy == by_version[major]

    for lack in lacks:
        run(server.dsn(), *lack.remedy.split("; "))

    mended = await report(dsn)
    assert capability(mended, "roles' sessions").status is PRESENT
    assert capability(mended, "cancel").cost == "not those of superusers"


async def test_a_membership_that_is_not_inherited_is_granted_again_so_that_it_is(
    start_server: ServerFactory,
) -> None:
    server = start_server()
    run(server.dsn(), "CREATE ROLE plain LOGIN PASSWORD 'x'")
    run(server.dsn(), "GRANT pg_monitor TO plain WITH INHERIT FALSE")
    dsn = server.dsn(user="plain", password="x")
    remedy = capability(await report(dsn), "roles' sessions").remedy
    run(server.dsn(), remedy)
    assert capability(await report(dsn), "roles' sessions").status is PRESENT


async def test_a_role_with_a_newline_in_its_name_gets_a_grant_that_can_be_copied(
    postgres: EmbeddedServer,
) -> None:
    name = 'two\nlines, a \\, a " and a \u202eturn'
    quoted = '"' + name.replace('"', '""') + '"'
    run(postgres.dsn(), f"CREATE ROLE {quoted} LOGIN PASSWORD 'x'")
    try:
        dsn = postgres.dsn(user=name, password="x")
        shown = text(await report(dsn))
        (grant,) = {line.strip() for line in shown.splitlines() if "GRANT pg_signal" in line}
        statement = grant.removeprefix("mend").strip()
        assert "two\\000alines" in statement
        run(postgres.dsn(), statement)
        assert capability(await report(dsn), "cancel").cost == "not those of superusers"
    finally:
        run(postgres.dsn(), f"DROP ROLE {quoted}")


async def test_on_a_standby_a_remedy_says_where_it_can_be_run(start_server: ServerFactory) -> None:
    primary = start_server(settings={"track_activities": "off"})
    run(primary.dsn(), "CREATE ROLE plain LOGIN PASSWORD 'x'")
    standby = start_server.standby(primary)
    dsn = standby.dsn(user="plain", password="x")
    before = await report(dsn)
    assert ", a standby, as plain" in text(before)
    assert ", a standby," not in text(await report(primary.dsn()))
    for each in before.capabilities:
        for step in filter(None, each.remedy.split("; ")):
            place, _, statement = step.rpartition(": ")
            if statement.startswith("restart"):
                continue
            run((primary if place.endswith("on the primary") else standby).dsn(), statement)
    wait_for_replay(primary, standby)
    standby.restart()
    after = await report(dsn)
    lacking = [each.cost for each in after.capabilities if each.status is not PRESENT]
    assert lacking == ["not those of superusers"]


def wait_for_replay(primary: EmbeddedServer, standby: EmbeddedServer) -> None:
    """Until the standby has replayed what the primary has written."""
    ((written,),) = rows(primary.dsn(), "SELECT pg_current_wal_lsn()::text")
    replayed = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
    until(lambda: rows(standby.dsn(), replayed, written) == [(True,)])


async def test_pg_monitor_is_enough_for_everything_but_acting(monitor_dsn: str) -> None:
    found = await report(monitor_dsn)

    assert capability(found, "roles' sessions").status is PRESENT
    assert capability(found, "settings").status is PRESENT
    assert capability(found, "pg_stat_statements").status is PRESENT
    assert capability(found, "cancel").status is PARTIAL


async def test_through_a_pooler_the_report_says_what_is_not_to_be_had(pooled: str) -> None:
    direct = capability(await report(pooled), "without a pooler")

    assert direct.status is PARTIAL
    assert "no slot is held" in direct.cost


async def test_before_16_only_a_superuser_has_a_way_in(
    start_server: ServerFactory, debian_programs: Programs
) -> None:
    server = start_server(programs=debian_programs)
    with fresh_role(server, member_of="pg_monitor") as (name, password):
        slots = capability(await report(server.dsn(user=name, password=password)), "every slot")

    assert slots.status is PARTIAL
    assert slots.remedy == ""


@pytest.mark.parametrize(
    ("roles", "wording"),
    [
        (["rds_superuser"], "the DB parameter group"),
        (["azure_pg_admin"], "the server parameters"),
        (["cloudsqlsuperuser"], "database flags"),
        (["supabase_admin"], "supabase postgres-config"),
        (["neon_superuser"], "Neon"),
    ],
)
async def test_on_a_managed_server_the_remedy_is_the_platforms(
    start_server: ServerFactory, roles: list[str], wording: str
) -> None:
    server = start_server()
    for role in roles:
        run(server.dsn(), f"CREATE ROLE {role}")
    found = capability(await report(server.dsn()), "track_io_timing")

    assert wording in found.remedy
    assert "ALTER SYSTEM" not in found.remedy
