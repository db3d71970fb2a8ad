"""Where a restore can go, and what the wizard suggests: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.model.backup import BackupKind
from core.model.backup_lack import WHOLE_KINDS
from core.model.restore import SCRATCH_SERVER, TargetKind
from core.model.restore_draft import RestoreDraft, Symptom
from core.restore.drill.guided.changes import HARMLESS

_ON_EVERY_SERVER = frozenset({"postgres", "template1"})
_SUGGESTED = {
    Symptom.TABLE_DROPPED: TargetKind.MERGE,
    Symptom.BAD_DEPLOY: TargetKind.SWAP,
    Symptom.SERVER_LOST: TargetKind.BESIDE,
    Symptom.COPY: TargetKind.BESIDE,
    Symptom.DRILL: TargetKind.SCRATCH,
}


@dataclass(frozen=True, slots=True)
class TargetOption:
    """A place to restore to; ``why_not`` says why it can't be chosen now, and is else empty."""

    kind: TargetKind
    server: str
    database: str
    title: str
    told: str
    why_not: str = ""

    @property
    def option_id(self) -> str:
        """What names it among the others."""
        return f"{self.kind.value}/{self.server}"


def target_options(
    draft: RestoreDraft, servers: Sequence[str], now: datetime
) -> tuple[TargetOption, ...]:
    """Every place to restore to, those too that can't be chosen: with why not."""
    if draft.is_globals:
        options = tuple(_servers(draft.server_id, servers))
    else:
        options = tuple(_options(draft, servers, now))
    if not draft.drill_id:
        return options
    why = "a drill never touches what is live"
    return tuple(each if each.kind in HARMLESS else replace(each, why_not=why) for each in options)


def _servers(own: str, servers: Sequence[str]) -> Iterator[TargetOption]:
    """Whole servers: the backup's own first."""
    for each in (own, *(name for name in servers if name != own)):
        yield TargetOption(
            TargetKind.GLOBALS, each, each, f"the server {each}",
            "what it lacks is made; what is there stays as it is", "" if each in servers
            else f"the config has no server {each}",
        )  # fmt: skip


def _options(draft: RestoreDraft, servers: Sequence[str], now: datetime) -> Iterator[TargetOption]:
    live, own = draft.database, draft.server_id
    has_own = own in servers
    lost = "" if has_own else f"the config has no server {own}"
    new = f"{live}_restored_{now:%Y%m%d_%H%M}"
    yield TargetOption(
        TargetKind.BESIDE, own, new, f"a new database on {own}",
        "nothing that is there is touched; closed until it is proven", lost,
    )  # fmt: skip
    yield TargetOption(
        TargetKind.SWAP, own, live, f"in the place of {live}",
        "proven beside it, then both change names; one key undoes it",
        lost or _not_whole(draft),
    )  # fmt: skip
    chosen = "" if draft.tables and not draft.schemas else "only for chosen tables"
    yield TargetOption(
        TargetKind.MERGE, own, live, f"into the live {live}",
        "the chosen tables, in one transaction; nothing else is touched",
        lost or chosen,
    )  # fmt: skip
    for server in servers:
        if server != own:
            yield TargetOption(
                TargetKind.BESIDE, server, new, f"a new database on {server}",
                "nothing that is there is touched",
            )  # fmt: skip
    yield TargetOption(
        TargetKind.SCRATCH, SCRATCH_SERVER, new if live in _ON_EVERY_SERVER else live,
        "a scratch server",
        "a PostgreSQL that pgvigil starts here: private, and gone once undone",
    )  # fmt: skip


def _not_whole(draft: RestoreDraft) -> str:
    """Why what comes back can't take the live database's place; empty where it can."""
    if not (draft.is_whole and draft.rows):
        return "only for everything: the rest would be lost"
    if draft.backup_kind is BackupKind.SCHEMA:
        return "the backup is of definitions alone: every row would be lost"
    if draft.backup_kind is not None and draft.backup_kind not in WHOLE_KINDS:
        return "the backup has only what was chosen for it: the rest would be lost"
    return ""


def suggested(draft: RestoreDraft, options: Sequence[TargetOption]) -> TargetOption | None:
    """What the cursor stands on first: what was chosen, else what serves the symptom."""
    free = [each for each in options if not each.why_not]
    usual = _SUGGESTED.get(draft.symptom or Symptom.COPY, TargetKind.BESIDE)
    kind = draft.target or (TargetKind.SCRATCH if draft.drill_id else usual)
    if kind is TargetKind.SWAP and all(each.kind is not kind for each in free):
        kind = TargetKind.MERGE  # of parts, what is live is mended rather than replaced
    same = [each for each in free if each.kind is kind]
    there = [each for each in same if each.server == draft.target_server]
    return next(iter([*there, *same, *free]), None)
