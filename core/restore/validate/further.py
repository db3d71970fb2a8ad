"""What is looked at in a restored database besides its fingerprint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.backup.dump.endpoint import Endpoint
from core.backup.progress import JobReporter
from core.config.restore_settings import AssertSettings, RestoreSettings
from core.model.restore import RestoreWish
from core.postgres.client_programs import ClientPrograms
from core.restore.validate.amcheck import amcheck
from core.restore.validate.assertions import ask


@dataclass(frozen=True, slots=True)
class Further:
    """What is looked at: tables and indexes by pg_amcheck, and what people say must be true."""

    amcheck: bool = False
    assertions: tuple[AssertSettings, ...] = ()
    assert_seconds: float = 0.0


NOTHING_FURTHER = Further()


def further_of(wish: RestoreWish, settings: RestoreSettings) -> Further:
    """What the config wants looked at; assertions speak of whole databases, not of parts."""
    wanted = tuple(
        each
        for each in settings.assert_
        if wish.is_of_everything
        and each.server in {"", wish.server_id}
        and each.database in {"", wish.database}
    )
    return Further(settings.amcheck and wish.rows, wanted, settings.assert_seconds)


def look_further(
    endpoint: Endpoint, programs: ClientPrograms, further: Further, reporter: JobReporter
) -> tuple[str, ...]:
    """What is not as it should be, each in words; what could not be looked at is noted.

    Raises:
        CancelledError: a person cancelled the job.
        ConnectError, BackupError: the server can't be asked any more.
    """
    return tuple(_found(endpoint, programs, further, reporter))


def _found(
    endpoint: Endpoint, programs: ClientPrograms, further: Further, reporter: JobReporter
) -> Iterator[str]:
    if further.amcheck:
        checked = amcheck(endpoint, programs, reporter)
        reporter.note(checked.told)
        yield from checked.findings
    for each in further.assertions:
        reporter.check_cancelled()
        if wrong := ask(endpoint, each, further.assert_seconds):
            yield wrong
        else:
            reporter.note(f"assertion {each.name}: as expected")
