"""What is recorded of a server can be seen again, as it was, from any process."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.errors import LeaseLostError, StoreError
from core.model.snapshot import Subject
from core.model.statements import StatementKey
from core.model.unknown import Unknown
from core.store import codec
from core.store.statements import StatementMinute
from core.store.store import Store
from tests.contract.examples import LINK, NOW, SERVER, connections, hold, seconds, taken


def test_another_process_sees_the_newest_snapshot_of_each_subject(
    store: Store, other: Store
) -> None:
    lease = hold(store)
    body = connections("SELECT 1", "SELECT 'ü' /* 你好 */")
    store.write_tick(lease, SERVER, snapshots=[taken(NOW - seconds(2))])
    store.write_tick(
        lease, SERVER, snapshots=[taken(NOW), taken(NOW, Subject.CONNECTIONS, body, pace=2.5)]
    )

    assert other.snapshots.latest(SERVER) == {
        Subject.LINK: taken(NOW),
        Subject.CONNECTIONS: taken(NOW, Subject.CONNECTIONS, body, pace=2.5),
    }


def test_many_snapshots_that_resemble_each_other_are_each_read_as_they_were_written(
    store: Store, other: Store
) -> None:
    lease = hold(store)
    bodies = [
        connections(*(f"SELECT {number} FROM orders_{row}" for row in range(number % 30)))
        for number in range(90)
    ]
    for number, body in enumerate(bodies):
        at = NOW + seconds(number * 20)
        store.write_tick(lease, SERVER, snapshots=[taken(at, Subject.CONNECTIONS, body)])

    for number, body in enumerate(bodies):
        seen = other.snapshots.latest(SERVER, at=NOW + seconds(number * 20 + 5))
        assert seen[Subject.CONNECTIONS].body == body


def test_a_reason_why_nothing_is_known_is_a_body_too(store: Store) -> None:
    why = Unknown("pg_stat_statements is not there", "CREATE EXTENSION pg_stat_statements")
    store.write_tick(hold(store), SERVER, snapshots=[taken(NOW, Subject.STATEMENTS, why)])

    assert store.snapshots.latest(SERVER)[Subject.STATEMENTS].body == why


def test_what_a_reader_knows_already_is_not_read_again(store: Store) -> None:
    snapshots = [taken(NOW), taken(NOW, Subject.CONNECTIONS, connections("a"))]
    store.write_tick(hold(store), SERVER, snapshots=snapshots)

    known = {Subject.LINK: NOW, Subject.CONNECTIONS: NOW - seconds(2)}
    assert list(store.snapshots.latest(SERVER, known=known)) == [Subject.CONNECTIONS]


def test_a_moment_in_the_past_shows_what_was_newest_then(store: Store) -> None:
    lease = hold(store)
    for number in range(5):
        store.write_tick(lease, SERVER, snapshots=[taken(NOW + seconds(number))])

    at = NOW + seconds(2.999999)
    assert store.snapshots.latest(SERVER, at=at)[Subject.LINK].taken_at == NOW + seconds(2)
    assert store.snapshots.latest(SERVER, at=NOW - seconds(1)) == {}


def test_one_subject_is_read_alone_newest_or_at_a_moment_unless_it_is_known(store: Store) -> None:
    lease = hold(store)
    for number in range(3):
        at = NOW + seconds(2 * number)
        body = connections(f"SELECT {number}")
        store.write_tick(lease, SERVER, snapshots=[taken(at), taken(at, Subject.CONNECTIONS, body)])
    newest = store.snapshots.one(SERVER, Subject.CONNECTIONS)
    assert newest == taken(NOW + seconds(4), Subject.CONNECTIONS, connections("SELECT 2"))
    past = store.snapshots.one(SERVER, Subject.CONNECTIONS, at=NOW + seconds(3))
    assert past == taken(NOW + seconds(2), Subject.CONNECTIONS, connections("SELECT 1"))
    known = NOW + seconds(4)
    assert store.snapshots.one(SERVER, Subject.CONNECTIONS, known=known) is None
    assert store.snapshots.one(SERVER, Subject.DATABASES) is None
    assert store.snapshots.one("nobody", Subject.CONNECTIONS) is None


def test_a_stretch_of_one_subject_is_read_in_its_order(store: Store) -> None:
    lease = hold(store)
    for number in range(5):
        at = NOW + seconds(2 * number)
        store.write_tick(
            lease,
            SERVER,
            snapshots=[taken(at), taken(at, Subject.CONNECTIONS, connections(f"SELECT {number}"))],
        )
    found = store.snapshots.between(SERVER, Subject.CONNECTIONS, NOW, NOW + seconds(6))
    assert [each.taken_at for each in found] == [NOW + seconds(n) for n in (2, 4, 6)]
    assert found[0].body == connections("SELECT 1")
    assert store.snapshots.between("nobody", Subject.CONNECTIONS, NOW, NOW + seconds(6)) == []


def test_nothing_is_known_of_a_server_that_nobody_watched(store: Store) -> None:
    assert store.snapshots.latest("nobody") == {}
    assert store.snapshots.span("nobody") is None
    assert store.snapshots.step("nobody", None, -1) is None


def test_steps_go_through_the_recorded_moments_and_stop_at_the_ends(store: Store) -> None:
    lease = hold(store)
    moments = [NOW + seconds(2 * number) for number in range(5)]
    for at in moments:
        both = [taken(at), taken(at, Subject.CONNECTIONS, connections("a"))]
        store.write_tick(lease, SERVER, snapshots=both)
    step = store.snapshots.step

    assert step(SERVER, None, -1) == moments[4]
    assert step(SERVER, moments[4], -1) == moments[3]
    assert step(SERVER, moments[4], -3) == moments[1]
    assert step(SERVER, moments[4], -100) == moments[0]
    assert step(SERVER, moments[0], -1) is None
    assert step(SERVER, moments[1], 2) == moments[3]
    assert step(SERVER, moments[4], 1) is None
    assert step(SERVER, moments[2] + seconds(1), 1) == moments[3]
    assert store.snapshots.span(SERVER) == (moments[0], moments[4])


def test_a_snapshot_of_the_same_moment_replaces_the_first(store: Store) -> None:
    lease = hold(store)
    for body in (connections("first"), connections("second")):
        store.write_tick(lease, SERVER, snapshots=[taken(NOW, Subject.CONNECTIONS, body)])

    assert store.snapshots.latest(SERVER)[Subject.CONNECTIONS].body == connections("second")


def test_text_that_is_not_unicode_is_stored_as_escapes(store: Store) -> None:
    body = connections("SELECT '\udcff\x00'")
    store.write_tick(hold(store), SERVER, snapshots=[taken(NOW, Subject.CONNECTIONS, body)])

    seen = store.snapshots.latest(SERVER)[Subject.CONNECTIONS].body
    assert seen == connections("SELECT '\\udcff\x00'")


def test_a_megabyte_of_text_comes_back_whole(store: Store) -> None:
    body = connections("x" * 1_000_000)
    store.write_tick(hold(store), SERVER, snapshots=[taken(NOW, Subject.CONNECTIONS, body)])

    assert store.snapshots.latest(SERVER)[Subject.CONNECTIONS].body == body


def test_a_body_of_another_version_is_left_out_and_the_rest_is_read(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots = [taken(NOW), taken(NOW, Subject.CONNECTIONS, connections("a"))]
    with monkeypatch.context() as newer:
        newer.setitem(codec.VERSIONS, Subject.CONNECTIONS, 999)
        store.write_tick(hold(store), SERVER, snapshots=snapshots)

    assert other.snapshots.latest(SERVER) == {Subject.LINK: taken(NOW)}


def test_a_body_that_can_not_be_read_is_left_out_and_the_rest_is_read(
    store: Store, other: Store
) -> None:
    snapshots = [taken(NOW), taken(NOW, Subject.CONNECTIONS, connections("a"))]
    store.write_tick(hold(store), SERVER, snapshots=snapshots)
    with store._database.writing() as connection:
        connection.execute(
            text("UPDATE snapshot SET payload = :rubbish WHERE subject = 3"), {"rubbish": b"?!"}
        )

    assert other.snapshots.latest(SERVER) == {Subject.LINK: taken(NOW)}


def test_the_holder_of_an_old_lease_writes_nothing(store: Store, other: Store) -> None:
    old = hold(store, "first")
    store.write_tick(old, SERVER, snapshots=[taken(NOW)])
    store.leases.release(old)
    new = hold(other, "second")

    with pytest.raises(LeaseLostError):
        store.write_tick(old, SERVER, snapshots=[taken(NOW + seconds(1))])
    other.write_tick(new, SERVER, snapshots=[taken(NOW + seconds(2))])
    assert store.snapshots.step(SERVER, None, -2) == NOW


def test_recording_goes_on_after_a_refused_write(store: Store) -> None:
    lease = hold(store)
    body = connections("SELECT 1")
    stranger = type(lease)(lease.resource, lease.holder, lease.token - 1, lease.expires_at)
    with pytest.raises(LeaseLostError):
        store.write_tick(stranger, SERVER, snapshots=[taken(NOW, Subject.CONNECTIONS, body)])

    at = NOW + seconds(2)
    store.write_tick(lease, SERVER, snapshots=[taken(at, Subject.CONNECTIONS, body)])
    assert store.snapshots.latest(SERVER)[Subject.CONNECTIONS].body == body


def test_a_reader_is_told_once_that_there_is_news(store: Store, other: Store) -> None:
    lease = hold(store)
    assert other.changed()
    assert not other.changed()

    store.write_tick(lease, SERVER, snapshots=[taken(NOW, body=LINK)])
    assert other.changed()
    assert not other.changed()


def test_a_tick_that_fails_half_way_leaves_nothing_and_the_next_can_be_read(
    store: Store, other: Store
) -> None:
    lease = hold(store)
    impossible = StatementMinute(NOW, StatementKey(1, 2, 3), calls=2**70, total_ms=1.0, rows=1)
    first = taken(NOW, Subject.CONNECTIONS, connections("SELECT 1"))
    with pytest.raises((StoreError, OverflowError)):
        store.write_tick(lease, SERVER, snapshots=[first], statement_minutes=[impossible])
    assert other.snapshots.latest(SERVER) == {}

    second = taken(NOW + seconds(2), Subject.CONNECTIONS, connections("SELECT 1"))
    store.write_tick(lease, SERVER, snapshots=[second])
    assert other.snapshots.latest(SERVER) == {Subject.CONNECTIONS: second}
