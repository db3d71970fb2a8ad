"""What docs/command-line.md says of ``pgvigil drill`` is what the commands say."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.model.drill import Drill, DrillKind, DrillStatus, Seal
from tests.tui.guided_frames import under_way
from tui.commands.drill import COMMANDS
from tui.drill_report import drill_document
from tui.drills.document import guided_document

TEXT = Path(__file__).parents[3].joinpath("docs", "command-line.md").read_text()
PART = TEXT.partition("## `pgvigil drill`")[2]
DRILL = Drill(
    drill_id="d1",
    kind=DrillKind.RESTORE,
    server_id="shop",
    who="anna@bastion",
    host="bastion",
    status=DrillStatus.PASSED,
    started_at=datetime(2026, 11, 22, 6, tzinfo=UTC),
    seal=Seal("a", 1, "b"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_its_line_in_the_table_of_exit_codes(command: str) -> None:
    assert re.search(rf"^\| `{command}` \|", PART, re.MULTILINE)


def test_the_example_has_every_key_of_a_drill() -> None:
    found = re.search(r"### `drill list --json`.*?```json\n(.*?)```", PART, re.DOTALL)
    assert found
    ((shown),) = json.loads(found[1])
    document = drill_document(DRILL)
    assert list(shown) == list(document)
    assert list(shown["seal"]) == list(document["seal"])


def test_the_example_has_every_key_of_a_guided_drill() -> None:
    found = re.search(r"### `drill guide --json`.*?```json\n(.*?)```", PART, re.DOTALL)
    assert found
    shown, document = json.loads(found[1]), guided_document(under_way())
    assert list(shown) == list(document)
    for listed in ("steps", "notes", "handed_over", "pauses"):
        assert list(shown[listed][0]) == list(document[listed][0])
