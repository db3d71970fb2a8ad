"""A server that is watched under two names is said to be, where a person can do something of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from core.api.doctor import report
from core.config.settings import StoreSettings
from core.model.capability import CapabilityReport
from core.model.health import Assessment
from core.model.snapshot import Frame, Subject
from core.store.store import Store
from tests.servers.factory import ServerFactory
from tests.servers.watching import Site, console, frame_where, site, until
from tui.capability_report import document, text


def says(title: str) -> Callable[[Frame], bool]:
    """Whether a frame has a finding with this title."""

    def is_there(frame: Frame) -> bool:
        body = frame.assessment.body if frame.assessment is not None else None
        return isinstance(body, Assessment) and title in [f.title for f in body.findings]

    return is_there


def is_sampled(here: Site, server_id: str) -> bool:
    """Whether the store knows what the server says of itself."""
    store = Store.open(StoreSettings(), state_folder=here.state, migrate=False)
    try:
        return store.snapshots.one(server_id, Subject.SERVER) is not None
    finally:
        store.close()


def asked(here: Site, dsn: str) -> CapabilityReport:
    """What doctor finds on the server."""
    launch = here.launch(dsn)
    return report(launch, launch.servers[0].server_id)


async def test_the_console_and_doctor_name_the_other_name_and_never_a_standby(
    start_server: ServerFactory, tmp_path: Path
) -> None:
    primary = start_server()
    standby = start_server.standby(primary)
    dsn = primary.dsn()
    alias = f"{dsn}?connect_timeout=7&sslmode=disable"
    with site(tmp_path) as here:
        launch = here.launch(dsn, alias, standby.dsn())
        its_id, alias_id, standby_id = (entry.server_id for entry in launch.servers)
        async with console(launch) as session:
            await frame_where(session, says(f"This is also watched as {alias_id}"))
            await asyncio.to_thread(until, lambda: is_sampled(here, standby_id))
            by_alias = await asyncio.to_thread(asked, here, alias)
            of_standby = await asyncio.to_thread(asked, here, standby.dsn())
    assert by_alias.also_watched_as == (its_id,)
    assert f"This is also watched as {its_id}: use one name" in " ".join(text(by_alias).split())
    assert document(by_alias)["also_watched_as"] == [its_id]
    assert of_standby.also_watched_as == ()


def test_doctor_needs_no_store(monitor_dsn: str, tmp_path: Path) -> None:
    with site(tmp_path) as here:
        assert asked(here, monitor_dsn).also_watched_as == ()
        assert not here.state.exists()
