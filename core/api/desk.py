"""What the desks of a console have in common: store, clock, and who sits there."""

from __future__ import annotations

from collections.abc import Callable

from core.api.launch import Launch
from core.clock import Clock
from core.engine.store_thread import StoreThread


class Desk:
    """Acts for a console on its servers; ``who`` is written into what it does.

    ``renew`` is told the server after each change, so that the next frame has it.
    """

    def __init__(
        self,
        launch: Launch,
        store: StoreThread,
        clock: Clock,
        who: str,
        renew: Callable[[str], None],
    ) -> None:
        self._launch = launch
        self._store = store
        self._clock = clock
        self._renew = renew
        self.who = who
