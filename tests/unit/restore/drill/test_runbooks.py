"""Runbooks: what a guided drill shows is what docs/runbooks.md says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.model.restore_draft import Symptom
from core.restore.drill.guided.runbooks import (
    RUNBOOKS,
    Runbook,
    UnknownRunbookError,
    as_markdown,
    runbook_named,
    runbook_of,
    steps_for,
)

DOCS = Path(__file__).parents[4].joinpath("docs", "runbooks.md").read_text()
TOUCH_WHAT_IS_LIVE = re.compile(r"--(swap|merge|apply)\b")


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda each: each.name)
def test_the_document_has_the_steps_as_the_screen_shows_them(runbook: Runbook) -> None:
    assert f"## {runbook.told}\n\n{as_markdown(runbook)}" in DOCS, (
        "write the section of docs/runbooks.md from core.restore.drill.guided.runbooks.as_markdown"
    )


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda each: each.name)
def test_no_command_of_a_drill_touches_what_is_live(runbook: Runbook) -> None:
    (restore,) = [each for each in runbook.steps if each.restores]
    assert any("--scratch" in each for each in restore.commands)
    for step in runbook.steps:
        assert not any(TOUCH_WHAT_IS_LIVE.search(each) for each in step.commands)
    assert len({each.name for each in runbook.steps}) == len(runbook.steps)


def test_each_symptom_has_its_runbook_and_a_name_to_type() -> None:
    assert {each.symptom for each in RUNBOOKS} == set(Symptom) - {Symptom.DRILL}
    for runbook in RUNBOOKS:
        assert runbook_of(runbook.symptom) is runbook
        assert runbook_named(runbook.name) is runbook_named(runbook.name[:3]) is runbook
    for unknown in ("", "zzz"):
        with pytest.raises(UnknownRunbookError, match="no runbook"):
            runbook_named(unknown)


def test_its_commands_name_the_server() -> None:
    steps = steps_for(runbook_named("table"), "shop-eu")
    told = [command for each in steps for command in (*each.commands, *each.on_the_day)]
    assert "pgvigil backup list shop-eu" in told
    assert not any("SERVER" in each for each in told)
