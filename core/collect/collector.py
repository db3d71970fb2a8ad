"""What a collector is: one question to one server, at a pace of its own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, Protocol, TypeVar

from core.config.settings import CollectSettings, Pace
from core.model.series import Sample
from core.model.snapshot import Body, Subject
from core.model.unknown import Unknown
from core.postgres.failure import QuestionError
from core.postgres.session import Answer, Session


@dataclass(frozen=True, slots=True)
class Reading:
    """What one question gave, and what it cost the server.

    ``texts`` are the full statement texts, by query id, that were fetched for the first time.
    ``again_after`` asks for the next reading sooner than the pace says, in seconds.
    """

    body: Body | Unknown
    samples: tuple[Sample, ...] = ()
    texts: dict[int, str] = field(default_factory=dict)
    server_ms: float = 0.0
    rows: int = 0
    statements: int = 0
    again_after: float | None = None


class Bill:
    """What the answers of one reading cost the server together."""

    def __init__(self) -> None:
        self._answers: list[Answer] = []

    def add(self, answer: Answer) -> Answer:
        """Put ``answer`` on the bill, and give it back."""
        self._answers.append(answer)
        return answer

    def reading(
        self,
        body: Body | Unknown,
        samples: tuple[Sample, ...] = (),
        texts: dict[int, str] | None = None,
        again_after: float | None = None,
    ) -> Reading:
        """A reading with the cost of all answers."""
        return Reading(
            body=body,
            samples=samples,
            texts=texts or {},
            server_ms=sum(answer.server_ms for answer in self._answers),
            rows=sum(answer.rows_count for answer in self._answers),
            statements=sum(answer.statements for answer in self._answers),
            again_after=again_after,
        )


class Collector(Protocol):
    """Asks one question. It lives as long as one connection, and keeps what deltas need."""

    @property
    def subject(self) -> Subject:
        """Which question it is."""

    def pace(self, settings: CollectSettings) -> Pace:
        """How often it is put, in seconds, with and without somebody who looks."""

    async def collect(self, session: Session, now: datetime, /) -> Reading:
        """Put the question at ``now``; what can't be had is an `Unknown` body.

        Raises:
            SessionLostError: the connection is gone.
        """


C = TypeVar("C")


def unknown_when_refused(
    collect: Callable[[C, Session, datetime], Coroutine[Any, Any, Reading]],
) -> Callable[[C, Session, datetime], Coroutine[Any, Any, Reading]]:
    """Let ``collect`` answer `Unknown` where the server refuses the question."""

    @wraps(collect)
    async def collected(collector: C, session: Session, now: datetime) -> Reading:
        try:
            return await collect(collector, session, now)
        except QuestionError as error:
            reason = f"{error.what}: {error.why}" if error.why else error.what
            return Reading(Unknown(reason, error.remedy), server_ms=error.server_ms, statements=1)

    return collected
