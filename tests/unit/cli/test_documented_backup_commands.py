"""What docs/command-line.md says of ``pgvigil backup`` is what the commands say."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.backup.forget import ForgetPlan
from core.backup.prune.outcome import PruneOutcome
from core.backup.prune.plan import RepositoryPlan
from core.backup.retention import PrunePlan
from core.model.backup import BackupCopy, CopyState, VerificationLevel
from core.store.repository_ids import Seat
from tests.unit.backup import catalog_entries
from tui.care_report import copy_document, outcome_document, plan_document
from tui.commands.backup import COMMANDS
from tui.forget_report import forget_document

TEXT = Path(__file__).parents[3].joinpath("docs", "command-line.md").read_text()
AT = datetime(2026, 11, 21, 2, tzinfo=UTC)


def example(command: str) -> object:
    """The document that is shown for a command."""
    found = re.search(rf"### `backup {command} --json`.*?```json\n(.*?)```", TEXT, re.DOTALL)
    assert found, command
    return json.loads(found[1])


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_its_line_in_the_table_of_exit_codes(command: str) -> None:
    assert re.search(rf"^\| `{command}` \|", TEXT, re.MULTILINE)


@pytest.mark.parametrize("command", ["protect", "import", "export"])
def test_each_example_is_a_document(command: str) -> None:
    assert example(command)


def test_the_example_of_a_verification_has_every_key_of_a_copy() -> None:
    shown = example("verify")
    assert isinstance(shown, dict)
    copy = BackupCopy("id", "local", CopyState.COMPLETE, VerificationLevel.SEALED, AT)
    for each in shown["copies"]:
        assert list(each) == list(copy_document(copy))


def test_the_example_of_a_repository_that_is_forgotten_has_every_key() -> None:
    shown = example("forget")
    assert isinstance(shown, dict)
    made = catalog_entries.entry(0)
    plan = ForgetPlan("local3", (made,), frozenset({made.backup_id}), (Seat("db1", "/srv"),))
    document = forget_document(plan)
    assert list(shown) == list(document)
    for key in ("places", "servers"):
        assert list(shown[key][0]) == list(document[key][0])


def test_the_example_of_a_prune_has_every_key_of_plan_and_outcome() -> None:
    shown = example("prune")
    assert isinstance(shown, dict)
    plan = RepositoryPlan("local", "orders", PrunePlan(()))
    assert list(shown["plans"][0]) == list(plan_document(plan))
    assert list(shown["outcomes"][0]) == list(outcome_document(PruneOutcome("local")))
