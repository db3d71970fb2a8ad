"""The store keeps plans that wait for a second person until they are begun, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from core.model.restore import RestoreWish, TargetKind
from core.model.restore_approval import RestoreApproval
from core.model.restore_operation import RestoreStatus
from core.store.store import Store

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
WISH = RestoreWish("shop", "orders", TargetKind.SWAP, "shop", "orders")
ASKED = RestoreApproval("p1", '{"ordërs": 1}', "anna", "anna as postgres@192.0.2.7", AT)


def agreed(store: Store, plan: str = ASKED.plan) -> bool:
    return store.restore_approvals.approve(
        "p1", plan, approver="bob", approved_by="bob@192.0.2.8", at=AT
    )


def test_another_console_sees_what_waits_and_who_agreed(store: Store, other: Store) -> None:
    store.restore_approvals.ask(ASKED, WISH, "b1")
    assert other.restore_approvals.waiting() == (ASKED,)
    assert agreed(other)
    told = store.restore_approvals.get("p1")
    assert told == replace(ASKED, approver="bob", approved_by="bob@192.0.2.8", approved_at=AT)
    assert told.is_given


def test_it_stands_in_the_history_of_restores_as_waiting(store: Store) -> None:
    store.restore_approvals.ask(ASKED, WISH, "b1")
    (listed,) = store.restore_operations.newest(9)
    assert (listed.operation_id, listed.status) == ("p1", RestoreStatus.WAITING)
    assert (listed.who, listed.target_database) == (ASKED.asked_by, "orders")


def test_only_what_was_shown_can_be_agreed_to(store: Store) -> None:
    store.restore_approvals.ask(ASKED, WISH, "b1")
    assert not agreed(store, "another plan")
    assert store.restore_approvals.get("p1") == ASKED


def test_to_ask_again_takes_back_what_was_agreed(store: Store) -> None:
    store.restore_approvals.ask(ASKED, WISH, "b1")
    assert agreed(store)
    changed = replace(ASKED, plan="changed")
    store.restore_approvals.ask(changed, WISH, "b1")
    assert store.restore_approvals.waiting() == (changed,)


def test_it_is_used_up_by_who_begins_first(store: Store, other: Store) -> None:
    store.restore_approvals.ask(ASKED, WISH, "b1")
    assert [each.restore_approvals.take("p1") for each in (store, other)] == [True, False]
    assert store.restore_approvals.get("p1") is None
    assert not agreed(store)
    assert store.restore_operations.newest(9) == ()
