"""What goes wrong in the incident: each part makes one condition that pgvigil must show."""

from __future__ import annotations

import asyncio
import random
import secrets
from contextlib import AsyncExitStack, suppress
from typing import NamedTuple

import psycopg

from core.demo.workload.stage import Client, Stage

SUPERUSER = "postgres"
_LOCK = "UPDATE inventory SET in_stock = in_stock + 1 WHERE product_id = %s"
_STRANGERS = ("admin", "root", "deploy", "app_api", "reporting")


class _Place(NamedTuple):
    """Who stands in the lock queue: with which products' rows locked, waiting for which.

    No two wait for the same row: the second would wait for the first, a level deeper.
    """

    role: str
    application: str
    has: tuple[int, ...]
    wants: int


_QUEUE = (
    _Place("app_api", "checkout-api", has=(2,), wants=1),
    _Place("app_worker", "fulfilment", has=(3, 4), wants=2),
    _Place("app_web", "storefront", has=(5,), wants=3),
    _Place("app_worker", "mail-worker", has=(6,), wants=4),
)


async def slow_report(stage: Stage) -> None:
    """A report of seconds, again and again."""
    timings = stage.timings
    await asyncio.sleep(timings.slow_query_first)
    async with await stage.connect("reporting", "nightly-report") as client:
        stage.say("a slow report runs again and again as reporting")
        while True:
            seconds = random.uniform(timings.slow_query_least, timings.slow_query_most)
            await client.execute("SELECT * FROM revenue_by_tenant('late', %s)", [seconds])
            await asyncio.sleep(timings.slow_query_every)


async def lock_queue(stage: Stage) -> None:
    """Somebody leaves a transaction open, and a queue of three levels builds behind it."""
    await asyncio.sleep(stage.timings.lock_queue_first)
    while True:
        await _one_lock_queue(stage)
        await asyncio.sleep(stage.timings.lock_queue_every)


async def _one_lock_queue(stage: Stage) -> None:
    timings = stage.timings
    async with await stage.connect("ops", "psql") as holder, asyncio.TaskGroup() as tasks:
        await _begin(holder, locks=(1,))
        queue: list[asyncio.Task[None]] = []
        for place in _QUEUE:
            await asyncio.sleep(timings.lock_queue_step)
            in_line = asyncio.Event()
            queue.append(tasks.create_task(_stand_in_line(stage, place, in_line)))
            await in_line.wait()
        stage.say("four sessions wait in three levels behind an idle transaction of ops")
        # Ends early when somebody terminates the holder: then nobody waits any more.
        await asyncio.wait(queue, timeout=timings.lock_queue_hold)
        with suppress(psycopg.Error):
            await holder.execute("COMMIT")
        await asyncio.wait(queue)
    stage.say("the lock queue has resolved")


async def _stand_in_line(stage: Stage, place: _Place, in_line: asyncio.Event) -> None:
    try:
        async with await stage.connect(place.role, place.application) as client:
            await _begin(client, locks=place.has)
            in_line.set()
            await client.execute(_LOCK, [place.wants])
            await client.execute("COMMIT")
    except psycopg.Error:
        # Somebody ended this session; the others stay in line.
        in_line.set()


async def _begin(client: Client, *, locks: tuple[int, ...]) -> None:
    await client.execute("BEGIN")
    for product in locks:
        await client.execute(_LOCK, [product])


async def connection_burst(stage: Stage) -> None:
    """An application that opens connections until the pool is nearly full, and lets go of them."""
    timings = stage.timings
    await asyncio.sleep(timings.burst_first)
    while True:
        async with AsyncExitStack() as stack:
            counter = await stack.enter_async_context(await stage.connect(SUPERUSER, "counter"))
            while await _share_of_slots(counter) < timings.burst_share:
                pooled = await stage.connect("app_web", "storefront-pool")
                await stack.enter_async_context(pooled)
                await asyncio.sleep(timings.burst_step)
            stage.say(f"{timings.burst_share:.0%} of the connection slots are taken")
            await asyncio.sleep(timings.burst_hold)
        stage.say("the connections have been given back")
        await asyncio.sleep(timings.burst_every)


async def _share_of_slots(client: Client) -> float:
    """Client backends ÷ the slots that ordinary roles can take, 0 to 1."""
    cursor = await client.execute(
        "SELECT count(*)::float8 / (current_setting('max_connections')::int"
        " - current_setting('superuser_reserved_connections')::int"
        " - current_setting('reserved_connections')::int)"
        " FROM pg_stat_activity WHERE backend_type = 'client backend'"
    )
    row = await cursor.fetchone()
    return float(row[0]) if row else 1.0


async def failed_logins(stage: Stage) -> None:
    """Somebody tries passwords, for roles that are there and for some that are not."""
    timings = stage.timings
    await asyncio.sleep(timings.failed_logins_first)
    stage.say(f"somebody tries passwords of {', '.join(_STRANGERS)}")
    while True:
        for role in _STRANGERS:
            try:
                client = await stage.connect(role, "", password=secrets.token_hex(4))
            except psycopg.OperationalError:
                continue
            await client.close()
        await asyncio.sleep(timings.failed_logins_every)


async def superuser_grant(stage: Stage) -> None:
    """A contractor's role becomes a superuser."""
    await asyncio.sleep(stage.timings.superuser_granted_after)
    async with await stage.connect(SUPERUSER, "psql") as client:
        await client.execute("ALTER ROLE contractor SUPERUSER")
    stage.say("the role contractor has been made a superuser")
