"""The restore wizard's answers: what each leads to, back and forth without loss."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.api import restore_targets as targets
from core.api import restore_wizard as wizard
from core.api.restore_moments import suggested_moment
from core.errors import RestoreError
from core.model.backup import TableName
from core.model.recovery import BackupContents, RecoveryPoint, RecoveryTimeline
from core.model.restore import SCRATCH_SERVER, RestorePlan, RestoreWish, TargetKind
from core.model.restore_draft import RestoreDraft, Symptom, WizardStep
from core.model.restore_operation import RestoreStatus
from core.restore.drill.guided.changes import begun
from core.restore.drill.guided.runbooks import runbook_of, steps_for
from tests.restored import operation
from tests.unit.backup.catalog_entries import NOW, entry

ORDERS = TableName("public", "orders")
POINT = RecoveryPoint(entry(1), entry(1).moment)
SERVERS = ("shop", "spare")
NEW = wizard.begin("d1", "shop", "anna", "bastion", NOW)


def to(step: WizardStep) -> RestoreDraft:
    """A draft whose questions before ``step`` are answered: a dropped table comes back."""
    draft = NEW
    if step is not WizardStep.SYMPTOM:
        draft = wizard.happened(draft, Symptom.TABLE_DROPPED)
    if step not in wizard.STEPS[:2]:
        draft = wizard.from_moment(draft, POINT)
    if step not in wizard.STEPS[:3]:
        draft = wizard.parts(draft, [ORDERS])
    if step not in wizard.STEPS[:4]:
        draft = wizard.to_target(draft, option(draft, TargetKind.MERGE))
    return draft


def option(draft: RestoreDraft, kind: TargetKind, server: str = "shop") -> targets.TargetOption:
    return next(
        each
        for each in targets.target_options(draft, SERVERS, NOW)
        if (each.kind, each.server) == (kind, server)
    )


@pytest.mark.parametrize("step", list(WizardStep)[:5])
def test_each_answer_leads_to_the_next_question(step: WizardStep) -> None:
    assert to(step).step is step


def test_a_question_whose_forerunners_are_not_answered_can_not_be_shown() -> None:
    assert wizard.reachable(NEW) == (WizardStep.SYMPTOM,)
    with pytest.raises(RestoreError, match="can't show plan yet"):
        wizard.at_step(to(WizardStep.PARTS), WizardStep.PLAN)
    assert wizard.reachable(to(WizardStep.CHECKS)) == tuple(WizardStep)


def test_going_back_and_forth_loses_nothing() -> None:
    there = draft = to(WizardStep.CHECKS)
    seen = [draft.step]
    while (earlier := wizard.before(draft)) is not None:
        draft = earlier
        seen.append(draft.step)
    assert seen == list(reversed(WizardStep))[1:]
    assert wizard.at_step(draft, WizardStep.CHECKS) == there
    again = wizard.from_moment(wizard.happened(draft, Symptom.TABLE_DROPPED), POINT)
    assert (again.tables, again.target) == ((ORDERS,), TargetKind.MERGE)


def test_only_an_answer_that_contradicts_a_new_one_is_asked_anew() -> None:
    draft = to(WizardStep.CHECKS)
    assert wizard.everything(draft).target is None
    assert wizard.parts(draft, [TableName("public", "items")]).target is TargetKind.MERGE
    other = RecoveryPoint(entry(2, database="other"), NOW)
    moved = wizard.from_moment(draft, other)
    assert (moved.database, moved.tables, moved.target) == ("other", (), None)
    assert wizard.happened(draft, Symptom.COPY).target is None


def test_a_moment_whose_backup_is_bad_can_not_be_chosen() -> None:
    bad = RecoveryPoint(entry(1), NOW, why_not="every copy is damaged")
    with pytest.raises(RestoreError) as told:
        wizard.from_moment(to(WizardStep.MOMENT), bad)
    assert told.value.why == "every copy is damaged"


def test_nothing_chosen_is_no_answer() -> None:
    with pytest.raises(RestoreError, match="Nothing is chosen"):
        wizard.parts(to(WizardStep.PARTS))


def test_places_that_do_not_fit_what_is_chosen_say_why() -> None:
    tables = to(WizardStep.TARGET)
    assert "only for everything" in option(tables, TargetKind.SWAP).why_not
    assert not option(tables, TargetKind.MERGE).why_not
    whole = wizard.everything(tables)
    assert "only for chosen tables" in option(whole, TargetKind.MERGE).why_not
    assert not option(whole, TargetKind.SWAP).why_not
    with pytest.raises(RestoreError):
        wizard.to_target(whole, option(whole, TargetKind.MERGE))


def test_all_servers_of_the_config_are_places_to_go_to() -> None:
    draft = to(WizardStep.TARGET)
    assert option(draft, TargetKind.BESIDE, "spare").database.startswith("orders_restored_")
    lost = targets.target_options(draft, ("spare",), NOW)
    free = {each.server for each in lost if not each.why_not}
    assert free == {"spare", SCRATCH_SERVER}


ROLES = BackupContents("b1", (), 4_000, globals_bytes=900)


def test_roles_and_tablespaces_go_to_a_server_as_a_whole() -> None:
    draft = wizard.globals_alone(to(WizardStep.CHECKS), ROLES)
    assert (draft.step, draft.target, draft.tables) == (WizardStep.TARGET, None, ())
    options = targets.target_options(draft, SERVERS, NOW)
    assert [(each.kind, each.server) for each in options] == [
        (TargetKind.GLOBALS, "shop"),
        (TargetKind.GLOBALS, "spare"),
    ]
    spare = wizard.to_target(draft, options[1])
    request = wizard.request_of(spare)
    assert (request.globals_only, request.to_server, request.name) == (True, "spare", "")
    assert "roles" in spare.what
    lost = targets.target_options(draft, ("spare",), NOW)
    assert [bool(each.why_not) for each in lost] == [True, False]
    found = targets.suggested(draft, lost)
    assert found is not None
    assert found.server == "spare"


def test_who_chooses_otherwise_after_roles_is_asked_anew_where_to() -> None:
    roles = wizard.globals_alone(to(WizardStep.PARTS), ROLES)
    spare = wizard.to_target(roles, targets.target_options(roles, SERVERS, NOW)[1])
    for other in (wizard.everything(spare), wizard.parts(spare, [ORDERS])):
        assert (other.is_globals, other.target) == (False, None)
    assert wizard.globals_alone(spare, ROLES).target is TargetKind.GLOBALS


def test_the_same_again_goes_to_the_same_server() -> None:
    wish = RestoreWish("shop", "orders", TargetKind.GLOBALS, "spare", "spare")
    again = wizard.as_planned(NEW, plan_of(wish))
    assert wizard.request_of(again) == wizard.request_of(
        replace(again, target=TargetKind.GLOBALS, target_server="spare")
    )
    assert wizard.request_of(again).globals_only


def test_the_same_again_takes_the_copy_that_was_named_and_gives_nobody_what_is_nobodys() -> None:
    wish = RestoreWish(
        "shop", "orders", TargetKind.BESIDE, "shop", "again", repository="offsite", owners=False
    )
    asked = wizard.request_of(wizard.as_planned(NEW, plan_of(wish)))
    assert (asked.repository, asked.owners) == ("offsite", False)


def plan_of(wish: RestoreWish) -> RestorePlan:
    return RestorePlan("p1", NOW, wish, "b1", "local", NOW, "", (), (), (), 0, 0, (), "", {})


def test_a_backup_without_roles_says_so() -> None:
    with pytest.raises(RestoreError, match="has no roles and tablespaces"):
        wizard.globals_alone(to(WizardStep.PARTS), BackupContents("b1", (), 4_000))


@pytest.mark.parametrize(
    ("symptom", "kind"),
    [(Symptom.BAD_DEPLOY, TargetKind.SWAP), (Symptom.COPY, TargetKind.BESIDE)],
)
def test_the_symptom_suggests_where_to(symptom: Symptom, kind: TargetKind) -> None:
    whole = wizard.everything(wizard.from_moment(wizard.happened(NEW, symptom), POINT))
    found = targets.suggested(whole, targets.target_options(whole, SERVERS, NOW))
    assert found is not None
    assert found.kind is kind


def test_after_a_bad_deploy_chosen_tables_are_mended_where_they_are() -> None:
    chosen = wizard.parts(
        wizard.from_moment(wizard.happened(NEW, Symptom.BAD_DEPLOY), POINT), [ORDERS]
    )
    found = targets.suggested(chosen, targets.target_options(chosen, SERVERS, NOW))
    assert found is not None
    assert found.kind is TargetKind.MERGE


def test_a_dropped_table_suggests_the_newest_moment_that_still_has_it() -> None:
    hour = timedelta(hours=1)
    points = (
        RecoveryPoint(entry(1), NOW, gone=()),
        RecoveryPoint(entry(2), NOW - hour, why_not="damaged", gone=(ORDERS,)),
        RecoveryPoint(entry(3), NOW - 2 * hour, gone=(ORDERS,)),
        RecoveryPoint(entry(4), NOW - 3 * hour, gone=(ORDERS,)),
    )
    line = RecoveryTimeline(points, ())
    assert suggested_moment(to(WizardStep.MOMENT), line) is points[2]
    bad = wizard.happened(NEW, Symptom.BAD_DEPLOY)
    assert suggested_moment(bad, line) is points[0]
    late = wizard.damaged(bad, NOW - timedelta(hours=2.5))
    assert suggested_moment(late, line) is points[3]


def test_the_answers_become_what_is_planned() -> None:
    asked = wizard.request_of(to(WizardStep.CHECKS))
    assert (asked.server, asked.backup, asked.merge) == ("shop", "full-1", True)
    assert [each.table for each in asked.tables] == [ORDERS]
    assert asked.name == entry(1).database
    assert asked.dependents
    with pytest.raises(RestoreError, match="Not all"):
        wizard.request_of(to(WizardStep.TARGET))


def test_a_new_database_may_be_named_a_live_one_may_not() -> None:
    draft = to(WizardStep.TARGET)
    named = wizard.to_target(draft, option(draft, TargetKind.BESIDE), "mine")
    assert named.target_database == "mine"
    merged = wizard.to_target(draft, option(draft, TargetKind.MERGE), "mine")
    assert merged.target_database == entry(1).database


def test_from_a_backup_one_begins_with_what_comes_back() -> None:
    draft = wizard.begun_from(NEW, entry(1))
    assert (draft.step, draft.backup_id) == (WizardStep.PARTS, "full-1")
    assert wizard.reachable(draft)[:3] == tuple(WizardStep)[:3]


STAGED = operation(
    backup_id="full-1",
    what="public.orders",
    target=TargetKind.MERGE,
    target_database="orders",
    status=RestoreStatus.COMPLETED,
    created_at=NOW,
)


def test_the_rows_that_a_merge_staged_are_planned_as_its_second_step() -> None:
    draft = wizard.merging_rows(NEW, STAGED, update=True, delete=False)
    assert (draft.step, wizard.reachable(draft)) == (WizardStep.CHECKS, tuple(WizardStep))
    asked = wizard.request_of(draft)
    assert (asked.apply, asked.update, asked.delete) == ("r1", True, False)


def test_another_answer_makes_a_second_step_a_restore_of_its_own() -> None:
    draft = wizard.merging_rows(NEW, STAGED, update=True, delete=True)
    for changed in (
        wizard.from_moment(draft, POINT),
        wizard.everything(draft),
        wizard.parts(draft, [ORDERS]),
    ):
        assert changed.staged_by == ""


def test_missing_roles_are_made_where_that_is_wanted() -> None:
    draft = wizard.with_roles(to(WizardStep.CHECKS), create=True)
    assert wizard.request_of(draft).create_roles


def test_in_a_drill_nothing_live_can_be_chosen() -> None:
    steps = steps_for(runbook_of(Symptom.TABLE_DROPPED), "shop")
    drill = begun("g1", "shop", Symptom.TABLE_DROPPED, steps, who="anna", host="h", at=NOW)
    draft = wizard.for_drill(NEW, drill)
    assert (draft.step, draft.drill_id) == (WizardStep.MOMENT, "g1")
    draft = wizard.parts(wizard.from_moment(draft, POINT), [ORDERS])
    options = targets.target_options(draft, SERVERS, NOW)
    free = {each.kind for each in options if not each.why_not}
    assert free == {TargetKind.SCRATCH, TargetKind.BESIDE}
    chosen = targets.suggested(draft, options)
    assert chosen is not None
    assert chosen.kind is TargetKind.SCRATCH
    live = wizard.to_target(draft, replace(option(draft, TargetKind.MERGE), why_not=""))
    with pytest.raises(RestoreError, match="never touches what is live"):
        wizard.request_of(live)
