"""Plans for production servers, which wait until a second person agrees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from core.api.opening import opened
from core.api.who import me, person
from core.config.settings import Settings
from core.errors import ExitCode, RestoreError
from core.model.restore import RestorePlan
from core.model.restore_approval import RestoreApproval
from core.restore.approval import APPROVED_BY, holds, needs_approval, require_second, waits
from core.restore.plan_file import read_plan
from core.store.store import Store

__all__ = ["Approvals", "UnknownPlanError", "open_approvals", "read_plan", "take_approval"]


class UnknownPlanError(RestoreError):
    """No plan that waits, or more than one, is meant by what was given."""

    exit_code = ExitCode.USAGE


class Approvals:
    """The plans that wait in one store, for whoever sits here."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def waiting(self) -> tuple[RestoreApproval, ...]:
        """Those that nobody has begun, newest first.

        Raises:
            StoreError: the store failed.
        """
        return self._store.restore_approvals.waiting()

    def find(self, given: str) -> RestoreApproval:
        """The plan whose id begins or ends with what was given; nothing given: the only one.

        Raises:
            UnknownPlanError: none, or more than one, is meant.
        """
        listed = self.waiting()
        meant = [e for e in listed if e.plan_id.startswith(given) or e.plan_id.endswith(given)]
        if len(meant) == 1:
            return meant[0]
        raise UnknownPlanError(
            f"{'More than one plan waits' if meant else 'No such plan waits'} for a second person",
            why=", ".join(f"{each.plan_id} of {each.asked_by}" for each in listed) or "none does",
            remedy="give its id; restore run says it to who wants the restore",
        )

    def approve(self, found: RestoreApproval) -> None:
        """Agree to a plan; the audit log tells who did.

        Raises:
            RestoreError: who sits here has asked for it, or it was changed or begun meanwhile.
            StoreError: the store failed.
        """
        who = person()
        require_second(found, who)
        agreed = self._store.restore_approvals.approve(
            found.plan_id, found.plan, approver=who, approved_by=me(), at=datetime.now(UTC)
        )
        if not agreed:
            raise RestoreError(
                f"The plan {found.plan_id} does not wait any more",
                why="it was begun, or asked for anew, since it was shown",
                remedy="look again: pgvigil restore approve",
            )
        told = {"plan": found.plan_id, "asked by": found.asked_by}
        where = read_plan(found.plan.encode()).wish.where
        self._store.audit.append(me(), "approve restore", where, told)


def take_approval(
    store: Store, settings: Settings, agreed: RestorePlan, document: str
) -> dict[str, str]:
    """Who agreed to a plan, for its job's order; empty where nobody has to. It is used up then.

    Raises:
        ApprovalNeededError: nobody has agreed; from now on the plan waits.
        StoreError: the store failed.
    """
    if not needs_approval(agreed, settings, store):
        return {}
    now = datetime.now(UTC)
    found = store.restore_approvals.get(agreed.plan_id)
    if found is not None and holds(found, document, settings, now):
        if store.restore_approvals.take(agreed.plan_id):
            return {APPROVED_BY: found.approved_by}
    elif found is None or found.plan != document or found.is_given:
        wanted = RestoreApproval(agreed.plan_id, document, person(), me(), now)
        store.restore_approvals.ask(wanted, agreed.wish, agreed.backup_id)
        told = {"plan": agreed.plan_id, "backup": agreed.backup_id}
        store.audit.append(me(), "ask for restore", agreed.wish.where, told)
    raise waits(agreed)


@contextmanager
def open_approvals(config: Path | None, state_folder: Path | None) -> Iterator[Approvals]:
    """The approvals of a config's store.

    Raises:
        ConfigError: the config can't be used.
        StoreError: the store can't be used.
    """
    with opened(config, state_folder) as its:
        yield Approvals(its.store)
