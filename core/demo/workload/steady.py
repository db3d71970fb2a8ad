"""A shop's ordinary day: short transactions by several applications, under row-level security."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import psycopg

from core.demo.workload.stage import Client, Stage

_TENANTS, _USERS, _PRODUCTS = 8, 4000, 4000
# The first products belong to the lock queue: nobody else may wait there.
_RESERVED_PRODUCTS = 10
# All of them 4-byte integers: psycopg sends smaller ones as int2, and pg_stat_statements tells
# the same statement with another parameter type apart.
_TOTAL_CENTS = (40_000, 90_000)

_TENANT = "SELECT set_config('app.tenant_id', %s, true)"


async def storefront(stage: Stage) -> None:
    """Visitors who look at products and at their own orders."""
    await _work(stage, "app_web", "storefront", _browse)


async def checkout(stage: Stage) -> None:
    """Visitors who buy; now and then one thinks better of it and the transaction rolls back."""
    await _work(stage, "app_api", "checkout-api", _buy)


async def mailer(stage: Stage) -> None:
    """A worker that notes what it did in the table that grows."""
    await _work(stage, "app_worker", "mail-worker", _note, pauses=2)


async def search(stage: Stage) -> None:
    """Searches for similar products through the HNSW index."""
    await _work(stage, "app_api", "search", _search, pauses=3)


async def reports(stage: Stage) -> None:
    """A dashboard that counts the last days' orders."""
    await _work(stage, "reporting", "dashboard", _count, pauses=8)


async def archive(stage: Stage) -> None:
    """Keeps a demonstration that is left open for days from filling the disk."""
    timings = stage.timings
    async with await stage.connect("app_worker", "archiver") as client:
        while True:
            await asyncio.sleep(timings.archive_every)
            for tenant in range(1, _TENANTS + 1):
                await _forget_old_orders(client, tenant, timings.orders_kept_of_a_tenant)
            if await _begin_audit_anew(client, timings.audit_events_most_bytes):
                stage.say("the table audit_events was full and has been emptied")


async def _work(
    stage: Stage,
    role: str,
    application: str,
    step: Callable[[Client], Awaitable[None]],
    *,
    pauses: float = 1,
) -> None:
    async with await stage.connect(role, application) as client:
        while True:
            await step(client)
            await asyncio.sleep(stage.timings.think * pauses * random.uniform(0.5, 1.5))


async def _browse(client: Client) -> None:
    user = random.randint(1, _USERS)
    async with client.transaction():
        await client.execute(_TENANT, [str(1 + user % _TENANTS)])
        await client.execute(
            "SELECT id, status, total_cents, placed_at FROM orders WHERE user_id = %s"
            " ORDER BY placed_at DESC LIMIT 5",
            [user],
        )
        await client.execute("UPDATE users SET last_seen_at = now() WHERE id = %s", [user])
    await client.execute(
        "SELECT name, price_cents FROM products WHERE id = %s", [random.randint(1, _PRODUCTS)]
    )


async def _buy(client: Client) -> None:
    user = random.randint(1, _USERS)
    product = random.randint(_RESERVED_PRODUCTS + 1, _PRODUCTS)
    tenant = 1 + user % _TENANTS
    async with client.transaction(force_rollback=random.random() < 0.02):
        await client.execute(_TENANT, [str(tenant)])
        found = await client.execute(
            "INSERT INTO orders (tenant_id, user_id, status, total_cents)"
            " VALUES (%s, %s, 'placed', %s) RETURNING id",
            [tenant, user, random.randint(*_TOTAL_CENTS)],
        )
        order = await found.fetchone()
        await client.execute(
            "INSERT INTO order_items (order_id, product_id, quantity, price_cents)"
            " SELECT %s, id, 1, price_cents FROM products WHERE id = %s",
            [order and order[0], product],
        )
        await client.execute(
            "UPDATE inventory SET in_stock = in_stock - 1 WHERE product_id = %s", [product]
        )


async def _note(client: Client) -> None:
    await client.execute(
        "INSERT INTO audit_events (actor, details)"
        " SELECT 'mail-worker', jsonb_build_object('mail', n, 'body', repeat(md5(n::text), 8))"
        " FROM generate_series(1, %s) AS n",
        [random.randint(5, 20)],
    )


async def _forget_old_orders(client: Client, tenant: int, kept: int) -> None:
    async with client.transaction():
        await client.execute(_TENANT, [str(tenant)])
        await client.execute(
            "DELETE FROM orders WHERE id <"
            " (SELECT min(id) FROM (SELECT id FROM orders ORDER BY id DESC LIMIT %s) AS newest)",
            [kept],
        )


async def _begin_audit_anew(client: Client, most_bytes: int) -> bool:
    """Empty the table once it has ``most_bytes``: it grows and grows, and then begins again."""
    found = await client.execute("SELECT pg_total_relation_size('audit_events') > %s", [most_bytes])
    if (await found.fetchone()) != (True,):
        return False
    try:
        async with client.transaction():
            # A backup that is under way has locked the table, and all who write wait behind us.
            await client.execute("SET LOCAL lock_timeout = '1s'")
            await client.execute("TRUNCATE audit_events")
    except psycopg.errors.LockNotAvailable:
        return False
    return True


async def _search(client: Client) -> None:
    await client.execute(
        "SELECT id, name FROM products"
        " ORDER BY embedding <=> (SELECT embedding FROM products WHERE id = %s) LIMIT 10",
        [random.randint(1, _PRODUCTS)],
    )


async def _count(client: Client) -> None:
    await client.execute(
        "SELECT status, count(*), sum(total_cents) FROM orders"
        " WHERE placed_at > now() - make_interval(days => %s) GROUP BY status",
        [random.choice([1, 7, 30])],
    )
