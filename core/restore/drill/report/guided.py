"""What a report says of a drill that people did by a runbook: pure."""

from __future__ import annotations

from collections.abc import Iterator

from core.model.guided_drill import GuidedDrill
from core.restore.drill.report.parts import Section, Table
from core.restore.drill.report.words import duration, moment, plain


def clock_words(drill: GuidedDrill) -> str:
    """What its recovery time is, and for how much of it nobody worked."""
    told = (
        "The recovery time is from the drill's beginning until its verdict, with everything that"
        " people read, decided and waited for."
    )
    if not drill.pauses:
        return told
    return (
        f"{told} The drill was paused for {duration(drill.paused_seconds)} of it; its clock went"
        " on meanwhile."
    )


def guided_sections(drill: GuidedDrill) -> Iterator[Section]:
    """The runbook's steps as they were ticked off, who had it in hand, pauses, notes."""
    yield _steps(drill)
    yield from _hands(drill)
    yield from _pauses(drill)
    yield from _notes(drill)


def _steps(drill: GuidedDrill) -> Section:
    rows = []
    for number, step in enumerate(drill.steps, start=1):
        tick = drill.tick_of(step.name)
        done = ("NOT DONE", "", "") if tick is None else (plain(tick.who), moment(tick.at), "")
        after = "" if tick is None else duration(tick.seconds)
        rows.append((f"{number}. {plain(step.title)}", done[0], done[1], after))
    said = (f"The runbook is that for: {plain(drill.symptom.value)}.",)
    heads = ("Step", "Done by", "At", "After")
    return Section("Steps", said, Table(tuple(rows), heads, frozenset({3})))


def _hands(drill: GuidedDrill) -> Iterator[Section]:
    if not drill.handovers:
        return
    rows = tuple(
        (plain(each.before), plain(each.after), plain(each.who), moment(each.at),
         duration(each.seconds))
        for each in drill.handovers
    )  # fmt: skip
    heads = ("From", "To", "Done by", "At", "After")
    yield Section("Handed over", (), Table(rows, heads, frozenset({4})))


def _pauses(drill: GuidedDrill) -> Iterator[Section]:
    if not drill.pauses:
        return
    rows = tuple(
        (
            plain(each.who),
            moment(each.at),
            duration(each.seconds),
            duration(
                max(0.0, (drill.seconds if each.until is None else each.until) - each.seconds)
            ),
        )
        for each in drill.pauses
    )
    heads = ("Paused by", "At", "After", "For")
    yield Section("Pauses", (), Table(rows, heads, frozenset({2, 3})))


def _notes(drill: GuidedDrill) -> Iterator[Section]:
    if not drill.notes:
        return
    rows = tuple(
        (moment(each.at), duration(each.seconds), plain(each.who), plain(each.text))
        for each in drill.notes
    )
    heads = ("At", "After", "Who", "Note")
    yield Section("Notes", (), Table(rows, heads, frozenset({1})))
