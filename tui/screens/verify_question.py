"""What verifying a backup would do: which copies it reads, and which it may write again."""

from __future__ import annotations

from core.model.backup import BackupCopy, CatalogEntry, CopyState
from tui import figures
from tui.panes.backup_words import wanted_for
from tui.panes.view import View
from tui.text import clean, one_line
from tui.widgets.confirm import Question

_BAD = frozenset({CopyState.MISSING, CopyState.DAMAGED})


def verify_question(view: View, entry: CatalogEntry) -> Question:
    """Every copy that is looked at, and which of them may be written again."""
    known = {each.repository: each for each in entry.copies}
    overview = view.frame.backups
    wanted = wanted_for(entry, overview)
    configured = overview.configured if overview is not None else tuple(known)
    concerned = {
        name: known.get(name) for name in (*wanted, *known) if name in (*wanted, *configured)
    }
    return Question(
        title=f"Verify {entry.backup_id} of {view.entry.name} now",
        steps=(
            *(_step(name, copy, entry) for name, copy in concerned.items()),
            *(
                f"{one_line(name)}: not looked at, as the config has no such repository any more"
                for name in known
                if name not in concerned
            ),
            "then, unless [verify] level is sealed, that its archive lists, and agrees with its "
            "manifest",
        ),
        consequence=_consequence(entry, concerned),
    )


def _step(name: str, copy: BackupCopy | None, entry: CatalogEntry) -> str:
    """What is done with one copy; ``None`` is one that there never was."""
    repository = one_line(name)
    if copy is None:
        is_written = "one is written"
        told = "there is no copy" + ("" if entry.expired_at is not None else f"; {is_written}")
        return f"{repository}: {told}"
    problem = f" ({clean(copy.problem)})" if copy.problem else ""
    if copy.state is CopyState.MISSING:
        return f"{repository}: its copy is missing{problem}{_again(copy)}"
    reads = (
        f"{repository}: every byte of it is read ({figures.size(entry.sealed_bytes)}, and what it "
        "needs of earlier ones) and authenticated"
    )
    if copy.state is not CopyState.DAMAGED:
        return reads
    return f"{reads}; it was found damaged{problem}{_again(copy)}"


def _again(copy: BackupCopy) -> str:
    return "" if copy.expired_at is not None else "; as long as it is, it is WRITTEN AGAIN"


def _consequence(entry: CatalogEntry, concerned: dict[str, BackupCopy | None]) -> str:
    """What is written, and what becomes of what is found."""
    if entry.expired_at is not None:
        return "Nothing is written, as it has expired. What is found is noted."
    if len(concerned) == 1:
        return (
            "Nothing is written: there is no other copy from which it could be repaired. What is "
            "found is noted; a bad copy becomes a finding."
        )
    return (
        "A copy that is missing or damaged, or is found so now, is written again from one that is "
        "good. What is good stays as it is. Where no copy is good nothing is written, and that is "
        "a finding."
    )
