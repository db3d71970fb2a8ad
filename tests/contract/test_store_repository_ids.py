"""The store remembers which repository a server's backups are in, and which was in which place."""

from __future__ import annotations

from core.store.repository_ids import Seat
from core.store.store import Store

HERE, THERE = Seat("anchorage", "/srv/backups"), Seat("anchorage", "/mnt/backups")


def test_what_was_noted_of_a_server_is_known_to_others_until_it_is_forgotten(
    store: Store, other: Store
) -> None:
    ids = store.catalog.repository_ids
    assert ids.get("shop", "local") is None
    ids.note("shop", "local", "a")
    ids.note("blog", "local", "a")
    ids.note("blog", "offsite", "b")
    assert other.catalog.repository_ids.get("shop", "local") == "a"
    assert sorted(ids.users("a")) == [("blog", "local"), ("shop", "local")]
    ids.note("shop", "local", "")
    assert ids.get("shop", "local") == ""
    ids.forget("shop", "local")
    assert ids.get("shop", "local") is None
    assert ids.users("a") == (("blog", "local"),)


def test_a_repository_is_in_one_place_of_a_host_the_last_one(store: Store, other: Store) -> None:
    ids = store.catalog.repository_ids
    ids.see(HERE, "a")
    ids.see(THERE, "a")
    assert other.catalog.repository_ids.seen_at(THERE) == "a"
    assert ids.seen_at(HERE) is None
    ids.see(THERE, "b")
    assert ids.seen_at(THERE) == "b"
    assert ids.seats("a") == ()
    ids.leave(THERE)
    assert ids.seen_at(THERE) is None


def test_hosts_that_share_a_repository_have_it_each_in_a_place_of_its_own(store: Store) -> None:
    ids, bergen = store.catalog.repository_ids, Seat("bergen", "/srv/backups")
    ids.see(HERE, "a")
    ids.see(bergen, "a")
    assert ids.seats("a") == (HERE, bergen)
