"""The copies of a repository that is gone are counted, and forgotten all at once or not at all."""

from __future__ import annotations

from datetime import timedelta

from core.model.backup import KEY_NOT_AT_HAND, CopyState
from core.model.unconfigured import UnconfiguredRepository
from core.store.holdings import Holding
from core.store.store import Store
from tests.contract.catalogued import AT, copy, entry, manifest

DAMAGED, MISSING = CopyState.DAMAGED, CopyState.MISSING
BOTH, BAD, CLOSED, ALONE, GONE = (f"20261121T0{n}0000Z-full-0000000{n}" for n in range(5))
ALL = frozenset({BOTH, BAD, CLOSED, ALONE, GONE})
ONLY = frozenset({BAD, CLOSED, ALONE})


def fill(store: Store) -> None:
    """Five backups of which a copy is, or was, in ``old``."""
    store.catalog.add(entry(BOTH, copies=(copy("local", BOTH), copy("old", BOTH, DAMAGED))))
    store.catalog.add(entry(BAD, copies=(copy("local", BAD, DAMAGED), copy("old", BAD))))
    closed = copy("local", CLOSED, problem=f"{KEY_NOT_AT_HAND}it is sealed with key 00aa")
    store.catalog.add(entry(CLOSED, copies=(closed, copy("old", CLOSED))))
    never = copy("local", ALONE, MISSING)
    store.catalog.add(entry(ALONE, copies=(never, copy("old", ALONE))), manifest())
    gone = (copy("local", GONE, MISSING), copy("old", GONE, MISSING))
    store.catalog.add(entry(GONE, copies=gone))


def test_copies_and_only_copies_are_counted_by_server(store: Store) -> None:
    fill(store)
    name = "20261121T090000Z-full-00000009"
    store.catalog.add(entry(name, server_id="blog", copies=(copy("old", name),)))
    found = store.catalog.holdings.unconfigured("shop", ("local",))
    assert found == (UnconfiguredRepository("old", 5, 3),)
    assert store.catalog.holdings.unconfigured("shop", ("local", "old")) == ()
    assert [each.repository for each in store.catalog.holdings.unconfigured("shop", ())] == [
        "local",
        "old",
    ]


def test_what_was_planned_is_forgotten_with_what_has_no_other_copy(store: Store) -> None:
    fill(store)
    kept = copy("old", BOTH, DAMAGED)
    store.catalog.expire([BOTH], AT + timedelta(days=1), repository="local")
    store.catalog.repository_ids.note("shop", "old", "an id")
    holdings = store.catalog.holdings
    for planned in (Holding(ALL - {GONE}, ONLY), Holding(ALL, ONLY - {BAD})):
        assert not holdings.forget("old", planned)
        assert len(store.catalog.entries()) == 5
    assert kept in store.catalog.some([BOTH])[0].copies
    assert holdings.forget("old", Holding(ALL, ONLY))
    assert {e.backup_id for e in store.catalog.entries()} == {BOTH, BAD, CLOSED, GONE}
    assert store.catalog.repositories() == {"local"}
    assert store.catalog.repository_ids.get("shop", "old") is None
    (both,) = store.catalog.some([BOTH])
    assert both.expired_at == AT + timedelta(days=1)
    assert store.protection.storage("shop", now=AT)[0].backups == 4
