"""From a question to its screen; each is imported when it is asked for the first time."""

from __future__ import annotations

from pkgutil import resolve_name

from core.model.restore_draft import WizardStep
from tui.screens.area import AreaScreen
from tui.wizard.guide import Guide

_SCREENS = {
    WizardStep.SYMPTOM: "symptom:SymptomScreen",
    WizardStep.MOMENT: "moment:MomentScreen",
    WizardStep.PARTS: "parts:PartsScreen",
    WizardStep.TARGET: "target:TargetScreen",
    WizardStep.CHECKS: "checks:ChecksScreen",
    WizardStep.PLAN: "plan:PlanScreen",
}


def screen_of(guide: Guide) -> AreaScreen:
    """The screen of the question that a guide's draft is at."""
    made: AreaScreen = resolve_name(f"tui.wizard.{_SCREENS[guide.draft.step]}")(guide)
    return made
