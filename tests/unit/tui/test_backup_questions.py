"""What is asked before something is done to a backup or a job: exactly what it will do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.api.backup_care import HinderedPlan, RepositoryPlan
from core.backup.retention import Kept, PrunePlan
from core.errors import PgvigilError
from core.model.backup import (
    BackupCopy,
    BackupKind,
    CatalogEntry,
    CopyState,
    Selection,
    VerificationLevel,
)
from core.model.backup_detail import PlannedDatabase
from core.model.job import Job, JobKind, JobOrder
from core.model.schedule import ScheduleStatus
from core.model.server import ServerEntry
from core.model.unknown import Unknown
from tests.expiry import expired
from tests.tui import backup_frames as backups
from tests.tui import frames
from tests.unit.panes.shown import view_of
from tui.panes.view import View
from tui.screens.back_up_question import backup_question
from tui.screens.backup_questions import cancel_question
from tui.screens.prune_question import prune_question
from tui.screens.verify_question import verify_question
from tui.widgets.confirm import Question

GOOD = backups.FULLS[0]
NAME = "orders-prod"
PRODUCTION = ServerEntry(frames.ENTRY.server_id, NAME, "target", production=True)


def view(copies: tuple[str, ...] = backups.COPIES, configured: tuple[str, ...] = ()) -> View:
    overview = replace(backups.overview(), copies_wanted=copies, configured=(*copies, *configured))
    return replace(view_of(replace(frames.calm(), backups=overview)), entry=PRODUCTION)


def told(question: Question) -> str:
    return "\n".join((question.title, *question.steps, question.consequence))


def with_copy(state: CopyState, problem: str = "") -> CatalogEntry:
    """A backup whose copy in ``offsite`` is so."""
    bad = BackupCopy(GOOD.backup_id, "offsite", state, VerificationLevel.NONE, None, problem)
    return replace(GOOD, copies=(GOOD.copies[0], bad))


def job(kind: JobKind, /, **arguments: str) -> Job:
    order = JobOrder(kind, frames.ENTRY.server_id, "anna@bastion", arguments)
    return replace(backups.JOB, order=order)


def test_verifying_a_backup_whose_copy_is_damaged_says_that_it_is_read_and_written_again() -> None:
    question = verify_question(view(), with_copy(CopyState.DAMAGED, "chunk 17 is not as sealed"))
    (local, offsite) = question.steps[:2]
    assert local.startswith("local: every byte of it is read")
    assert "WRITTEN AGAIN" not in local
    assert offsite.startswith("offsite: every byte of it is read")
    assert "chunk 17 is not as sealed" in offsite
    assert "WRITTEN AGAIN" in offsite
    assert "written again from one that is good" in question.consequence
    assert "Nothing" not in question.consequence


def test_verifying_a_backup_whose_copy_is_missing_says_that_it_is_written_again() -> None:
    question = verify_question(view(), with_copy(CopyState.MISSING, "it was never written there"))
    assert "every byte" not in question.steps[1]
    assert "offsite: its copy is missing" in question.steps[1]
    assert "WRITTEN AGAIN" in question.steps[1]


def test_verifying_good_copies_says_what_would_become_of_one_that_is_found_damaged() -> None:
    question = verify_question(view(), GOOD)
    assert "WRITTEN AGAIN" not in told(question)
    assert "or is found so now, is written again" in question.consequence


def test_verifying_the_only_copy_says_that_nothing_is_written() -> None:
    only = replace(GOOD, copies=GOOD.copies[:1])
    assert verify_question(view(("local",)), only).consequence.startswith("Nothing is written")


def test_verifying_what_has_expired_says_that_nothing_is_written() -> None:
    gone = expired(with_copy(CopyState.DAMAGED), frames.NOW)
    question = verify_question(view(), gone)
    assert question.consequence.startswith("Nothing is written")
    assert "WRITTEN AGAIN" not in told(question)


def test_verifying_names_the_places_that_the_config_has_and_the_backup_has_not() -> None:
    question = verify_question(view(("local", "vault")), GOOD)
    assert [step.split(":")[0] for step in question.steps[:3]] == ["local", "vault", "offsite"]
    assert "there is no copy; one is written" in question.steps[1]
    assert "not looked at, as the config has no such repository" in question.steps[2]


def test_verifying_also_looks_where_backups_go_no_more() -> None:
    question = verify_question(view(("local",), ("offsite",)), GOOD)
    assert [step.split(":")[0] for step in question.steps[:2]] == ["local", "offsite"]
    assert "every byte of it is read" in question.steps[1]


def test_stopping_a_backup_of_one_database_says_that_there_will_be_none() -> None:
    question = cancel_question(view(), job(JobKind.BACKUP, kind="full", database="orders"))
    assert question.consequence == "There will be no backup of this run."
    assert question.typed == NAME


@pytest.mark.parametrize("databases", [{}, {"databases": '["a", "b"]'}, {"database": "all"}])
def test_stopping_a_backup_of_several_databases_says_that_those_that_are_done_stay(
    databases: dict[str, str],
) -> None:
    question = cancel_question(view(), job(JobKind.BACKUP, kind="full", **databases))
    assert "it has finished stay backed up" in question.consequence
    assert question.typed == NAME


def test_stopping_a_verification_speaks_of_no_backup_and_asks_for_no_name() -> None:
    question = cancel_question(view(), job(JobKind.VERIFY))
    assert "no backup" not in told(question)
    assert "noted, and stays" in told(question)
    assert question.typed == ""


def test_stopping_a_prune_says_that_what_is_destroyed_stays_so() -> None:
    question = cancel_question(view(), job(JobKind.PRUNE))
    assert "no backup" not in told(question)
    assert "what is destroyed does not come back" in told(question)


def schedule() -> ScheduleStatus:
    return next(each for each in backups.SCHEDULES if each.kind == "prune")


def pruned(name: str = "local", **plan: object) -> RepositoryPlan:
    made = PrunePlan(kept=(Kept(GOOD, ("the newest good one",)),))
    return RepositoryPlan(name, frames.ENTRY.server_id, replace(made, **plan))  # type: ignore[arg-type]


def test_a_prune_names_every_backup_that_it_would_destroy_and_asks_for_the_server() -> None:
    gone, going = backups.FULLS[13], backups.FULLS[12]
    question = prune_question(view(), schedule(), [pruned(destroy=(gone,), expire=(going,))])
    text = told(question)
    assert text.index(f"{gone.backup_id} of orders, 7.80 GiB") > text.index("1 backup is DESTROYED")
    assert text.index(going.backup_id) > text.index("1 backup EXPIRES")
    assert GOOD.backup_id not in text
    assert "1 backup is left as is" in text
    assert question.typed == NAME


def test_a_prune_names_the_tables_that_were_chosen_for_what_it_would_destroy() -> None:
    gone = replace(backups.FULLS[13], selection=Selection(tables=("public.l\x1bog", "b")))
    text = told(prune_question(view(), schedule(), [pruned(destroy=(gone,))]))
    assert "of orders, tables public.l" in text
    assert "og, b, 7.80 GiB" in text
    assert "\x1b" not in text


def test_a_prune_that_would_delete_nothing_says_so_and_asks_for_a_key() -> None:
    question = prune_question(view(), schedule(), [pruned(), pruned("offsite")])
    assert "offsite: nothing is due; 1 backup is left as is" in question.steps
    assert question.consequence.startswith("Nothing is deleted")
    assert question.typed == ""


def test_a_prune_that_is_held_back_says_why() -> None:
    question = prune_question(view(), schedule(), [pruned(held_back="the clock can't be right")])
    assert question.steps == ("local: nothing is deleted: the clock can't be right",)


def test_a_prune_of_a_repository_that_can_not_be_looked_at_asks_for_the_server_all_the_same() -> (
    None
):
    away = HinderedPlan("offsite", frames.ENTRY.server_id, PgvigilError("no such bucket"))
    question = prune_question(view(), schedule(), [pruned(), away])
    assert "offsite: what would go is NOT KNOWN: no such bucket" in told(question)
    assert question.typed == NAME


def planned(*databases: PlannedDatabase, **changes: object) -> str:
    plan = replace(backups.plan(), databases=databases, **changes)  # type: ignore[arg-type]
    return told(backup_question(view(), plan))


def test_a_backup_of_several_databases_names_each_and_what_it_takes_in_all() -> None:
    text = planned(PlannedDatabase("orders", 3 << 30, 60.0), PlannedDatabase("billing", 1 << 30, 9))
    assert "pg_dump of 2 databases on" in text
    assert "each in one consistent snapshot of its own" in text
    assert "orders: the last took 3.00 GiB and 1 min 00 s" in text
    assert "billing: the last took 1.00 GiB and 9.0 s" in text
    assert "in all about 4.00 GiB in 1 min 09 s" in text


def test_a_backup_whose_databases_are_not_all_known_claims_no_total() -> None:
    none = Unknown("first")
    text = planned(PlannedDatabase("orders", 3 << 30, 60.0), PlannedDatabase("new", none, none))
    assert "new: it is the first of its kind" in text
    assert "in all more than 3.00 GiB in 1 min 00 s: of 1 of them it is not known" in text


def test_an_incremental_of_several_names_what_each_follows() -> None:
    text = planned(
        PlannedDatabase("orders", 1, 1.0, parent_id="20260314T020000Z-full-00000001"),
        PlannedDatabase("billing", 1, 1.0, instead="no earlier backup is good in each of local"),
        kind=BackupKind.INCREMENTAL,
    )
    assert "orders: after 20260314T020000Z-full-00000001: only tables whose content" in text
    assert "billing: a FULL one instead: no earlier backup is good in each of local" in text


def test_databases_that_nobody_has_seen_are_not_guessed() -> None:
    plan = replace(backups.plan(), databases=Unknown("the server is asked"))
    text = told(backup_question(view(), plan))
    assert "pg_dump of databases of" in text
    assert "the server is asked" in text


def test_a_backup_that_is_kept_for_ever_says_so_and_what_it_chooses_and_runs() -> None:
    text = planned(
        PlannedDatabase("orders", 1, 1.0),
        kind=BackupKind.DATA,
        selection=Selection(tables=("public.orders*",), excluded_schemas=("scratch_*",)),
        keep="archive",
        before="/srv/quiet",
        after="/srv/loud",
    )
    assert "KEPT FOR EVER, whatever [retention] says: archive" in text
    assert "only the tables public.orders*" in text
    assert "WITHOUT the schemas scratch_*" in text
    assert "first /srv/quiet runs" in text
    assert "last /srv/loud runs" in text
