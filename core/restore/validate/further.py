"""What is looked at in a restored database besides its fingerprint."""

from __future__ import annotations

from dataclasses import dataclass

from core.backup.dump.endpoint import Endpoint
from core.backup.progress import JobReporter
from core.config.restore_settings import AssertSettings, RestoreSettings
from core.model.backup import TableName
from core.model.restore import RestoreWish, TargetKind
from core.postgres.client_programs import ClientPrograms
from core.restore.validate.amcheck import Checked, amcheck
from core.restore.validate.assertions import NotApplicable, about, ask, ask_part


@dataclass(frozen=True, slots=True)
class Further:
    """What is looked at: tables and indexes by pg_amcheck, and what people say must be true.

    ``is_whole`` where all that the backup has is there, with its rows: else an assertion about what
    is not there does not apply.
    """

    amcheck: bool = False
    assertions: tuple[AssertSettings, ...] = ()
    assert_seconds: float = 0.0
    is_whole: bool = True


NOTHING_FURTHER = Further()


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found: ``differences`` are not as they should be, each in words.

    ``unchecked`` is what was wanted and not looked at, with why; ``sound`` what was, and is as it
    should be.
    """

    differences: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    sound: tuple[str, ...] = ()

    def __add__(self, other: Looked) -> Looked:
        """Both."""
        return Looked(
            (*self.differences, *other.differences),
            (*self.unchecked, *other.unchecked),
            (*self.sound, *other.sound),
        )


NOTHING_LOOKED_AT = Looked()


def further_of(wish: RestoreWish, settings: RestoreSettings) -> Further:
    """What the config wants looked at."""
    if wish.target is TargetKind.GLOBALS:
        return NOTHING_FURTHER
    wanted = tuple(
        each
        for each in settings.assert_
        if each.server in {"", wish.server_id} and each.database in {"", wish.database}
    )
    is_whole = wish.is_of_everything and wish.target is not TargetKind.MERGE
    return Further(settings.amcheck and wish.rows, wanted, settings.assert_seconds, is_whole)


def look_further(
    endpoint: Endpoint,
    programs: ClientPrograms,
    further: Further,
    reporter: JobReporter,
    *,
    empty: frozenset[TableName] = frozenset(),
) -> Looked:
    """What is not as it should be in a database that nobody else uses yet.

    ``empty`` are the tables that came without the rows that the backup has.

    Raises:
        CancelledError: a person cancelled the job.
        ConnectError, BackupError: the server can't be asked any more.
    """
    found = Looked()
    if further.amcheck:
        found += looked(amcheck(endpoint, programs, reporter), reporter)
    return found + look_at_assertions(endpoint, further, reporter, empty)


def looked(checked: Checked, reporter: JobReporter) -> Looked:
    """What pg_amcheck came to, which the job's log tells in any case."""
    reporter.note(checked.told)
    if not checked.was_run:
        return Looked(checked.findings, unchecked=(checked.told,))
    return Looked(checked.findings, sound=() if checked.findings else (checked.told,))


def look_at_assertions(
    endpoint: Endpoint, further: Further, reporter: JobReporter, empty: frozenset[TableName]
) -> Looked:
    """What people say must be true and is not, or can't be said of what is there.

    Raises: as :func:`look_further`.
    """
    differences, unchecked, sound = [], [], []
    for each in further.assertions:
        reporter.check_cancelled()
        if further.is_whole:
            answer: str | NotApplicable = ask(endpoint, each, further.assert_seconds)
        else:
            answer = ask_part(endpoint, each, further.assert_seconds, empty)
        if isinstance(answer, NotApplicable):
            unchecked.append(answer.told)
            reporter.note(answer.told)
        elif answer:
            differences.append(answer)
        else:
            told = f"{about(each)}: as expected"
            sound.append(told)
            reporter.note(told)
    return Looked(tuple(differences), tuple(unchecked), tuple(sound))
