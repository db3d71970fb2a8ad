"""What a console asks of guided drills; each drill's clock goes on here, whatever is set back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from core.api.desk import Desk
from core.api.launch import Launch
from core.clock import Clock
from core.engine.store_thread import StoreThread
from core.model.guided_drill import GuidedDrill, SeenDrill
from core.model.restore_draft import Symptom

if TYPE_CHECKING:
    from core.api.guided_deeds import Deed
    from core.api.guided_drills import GuidedDrills, GuidedLook
    from core.store.store import Store

_HOUR = 3600.0


class GuidedDesk(Desk):
    """Guided drills of a console's servers."""

    def __init__(
        self,
        launch: Launch,
        store: StoreThread,
        clock: Clock,
        who: str,
        renew: Callable[[str], None],
    ) -> None:
        super().__init__(launch, store, clock, who, renew)
        self._began: dict[str, float] = {}

    async def under_way(self, server_id: str) -> tuple[SeenDrill, ...]:
        """Those of a server that are not over, newest first.

        Raises:
            StoreError: the store can't be read.
        """
        return await self._store.call(lambda store: self._drills(store).under_way([server_id]))

    def is_abandoned(self, seen: SeenDrill) -> bool:
        """Whether nobody has touched it for as long as the config says."""
        return seen.silent_seconds > self._launch.settings.drill.abandoned_hours * _HOUR

    async def begin(self, server_id: str, symptom: Symptom) -> str:
        """Begin a drill, or go on with the one of that runbook; gives its id.

        Raises:
            StoreError: the store can't be written to.
        """
        drill = await self._store.call(lambda store: self._drills(store).go_on(server_id, symptom))
        self._renew(server_id)
        return drill.drill_id

    async def look(self, drill_id: str) -> GuidedLook | None:
        """A drill as it stands; ``None`` where none has that id.

        Raises:
            StoreError: the store failed.
        """
        found = await self._store.call(lambda store: self._drills(store).look(drill_id))
        if found is None or found.drill.is_over:
            return found
        return replace(found, seconds=self._clocked(drill_id, found.seconds))

    def clock(self, drill_id: str) -> float:
        """What the clock of a drill shows that was looked at: it needs no store, and never stops.

        Zero where it was not looked at yet.
        """
        began = self._began.get(drill_id)
        return 0.0 if began is None else self._clock.monotonic() - began

    async def change(self, drill: GuidedDrill, deed: Deed) -> GuidedDrill:
        """Do something in a drill; gives it as it is then.

        Raises:
            RestoreError: it can't be done: says who did what before.
            StoreError: the store can't be written to.
        """
        measured = self.clock(drill.drill_id)
        made = await self._store.call(
            lambda store: self._drills(store).change(drill.drill_id, deed, measured=measured)
        )
        self._renew(drill.server_id)
        return made

    async def end(self, drill: GuidedDrill) -> str:
        """Give the verdict; gives what to tell of it.

        Raises:
            RestoreError: nothing was restored yet, steps are open, or it is over.
            StoreError: the store failed.
        """
        measured = self.clock(drill.drill_id)
        told = await self._store.aside(
            lambda store: self._drills(store).end(drill.drill_id, measured=measured)
        )
        self._renew(drill.server_id)
        return told

    async def close(self, drill: GuidedDrill, why: str) -> str:
        """Close it without a verdict; gives what to tell of it.

        Raises:
            RestoreError: it is over.
            StoreError: the store failed.
        """
        measured = self.clock(drill.drill_id)
        told = await self._store.aside(
            lambda store: self._drills(store).close(drill.drill_id, why, measured=measured)
        )
        self._renew(drill.server_id)
        return told

    def _clocked(self, drill_id: str, seconds: float) -> float:
        """The drill's clock: never behind what it has shown here before."""
        now = self._clock.monotonic()
        began = min(self._began.get(drill_id, now - seconds), now - seconds)
        self._began[drill_id] = began
        return now - began

    def _drills(self, store: Store) -> GuidedDrills:
        from core.api.guided_drills import GuidedDrills

        return GuidedDrills(self._launch.settings, store, self._launch.state_folder, self.who)
