"""A server that goes away and comes back under the eyes of a person, at 80x24."""

from __future__ import annotations

import asyncio
from contextlib import closing

import psycopg
import pytest

from core.postgres.embedded import EmbeddedServer, EmbeddedServerError
from tests.faults.person import Person, person_at
from tests.servers.factory import ServerFactory
from tests.servers.proxy import network_to
from tests.servers.slots import every_slot_taken, server_of_few_slots
from tests.servers.watching import Site


async def sees_figures(person: Person) -> None:
    await person.sees("live ", r"\d+ of \d+ slots", "PostgreSQL 18")


async def test_a_stop_shows_why_and_how_old_the_data_is_and_a_start_shows_figures_again(
    here: Site, start_server: ServerFactory
) -> None:
    server = start_server()
    async with person_at(here.launch(server.dsn())) as person:
        await sees_figures(person)
        await person.sees_figures_renewed()
        await asyncio.to_thread(server.stop)
        await person.sees("CRITICAL  1 finding: nothing listens", r"data \d+ s ago", "unreachable")
        await person.sees("do start the server", "steps back to the last readings")

        await person.rewinds_until("primary")
        await person.sees("REWOUND", r"\d+ s before now: not live", r"\d+ of \d+ slots")
        await person.press("0")
        await person.sees("nothing listens at", pane="connections")

        await asyncio.to_thread(server.start)
        await sees_figures(person)
        await person.sees("• OK")


async def test_a_restart_with_other_settings_shows_the_new_ones(
    here: Site, start_server: ServerFactory
) -> None:
    server = start_server(settings={"max_connections": 20})
    async with person_at(here.launch(server.dsn())) as person:
        await person.sees("of 17 slots")
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET max_connections = 30")
        await asyncio.to_thread(server.restart)
        await person.sees("of 27 slots", "• OK", "live ")


async def test_a_crash_is_told_and_survived(here: Site, start_server: ServerFactory) -> None:
    server = start_server()
    async with person_at(here.launch(server.dsn())) as person:
        await sees_figures(person)
        await asyncio.to_thread(server.kill)
        await person.sees("CRITICAL", "unreachable", r"data \d+ s ago")
        await asyncio.to_thread(server.start)
        await sees_figures(person)


async def test_a_network_that_drops_packets_is_told_and_keys_answer_meanwhile(
    here: Site, database: str
) -> None:
    async with network_to(database) as (dsn, network), person_at(here.launch(dsn)) as person:
        await sees_figures(person)
        network.drop_packets()
        await person.sees("unreachable", "CRITICAL", "no answer from")
        await person.press("?")
        await person.sees("Keys")
        await person.press("escape")
        await person.sees("check the address, the network between, and the host")
        network.deliver()
        await sees_figures(person)


async def test_a_network_that_is_cut_is_told_and_connected_again(here: Site, database: str) -> None:
    async with network_to(database) as (dsn, network), person_at(here.launch(dsn)) as person:
        await sees_figures(person)
        network.refuse()
        network.cut()
        await person.sees("unreachable", "CRITICAL", "the connection broke off")
        network.admit()
        await sees_figures(person)


async def test_a_server_that_replays_its_log_is_starting_and_then_shown(
    here: Site, start_server: ServerFactory
) -> None:
    server = start_server(settings={"restore_command": "sleep 30; false"})
    server.stop()
    signal = server.data / "standby.signal"
    signal.touch()
    server.account.own(signal)
    with pytest.raises(EmbeddedServerError):
        server.start(timeout=1)
    async with person_at(here.launch(server.dsn())) as person:
        await person.sees("starting", "the server is starting up", "do wait")
        await asyncio.to_thread(server.kill)
        signal.unlink()
        await asyncio.to_thread(server.start)
        await sees_figures(person)


async def test_a_standby_is_shown_as_one_and_as_a_primary_when_it_is_promoted(
    here: Site, start_server: ServerFactory
) -> None:
    standby = start_server.standby(start_server())
    async with person_at(here.launch(standby.dsn())) as person:
        await person.sees("  standby  ", "live ", r"\d+ of \d+ slots", "• OK")
        promote(standby)
        await person.sees("  primary  ", "live ")


async def test_taken_slots_are_explained_with_the_reserved_ones_and_figures_come_when_one_is_free(
    here: Site, start_server: ServerFactory
) -> None:
    monitor = server_of_few_slots(start_server)
    with every_slot_taken(monitor) as taken:
        async with person_at(here.launch(monitor)) as person:
            await person.sees("slots exhausted", "CRITICAL", "every connection slot")
            await person.sees("the last ones are reserved", "do end idle", pane="connections")
            await person.sees("No figures while all slots are taken", pane="queries")
            await person.press("7", "enter")
            await person.sees("end idle sessions, or raise max_connections")
            await person.sees("So that pgvigil always gets in: set reserved_connections")
            await person.press("1")
            taken.pop().close()
            await person.sees("live ", "5 of 5 slots", "CRITICAL")


async def test_a_connection_that_is_held_shows_who_takes_every_slot(
    here: Site, start_server: ServerFactory
) -> None:
    monitor = server_of_few_slots(start_server)
    async with person_at(here.launch(monitor)) as person:
        await person.sees("live ", "1 of 5 slots")
        with every_slot_taken(monitor):
            await person.sees("5 of 5 slots", "100 %", "CRITICAL", "live ")
            await person.press("2")
            await person.sees("idle", r"mon\b")


async def test_a_session_that_an_administrator_ends_is_taken_up_again(
    here: Site, database: str
) -> None:
    async with person_at(here.launch(database)) as person:
        await sees_figures(person)
        with closing(psycopg.connect(database, autocommit=True)) as admin:
            for _ in range(3):
                ended = admin.execute(
                    "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
                    " WHERE application_name = 'pgvigil' AND datname = current_database()"
                ).rowcount
                await asyncio.sleep(0.5)
        assert ended in (0, 1)
        await sees_figures(person)


def promote(standby: EmbeddedServer) -> None:
    with psycopg.connect(standby.dsn(), autocommit=True) as admin:
        admin.execute("SELECT pg_promote()")
