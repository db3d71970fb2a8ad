"""The store knows which keys there are and which were confirmed, and no key."""

from __future__ import annotations

from core.store.store import Store


def test_a_key_that_was_made_is_known_and_not_confirmed(store: Store) -> None:
    record = store.backup_keys.register("00aa", "main", '{"n": 1}')
    assert (record.key_id, record.name, record.derivation) == ("00aa", "main", '{"n": 1}')
    assert record.confirmed_at is None
    assert not store.backup_keys.is_confirmed("00aa")


def test_a_confirmation_is_seen_by_other_processes(store: Store, other: Store) -> None:
    store.backup_keys.register("00aa", "main")
    store.backup_keys.confirm("00aa", "anna@bastion")
    assert other.backup_keys.is_confirmed("00aa")
    (record,) = other.backup_keys.all()
    assert record.confirmed_by == "anna@bastion"
    assert record.confirmed_at is not None
    assert record.confirmed_at >= record.made_at


def test_a_key_that_the_config_names_otherwise_now_has_that_name(store: Store) -> None:
    store.backup_keys.register("00aa", "2027")
    store.backup_keys.confirm("00aa", "anna@bastion")
    store.backup_keys.rename("00aa", "main")
    (record,) = store.backup_keys.all()
    assert (record.name, record.confirmed_by) == ("main", "anna@bastion")


def test_noting_a_key_again_keeps_its_confirmation(store: Store) -> None:
    store.backup_keys.register("00aa", "main")
    store.backup_keys.confirm("00aa", "anna@bastion")
    assert store.backup_keys.register("00aa", "main").confirmed_by == "anna@bastion"


def test_a_key_that_nobody_noted_is_unknown(store: Store) -> None:
    store.backup_keys.confirm("00aa", "anna@bastion")
    assert store.backup_keys.get("00aa") is None
    assert not store.backup_keys.is_confirmed("00aa")
