"""docs/command-line.md names the keys of each JSON document: every one, and none besides."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.api.backups import AttemptOfJob
from core.config.problems import Problem
from core.model.capability import Capability, CapabilityReport, CapabilityStatus
from core.model.health import Health
from core.model.job import Job, JobKind, JobNote, JobOrder, JobState, Progress
from core.model.keys import BackupKeyState, KeyRecord, KeyStatus, RotationReport
from core.model.schedule import PlannedRun, RunState, ScheduleStatus, UpcomingRun
from core.store.attempt import AttemptStatus
from tests.tui import backup_frames
from tests.unit.cli.frames import ENTRY, finding, frame
from tui import capability_report, job_report, key_report, schedule_report
from tui.backup_report import backup_document, entry_document
from tui.commands.backup import run
from tui.status.document import document as status_document
from tui.status.look import Look

TEXT = Path(__file__).parents[3].joinpath("docs", "command-line.md").read_text()
AT = datetime(2026, 11, 21, 2, tzinfo=UTC)
FREE = {"arguments", "by_state", "unknown", "errors", "repositories"}
"""Documents whose keys are data: names of servers, states, parts."""


def section(title: str) -> str:
    """What stands below a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def example(title: str) -> Any:
    """The document that is shown below a heading."""
    found = re.search(r"```json\n(.*?)```", section(title), re.DOTALL)
    assert found, title
    return json.loads(found[1])


def shape(value: object) -> object:
    """A document's keys in their order, without its values; of a list those of its first part."""
    if isinstance(value, dict):
        return [(key, None if key in FREE else shape(value[key])) for key in value]
    return shape(value[0]) if isinstance(value, list) and value else None


def keys_of(value: object) -> set[str]:
    """Every key of a document."""
    if isinstance(value, dict):
        inner = [keys_of(part) for key, part in value.items() if key not in FREE]
        return set(value).union(*inner)
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


ENTRY_OF_BACKUP = backup_frames.overview().last_good[0]
JOB = Job(
    "j1", JobOrder(JobKind.BACKUP, "orders", "anna"), JobState.RUNNING, Progress("dump"), "h", 1, AT
)
RUN = PlannedRun("full", "orders", AT, RunState.DONE)
SCHEDULE = ScheduleStatus(
    "full", "orders", "full", "0 2 * * *", "", "UTC", is_paused=False, next_at=AT, last=RUN
)
ATTEMPT = AttemptOfJob("orders", AttemptStatus.COMPLETED, "id", problem="")

DOCUMENTS: dict[str, object] = {
    "`backup list --json`": [entry_document(ENTRY_OF_BACKUP)],
    "`backup run --json`": run.document(JOB, (ATTEMPT,)),
    "`pgvigil config check`": {"path": "", "problems": [dataclasses.asdict(Problem("what"))]},
    "`jobs list --json`": {
        "schema": 1,
        "jobs": [job_report.job_document(JOB, (JobNote(AT, "said"),))],
    },
    "`schedule list --json`": {
        "schema": 1,
        "schedules": [schedule_report.status_document(SCHEDULE)],
        "service": True,
    },
    "`schedule next --json`": {
        "schema": 1,
        "runs": [schedule_report.upcoming_document(UpcomingRun("full", "orders", "full", AT))],
    },
}


@pytest.mark.parametrize("title", DOCUMENTS)
def test_an_example_has_the_keys_of_its_document_in_their_order(title: str) -> None:
    assert shape(example(title)) == shape(DOCUMENTS[title])


def test_what_is_shown_of_one_backup_is_its_entry_and_what_the_example_has() -> None:
    manifest = backup_frames.manifest(ENTRY_OF_BACKUP)
    given = backup_document(ENTRY_OF_BACKUP, manifest)
    entry = entry_document(ENTRY_OF_BACKUP)
    further = {key: value for key, value in given.items() if key not in entry}
    told = example("`backup show --json`")
    assert list(told) == list(further)
    for part in ("artifacts", "tables"):
        assert shape(told[part]) == shape(further[part])


def status_rows() -> dict[str, str]:
    """What is said of each part of a server in ``status --json``, and of the whole."""
    block = section("`--json`").split("```")[1]
    rows: dict[str, str] = {}
    name = ""
    for line in block.strip().splitlines():
        if named := re.match(r"(?:  )?([a-z_]\S*(?:, [a-z_]+)*)(?:\s{2,}|$)", line):
            name = named[1].removesuffix("[]")
        said = line[named.end() :] if named else line
        rows[name] = f"{rows.get(name, '')} {said.strip()}"
    return rows


def full_status() -> dict[str, Any]:
    """A document in which everything is known but one part."""
    known = frame(Health.OK, replace(finding(), subject="4711", figures_at=AT))
    return status_document([Look(ENTRY, known)])


def test_every_key_of_a_status_is_named_and_every_named_part_is_given() -> None:
    rows, told = status_rows(), full_status()
    (server,) = told["servers"]
    named = {name for row in rows for name in row.split(", ")}
    assert named == {*told, *server}
    for part, value in server.items():
        words = set(
            re.findall(r"[a-z_]+", next(rows[row] for row in rows if part in row.split(", ")))
        )
        assert keys_of(value) <= words or part in FREE, part


def test_the_parts_of_a_status_are_named_as_they_are_given() -> None:
    (server,) = full_status()["servers"]
    rows = status_rows()
    for part in ("server", "link", "statements"):
        named = re.sub(r"\([^)]*\)", "", rows[part])
        listed = re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", named)
        assert set(listed) <= keys_of(server[part]), part


def in_backticks(text: str) -> set[str]:
    """The keys that a text names."""
    return {name.removesuffix("[]") for name in re.findall(r"`([a-z_]+(?:\[\])?)(?: \{|`)", text)}


def test_doctor_names_every_key_of_a_report_and_none_besides() -> None:
    report = CapabilityReport("s", "r", "18", (Capability("c", CapabilityStatus.PRESENT),))
    given = {"servers": [capability_report.document(report)], "errors": {}}
    named = in_backticks(section("`pgvigil doctor`"))
    assert named - {"what", "why", "remedy"} == keys_of(given) - {"remedy"}


KEY_STATE = BackupKeyState("local", "id", frozenset({"k"}))
KEY_DOCUMENTS: dict[str, object] = {
    "list": {
        "keys": [
            key_report.status_document(
                KeyStatus(
                    "main", "a file", seals_new_backups=True, record=KeyRecord("k", "main", AT)
                )
            )
        ]
    },
    "verify [REPOSITORY …]": {"backups": [key_report.state_document(KEY_STATE)]},
    "rotate [REPOSITORY …]": {
        "repositories": {},
        "still_needed": {},
        **key_report.report_document(RotationReport("k")),
    },
}


@pytest.mark.parametrize("action", KEY_DOCUMENTS)
def test_key_names_every_key_of_a_document_and_none_besides(action: str) -> None:
    (row,) = (
        line for line in section("`pgvigil key`").splitlines() if line.startswith(f"| `{action}` |")
    )
    assert in_backticks(row.split("|")[3]) == keys_of(KEY_DOCUMENTS[action])
