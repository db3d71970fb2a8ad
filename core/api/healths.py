"""How the servers are, in one word each: what a console says of those that it does not show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from core.assess.staleness import with_staleness
from core.model.health import Assessment, Health
from core.model.snapshot import Frame, Snapshot, Subject, Taken

if TYPE_CHECKING:
    from core.store.store import Store


class Healths:
    """The servers' newest assessments; one that did not change is neither read nor decoded again.

    Runs in the store's thread.
    """

    def __init__(self, server_ids: Iterable[str]) -> None:
        self._newest: dict[str, Snapshot | None] = dict.fromkeys(server_ids)

    def read(self, store: Store, now: datetime, spare_seconds: float) -> dict[str, Health]:
        """Each server's health; unknown where it was never assessed, or not since long.

        Raises:
            StoreError: the store can't be read.
        """
        for server_id, known in self._newest.items():
            at = known.taken_at if known is not None else None
            fresh = store.snapshots.one(server_id, Subject.ASSESSMENT, known=at)
            self._newest[server_id] = fresh or known
        return {
            server_id: health_of(taken, now, spare_seconds)
            for server_id, taken in self._newest.items()
        }

    def read_past(self, store: Store, moment: datetime, spare_seconds: float) -> dict[str, Health]:
        """Each server's health at a moment.

        Raises:
            StoreError: the store can't be read.
        """
        return {
            server_id: health_of(
                store.snapshots.one(server_id, Subject.ASSESSMENT, at=moment), moment, spare_seconds
            )
            for server_id in self._newest
        }


def health_of(snapshot: Snapshot | None, now: datetime, spare_seconds: float) -> Health:
    """What an assessment says at ``now``; nothing once it is older than it may be."""
    if snapshot is None or not isinstance(snapshot.body, Assessment):
        return Health.UNKNOWN
    taken = Taken(snapshot.taken_at, snapshot.pace_seconds, snapshot.body)
    frame = Frame(snapshot.server_id, now, live=True, assessment=taken)
    judged = with_staleness(frame, now, spare_seconds).assessment
    assessment = judged.body if judged is not None else None
    return assessment.health if isinstance(assessment, Assessment) else Health.UNKNOWN
