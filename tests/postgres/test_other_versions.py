"""Servers of versions that pgvigil was not made for: too old, and still to come."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ExitCode
from core.model.capability import CapabilityStatus
from core.model.server import Link, LinkState
from core.model.snapshot import Frame
from core.model.versions import NEWEST
from core.postgres.capabilities import probe
from core.postgres.capability_report import report
from core.postgres.embedded import EmbeddedServer
from core.postgres.stat_statements import locate
from tests.conftest import ProgramsOf
from tests.postgres.connecting import session_with
from tests.servers.factory import ServerFactory
from tests.servers.watching import console, frame_where, site
from tui.cli import main


@pytest.fixture
def twelve(start_server: ServerFactory, programs_of: ProgramsOf) -> EmbeddedServer:
    """PostgreSQL 12."""
    return start_server(programs=programs_of(12))


async def test_a_console_says_that_12_is_too_old_and_what_to_do(
    twelve: EmbeddedServer, tmp_path: Path
) -> None:
    with site(tmp_path) as here:
        async with console(here.launch(twelve.dsn())) as session:
            frame = await frame_where(session, tells_why)

    assert frame.link is not None
    link = frame.link.body
    assert isinstance(link, Link)
    assert link.state is LinkState.REFUSED
    assert link.what.startswith("PostgreSQL 12.22 is too old for pgvigil: ")
    assert link.why == "pgvigil works with PostgreSQL 13 and newer"
    assert "upgrade the server" in link.remedy


def tells_why(frame: Frame) -> bool:
    link = frame.link.body if frame.link else None
    return isinstance(link, Link) and link.what != ""


def test_the_doctor_says_that_12_is_too_old(
    twelve: EmbeddedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--json", twelve.dsn()]) == ExitCode.UNKNOWN
    (error,) = json.loads(capsys.readouterr().out)["errors"].values()

    assert "12.22 is too old" in error["what"]


async def test_of_a_version_to_come_the_report_says_that_pgvigil_does_not_know_it(
    monitor_dsn: str,
) -> None:
    async with session_with(monitor_dsn) as session:
        found = await probe(session)
        extension, _ = await locate(session)
    known = report("db1", found, extension)
    coming = replace(found, version_num=(NEWEST + 1) * 10_000, version=f"{NEWEST + 1}devel")
    unknown = report("db1", coming, extension)

    assert unknown.capabilities[:-1] == known.capabilities
    added = unknown.capabilities[-1]
    assert (added.name, added.status) == ("PostgreSQL 19", CapabilityStatus.PARTIAL)
    assert added.remedy == "install a newer pgvigil"
