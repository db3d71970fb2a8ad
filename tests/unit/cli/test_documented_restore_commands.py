"""What docs/command-line.md says of ``pgvigil restore`` is what the commands say."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.model.restore import TargetKind
from core.model.restore_operation import RestoreOperation, RestoreStatus
from tui.commands.restore import COMMANDS
from tui.restore_report import operation_document

TEXT = Path(__file__).parents[3].joinpath("docs", "command-line.md").read_text()
PART = TEXT.partition("## `pgvigil restore`")[2]
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
    created_at=datetime(2026, 11, 21, 3, tzinfo=UTC),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_its_line_in_the_table_of_exit_codes(command: str) -> None:
    assert re.search(rf"^\| `{command}` \|", PART, re.MULTILINE)


def test_the_example_has_every_key_of_a_restore() -> None:
    found = re.search(r"### `restore list --json`.*?```json\n(.*?)```", PART, re.DOTALL)
    assert found
    ((shown),) = json.loads(found[1])
    assert list(shown) == list(operation_document(OPERATION))
