"""Trying again what the store did not take: it may be away for a while, and come back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from core.errors import StoreError

T = TypeVar("T")

_RETRY_SECONDS = 1.0


def _wait() -> None:
    """Nothing but wait."""


@dataclass(frozen=True, slots=True)
class Persistence:
    """For how long the store is tried; ``meanwhile`` is called before each wait.

    What ``meanwhile`` raises ends the waiting.
    """

    seconds: float
    meanwhile: Callable[[], object] = _wait

    def do(self, step: Callable[[], T]) -> T:
        """What ``step`` gives; it must do no harm when it is done twice.

        Raises:
            StoreError: the store still failed in the end.
        """
        deadline = time.monotonic() + self.seconds
        while True:
            try:
                return step()
            except StoreError:
                if time.monotonic() > deadline:
                    raise
                self.meanwhile()
                time.sleep(_RETRY_SECONDS)
