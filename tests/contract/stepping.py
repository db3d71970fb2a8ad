"""Somebody who acts on a repository and stops before each step, so that all orders can be tried."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from core.backup.repository.protocol import Repository

STEPS = frozenset({"write", "read", "exists", "list", "delete", "hide"})


class Actor:
    """Somebody at work in a thread, who takes a step only when told to."""

    def __init__(self, work: Callable[[Callable[[], None]], None]) -> None:
        self._go, self._waits = threading.Semaphore(0), threading.Semaphore(0)
        self.is_over = False
        self.error: BaseException | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._waits.acquire()

    def _run(self) -> None:
        try:
            self._work(self._stop)
        except BaseException as error:  # noqa: BLE001 - it is looked at by who has told him to work
            self.error = error
        self.is_over = True
        self._waits.release()

    def _stop(self) -> None:
        self._waits.release()
        self._go.acquire()

    def step(self) -> None:
        """Let him take one step."""
        if not self.is_over:
            self._go.release()
            self._waits.acquire()

    def go_on(self) -> None:
        """Let him take all steps that he still has to."""
        while not self.is_over:
            self.step()


_MANY = 8
"""At how many places who is interrupted must have been, for "all orders" to mean something."""


def ends_of_all_orders(
    first: str, begin: Callable[[], dict[str, Actor]], end: Callable[[dict[str, Actor]], str]
) -> set[str]:
    """How it ends for two, in each order in which ``first`` is interrupted and interrupts.

    ``begin`` gives both anew by their names; ``end`` looks what came of it, and calls it by a word.
    """
    ends: set[str] = set()
    steps, is_over = 0, False
    while not is_over:
        others, other_is_over = 0, False
        while not other_is_over:
            actors = begin()
            one = actors[first]
            (other,) = (actor for name, actor in actors.items() if name != first)
            for _ in range(steps):
                one.step()
            is_over = one.is_over
            for _ in range(others):
                other.step()
            other_is_over = other.is_over
            one.go_on()
            other.go_on()
            ends.add(end(actors))
            others += 1
        steps += 1
    assert steps >= _MANY
    return ends


class Stepping:
    """A repository in which somebody stops before each step that concerns one backup."""

    def __init__(self, repository: Repository, folder: str, stop: Callable[[], None]) -> None:
        self._repository = repository
        self._folder = folder
        self._stop = stop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._repository, name)
        if name not in STEPS:
            return found

        def stepping(what: Any, *given: Any) -> Any:
            first = what[0] if isinstance(what, list) and what else what
            if str(first).startswith(self._folder):
                self._stop()
            return found(what, *given)

        return stepping
