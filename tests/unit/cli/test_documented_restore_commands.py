"""What docs/command-line.md says of ``pgvigil restore`` is what the commands say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.restored import OPERATION
from tui.commands.restore import COMMANDS
from tui.restore_report import operation_document

TEXT = Path(__file__).parents[3].joinpath("docs", "command-line.md").read_text()
PART = TEXT.partition("## `pgvigil restore`")[2]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_its_line_in_the_table_of_exit_codes(command: str) -> None:
    assert re.search(rf"^\| `{command}` \|", PART, re.MULTILINE)


def test_the_example_has_every_key_of_a_restore() -> None:
    found = re.search(r"### `restore list --json`.*?```json\n(.*?)```", PART, re.DOTALL)
    assert found
    ((shown),) = json.loads(found[1])
    assert list(shown) == list(operation_document(OPERATION))
