"""Trying again: how long to wait, and when to stop.

Waits double and a random half of each is left out ("equal jitter"), so that many that failed
together don't come back together; where the server says how long, it is asked no sooner.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

from core.backup.repository.problems import RepositoryUnreachableError
from core.config.repository_settings import RepositorySettings
from core.errors import RepositoryError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed try: what a person is told, and whether another try makes sense.

    ``after_seconds`` is how long the server wants to be left alone.
    """

    error: RepositoryError
    is_passing: bool = False
    after_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How a repository tries again; ``wait`` returns true where the wait was cut short.

    ``trying_again`` hears of each failure that is tried again, and after how many seconds.
    """

    first_seconds: float
    most_seconds: float
    all_seconds: float
    wait: Callable[[float], bool]
    now: Callable[[], float] = monotonic
    chance: Callable[[], float] = field(default=random.random)
    trying_again: Callable[[RepositoryError, float], None] = lambda _error, _pause: None

    @classmethod
    def of(
        cls,
        settings: RepositorySettings,
        wait: Callable[[float], bool],
        trying_again: Callable[[RepositoryError, float], None],
    ) -> Patience:
        """The patience that the settings ask for."""
        return cls(
            settings.retry_first_seconds,
            settings.retry_most_seconds,
            settings.retry_seconds,
            wait,
            trying_again=trying_again,
        )

    def pause(self, tried: int, after_seconds: float) -> float:
        """Seconds to wait after ``tried`` tries."""
        longest = min(self.most_seconds, self.first_seconds * 2.0 ** min(tried - 1, 60))
        return max(after_seconds, longest * (0.5 + 0.5 * self.chance()))

    def keep_trying(
        self, attempt: Callable[[], T], failure_of: Callable[[Exception], Failure | None]
    ) -> T:
        """What ``attempt`` returns, as soon as it returns.

        ``failure_of`` understands what it raises; what it does not understand goes through.

        Raises:
            RepositoryError: a failure that does not pass, or that did not pass in time.
        """
        end = self.now() + self.all_seconds
        tried = 0
        while True:
            try:
                return attempt()
            except Exception as error:
                failure = failure_of(error)
                if failure is None:
                    raise
                tried += 1
                pause = self.pause(tried, failure.after_seconds)
                if not failure.is_passing or self.now() + pause > end:
                    raise _told(failure, tried) from error
                self.trying_again(failure.error, pause)
                if self.wait(pause):
                    raise failure.error from error


def _told(failure: Failure, tried: int) -> RepositoryError:
    if not failure.is_passing or tried == 1:
        return failure.error
    error = failure.error
    return RepositoryUnreachableError(
        error.what, why=f"{error.why} (tried {tried} times)", remedy=error.remedy
    )
