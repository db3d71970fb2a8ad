"""The job that verifies stored backups again, and repairs what can be repaired."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from core.backup.keys.sources import load_opening_keys
from core.backup.opening import cared_for, listed, opened, opened_when_needed
from core.backup.progress import JobReporter
from core.backup.staging import folder_of_state
from core.backup.verify.copy import Thoroughness
from core.backup.verify.outcome import VerifyOutcome
from core.backup.verify.problems import reason_of
from core.backup.verify.run import Verification, Wanted
from core.config.settings import Settings
from core.errors import BackupError, PreflightError
from core.model.backup import Manifest, VerificationLevel
from core.model.job import JobOrder
from core.postgres.client_programs import ClientPrograms, embedded_place, find_client_programs
from core.store.store import Store

_LEVELS = {"sealed": VerificationLevel.SEALED, "structure": VerificationLevel.STRUCTURE}


def run_verify_job(store: Store, settings: Settings, order: JobOrder, reporter: JobReporter) -> str:
    """Verify what is due, or what the order names; one sentence of what was found.

    ``order.arguments`` may have: ``backups``, ``copies`` and ``lost_keys`` (lists in JSON),
    ``everything`` (``yes``), ``level`` (``sealed`` or ``structure``). Without a server it is done
    for each.

    Raises:
        BackupError: a copy is missing or damaged in the end, or could not be looked at.
        CancelledError: a person cancelled it; what was found so far is in the catalog.
        StoreError: the store can't be used.
    """
    outcomes = {
        server: verify_backups(
            store,
            settings,
            server,
            Wanted(
                frozenset(listed(order.arguments, "backups")),
                everything=order.arguments.get("everything") == "yes",
            ),
            repositories=listed(order.arguments, "copies"),
            level=order.arguments.get("level", ""),
            lost_keys=listed(order.arguments, "lost_keys"),
            who=order.who,
            reporter=reporter,
        )
        for server in servers_of(store, order.server_id)
    }
    told = [
        f"{server}: {outcome.sentence()}" if len(outcomes) > 1 else outcome.sentence()
        for server, outcome in outcomes.items()
    ]
    sentence = "; ".join(told) or "there are no backups yet"
    if not all(outcome.is_well for outcome in outcomes.values()):
        raise BackupError(
            "Not every copy of the backups is good",
            why=f"{sentence}: {_first_problem(list(outcomes.values()))}",
            remedy="pgvigil backup list shows them; where no good copy is left, take a full backup",
        )
    return sentence


def verify_backups(
    store: Store,
    settings: Settings,
    server: str,
    wanted: Wanted,
    *,
    repositories: Sequence[str] = (),
    level: str = "",
    lost_keys: Collection[str] = (),
    who: str,
    reporter: JobReporter,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> VerifyOutcome:
    """Verify one server's copies in these repositories (none named: wherever copies are).

    Raises:
        BackupError: there is no repository.
        StoreError: the store can't be used.
        CancelledError: a person cancelled it.
    """
    names = repositories or cared_for(settings, store.catalog)
    with (
        opened(settings, names, reporter) as (there, problems),
        opened_when_needed(settings, reporter) as elsewhere,
    ):
        verification = verification_of(
            store, settings, server, level=level, who=who, reporter=reporter, now=now
        )
        verification.elsewhere = elsewhere
        verification.only_there = tuple(repositories)
        verification.lost_keys = frozenset(lost_keys)
        outcome = verification.run(there, wanted)
    return _with(outcome, tuple((name, reason_of(error)) for name, error in problems))


def verification_of(
    store: Store,
    settings: Settings,
    server: str,
    *,
    level: str = "",
    who: str,
    reporter: JobReporter,
    now: Callable[[], datetime],
) -> Verification:
    """A verification as the settings want it; ``level`` in place of theirs, where it is given."""
    configured = settings.dump.client_programs
    carried = folder_of_state(store) / "programs"

    @lru_cache
    def programs_of(version: int) -> ClientPrograms | None:
        try:
            return find_client_programs(
                version, configured=configured, embedded=lambda: embedded_place(carried)
            )
        except PreflightError:
            return None

    def programs_for(manifest: Manifest) -> ClientPrograms | None:
        return programs_of(manifest.program_version // 10_000 * 10_000)

    return Verification(
        store=store,
        settings=settings,
        server=server,
        keys=load_opening_keys(settings.encryption, settings.keys),
        how=Thoroughness(
            _level(level or settings.verify.level), programs_for, settings.verify.list_seconds
        ),
        reporter=reporter,
        now=now,
        who=who,
    )


def servers_of(store: Store, server: str) -> tuple[str, ...]:
    """This server; every one that has backups, where none is named."""
    if server:
        return (server,)
    return store.catalog.servers()


def _level(name: str) -> VerificationLevel:
    if name not in _LEVELS:
        raise BackupError(
            f"There is no level {name!r}", why=f"backups are verified to {' or '.join(_LEVELS)}"
        )
    return _LEVELS[name]


def _with(outcome: VerifyOutcome, unreachable: tuple[tuple[str, str], ...]) -> VerifyOutcome:
    return VerifyOutcome(
        outcome.copies,
        outcome.repaired,
        outcome.lost,
        (*unreachable, *outcome.unreachable),
        outcome.read_bytes,
    )


def _first_problem(outcomes: Sequence[VerifyOutcome]) -> str:
    for outcome in outcomes:
        for each in (*outcome.lost, *outcome.unknown):
            return f"{each.backup_id} in {each.repository}: {each.problem}"
        for name, why in outcome.unreachable:
            return f"{name}: {why}"
    return ""
