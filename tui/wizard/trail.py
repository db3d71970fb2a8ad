"""Where in the wizard a person is, and what was answered: the lines above each question."""

from __future__ import annotations

from core.model.restore import TargetKind
from core.model.restore_draft import RestoreDraft, WizardStep
from tui.lines import Line, Role, Span, crop, joined, line, wrap
from tui.text import one_line

_TARGETS = {
    TargetKind.BESIDE: "as {database} on {server}",
    TargetKind.SWAP: "in the place of {database} on {server}",
    TargetKind.MERGE: "into {database} on {server}",
    TargetKind.SCRATCH: "on a server of its own",
    TargetKind.GLOBALS: "on the server {server}",
}


def trail_lines(draft: RestoreDraft, question: str, width: int) -> list[Line]:
    """The questions with the one at hand, the answers so far, and all of what is asked."""
    told = answers(draft)
    return [
        crop(_questions(draft.step), width),
        *([crop(line(Span(told, Role.LABEL)), width)] if told else []),
        *wrap(question, width, Role.STRONG),
    ]


def _questions(at: WizardStep) -> Line:
    steps = list(WizardStep)
    place = steps.index(at)
    roles = [Role.TEXT] * place + [Role.ACCENT] + [Role.MUTED] * (len(steps) - place - 1)
    spans = [
        line(Span(f"▸ {step.value}" if step is at else step.value, role))
        for step, role in zip(steps, roles, strict=True)
    ]
    return joined(spans, " · ")


def answers(draft: RestoreDraft) -> str:
    """What was answered so far, on one line."""
    told = [
        draft.symptom.value if draft.symptom is not None else "",
        f"{draft.database} of {draft.backup_id}" if draft.backup_id else "",
        draft.what,
        target_words(draft),
    ]
    return one_line(" · ".join(filter(None, told)))


def target_words(draft: RestoreDraft) -> str:
    """Where it comes back, in words; empty where that was not answered."""
    if draft.target is None:
        return ""
    words = _TARGETS[draft.target]
    return words.format(database=draft.target_database, server=draft.target_server)
