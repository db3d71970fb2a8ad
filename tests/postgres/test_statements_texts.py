"""The texts of statements: fetched once, within a budget, cut, redacted."""

from __future__ import annotations

import psycopg

from core.config.settings import CollectSettings
from core.model.snapshot import Subject
from tests.postgres.connecting import collector_of, raw_bytes_database, read, run, session_with
from tests.postgres.reading_statements import WORK, found, statements
from tests.servers.factory import ServerFactory


async def test_a_text_is_fetched_once(database: str) -> None:
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        await read(collector, session)
        run(database, WORK)
        first = await read(collector, session)
        run(database, WORK)
        second = await read(collector, session)

    key = found(statements(first), "the work").key
    assert key.query_id in first.texts
    assert key.query_id not in second.texts
    assert found(statements(second), "the work").calls == 1


async def test_fetching_texts_keeps_within_its_part_of_the_budget(database: str) -> None:
    stingy = CollectSettings(budget_ms_per_minute=0.001)
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.STATEMENTS, stingy)
        await read(collector, session)
        run(database, WORK)
        await read(collector, session)
        run(database, "SELECT 1 AS late, pg_sleep(0.02)")
        reading = await read(collector, session)

    assert reading.texts == {}
    assert any(each.text == "" and each.calls == 1 for each in statements(reading).top)


async def test_secrets_in_texts_are_redacted(start_server: ServerFactory) -> None:
    server = start_server()
    run(server.dsn(), "CREATE EXTENSION pg_stat_statements")
    async with session_with(server.dsn()) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        await read(collector, session)
        run(server.dsn(), "SELECT 1 /* password = hunter2 */")
        reading = await read(collector, session)

    assert any("password" in text for text in reading.texts.values())
    assert not any("hunter2" in text for text in reading.texts.values())
    assert "hunter2" not in repr(reading.body)


async def test_one_invalid_text_takes_away_the_texts_but_not_the_figures(
    start_server: ServerFactory,
) -> None:
    server = start_server()
    run(server.dsn(), "CREATE EXTENSION pg_stat_statements")
    # However long a fetch takes on a busy machine, the next may follow at once.
    lavish = CollectSettings(budget_ms_per_minute=10_000_000)
    async with session_with(server.dsn()) as session:
        collector = await collector_of(session, Subject.STATEMENTS, lavish)
        await read(collector, session)
        raw = raw_bytes_database(server)
        with psycopg.connect(raw, client_encoding="SQL_ASCII", autocommit=True) as other:
            other.execute(b"SELECT 1 AS /* \xff\xfe */ caf\xe9")
            other.execute(WORK.encode())
            body = statements(await read(collector, session))

            assert body.details is not None
            assert "SQL_ASCII" in body.details.reason
            # The session still shows what it executed last; the other statement has no text.
            assert found(body, "the work").calls == 1
            assert any(each.text == "" for each in body.top)

            run(raw, "CREATE EXTENSION pg_stat_statements", body.details.remedy.partition(": ")[2])
            run(server.dsn(), "SELECT 2 AS after_the_mend, pg_sleep(0.01)")
            for _ in range(100):
                body = statements(await read(collector, session))
                if body.details is None and any("after" in each.text for each in body.top):
                    break
                run(server.dsn(), "SELECT 2 AS after_the_mend, pg_sleep(0.1)")
    assert body.details is None


async def test_a_text_of_a_megabyte_is_listed_short_and_kept_to_its_limit(database: str) -> None:
    body_text = "SELECT 1, now(), clock_timestamp() /* " + "é " * 400_000 + "*/"
    settings = CollectSettings(statement_text_bytes=100_000)
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.STATEMENTS, settings)
        await read(collector, session)
        run(database, body_text)
        reading = await read(collector, session)

    delta = found(statements(reading), "é é")
    assert len(delta.text) == 1000
    text = reading.texts[delta.key.query_id]
    assert 100_000 <= len(text.encode()) <= 100_100
    assert text.endswith(f"cut; the text has {len(body_text.encode()) + 1} bytes */")


async def test_long_texts_are_fetched_a_few_at_a_time(database: str) -> None:
    settings = CollectSettings(statement_text_bytes=1000, budget_ms_per_minute=600_000)
    # One "now()" alone is asked for by others, too: its text may be theirs, without a comment.
    many = [f"SELECT {', '.join(['now()'] * n)} /* {'x' * 900} */" for n in range(11, 41)]
    texts: list[set[int]] = []
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.STATEMENTS, settings)
        await read(collector, session)
        for _ in range(5):
            run(database, *many)
            reading = await read(collector, session)
            texts.append({key for key, text in reading.texts.items() if "xxx" in text})

    assert 0 < len(texts[0]) < 15
    assert len(set().union(*texts)) == sum(map(len, texts)) == 30
