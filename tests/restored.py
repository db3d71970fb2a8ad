"""A restore that was asked for, for tests that tell of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core.model.restore import TargetKind
from core.model.restore_operation import RestoreOperation, RestoreStatus

OPERATION = RestoreOperation(
    operation_id="r1",
    server_id="shop",
    database="orders",
    backup_id="b1",
    repository="local",
    what="everything",
    target=TargetKind.BESIDE,
    target_server="shop",
    target_database="orders_restored",
    who="anna@bastion",
    status=RestoreStatus.RUNNING,
    created_at=datetime(2026, 11, 20, 3, 0, tzinfo=UTC),
)


def operation(**others: Any) -> RestoreOperation:
    """One under way; what is given is otherwise."""
    return replace(OPERATION, **others)
