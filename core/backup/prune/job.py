"""The job that prunes the repositories of every server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from core.backup.keys.sources import load_opening_keys
from core.backup.opening import cared_for, listed, opened
from core.backup.progress import JobReporter
from core.backup.prune.others import Others
from core.backup.prune.run import Pruning
from core.backup.prune.unattended import unattended
from core.backup.repository.protocol import Repository
from core.backup.verify.job import servers_of
from core.backup.verify.problems import reason_of
from core.config.settings import Settings
from core.errors import BackupError, CancelledError, PgvigilError, StoreError
from core.model.job import CONFIRMED, JobOrder
from core.store.store import Store


def run_prune_job(store: Store, settings: Settings, order: JobOrder, reporter: JobReporter) -> str:
    """Prune what the policy says, in each repository; a sentence of what came of it.

    ``order.arguments`` may have ``copies``, a list in JSON, and ``confirmed``: a person has seen
    what will go; else nothing is done where that is more than is usual. Without a server it is done
    for each.

    Raises:
        BackupError: a repository could not be pruned; the others were.
        CancelledError: a person cancelled it; the next prune goes on.
        StoreError: the store can't be used.
    """
    sentences, problems = [], []
    names = listed(order.arguments, "copies") or cared_for(settings, store.catalog)
    with opened(settings, names, reporter) as (repositories, closed):
        problems += [f"{name}: {reason_of(error)}" for name, error in closed]
        for server in servers_of(store, order.server_id):
            others = others_of(store, settings, server, reporter)
            # What the first one lets go depends on what the last one has.
            others.look()
            for repository in repositories:
                pruning = pruning_of(
                    store,
                    settings,
                    server=server,
                    repository=repository,
                    who=order.who,
                    reporter=reporter,
                    others=others,
                )
                try:
                    planned = pruning.plan()
                    if order.arguments.get(CONFIRMED) != "yes":
                        planned = unattended(planned, settings.retention, pruning.now())
                    outcome = pruning.do(planned)
                except (CancelledError, StoreError):
                    raise
                except PgvigilError as error:
                    problems.append(f"{repository.name}: {reason_of(error)}")
                    continue
                sentences.append(outcome.sentence())
                for backup_id in outcome.hidden:
                    reporter.note(f"{repository.name}: older versions of {backup_id} are there")
    sentence = "; ".join(sentences) or "there is nothing to prune"
    if problems:
        raise BackupError(
            "Not every repository could be pruned",
            why="; ".join([*problems, sentence]),
            remedy="pgvigil backup prune --plan shows what would be done, and what hinders it",
        )
    return sentence


def pruning_of(
    store: Store,
    settings: Settings,
    *,
    server: str,
    repository: Repository,
    who: str,
    reporter: JobReporter,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    others: Others | None = None,
) -> Pruning:
    """A prune as the settings want it; ``others`` are those of the same run, if it has several."""
    others = others or others_of(store, settings, server, reporter)
    return Pruning(store, settings, server, repository, others.keys, reporter, now, who, others)


def others_of(store: Store, settings: Settings, server: str, reporter: JobReporter) -> Others:
    """The repositories of a server's backups; none was looked at yet.

    Raises:
        KeyUnavailableError: a key can't be loaded.
    """
    keys = load_opening_keys(settings.encryption, settings.keys)
    return Others(store, settings, server, keys, reporter)
