"""What is found in one tick of a server, on its way to the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from core.model.series import Sample
from core.model.snapshot import Body, Snapshot, Subject
from core.model.unknown import Unknown

if TYPE_CHECKING:
    from core.model.process import Lease
    from core.store.statements import StatementMinute
    from core.store.store import Store


@dataclass(slots=True)
class Tick:
    """Snapshots, samples, statement minutes and texts that are written together."""

    server_id: str
    snapshots: list[Snapshot] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    minutes: list[StatementMinute] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)

    def add(
        self,
        subject: Subject,
        at: datetime,
        pace_seconds: float,
        body: Body | Unknown,
        samples: Sequence[Sample] = (),
    ) -> None:
        """Take in the snapshot of ``subject``, which is renewed every ``pace_seconds``."""
        self.snapshots.append(Snapshot(self.server_id, subject, at, pace_seconds, body))
        self.samples.extend(samples)

    def write(self, store: Store, lease: Lease, ttl_seconds: float) -> None:
        """Write all of it, if ``lease`` still is the newest, and let that last ``ttl_seconds``.

        Raises:
            LeaseLostError: another watcher has the server.
            StoreError: the store failed.
        """
        if self.texts:
            store.statements.put_texts(self.server_id, self.texts)
        store.write_tick(
            lease,
            self.server_id,
            snapshots=self.snapshots,
            samples=self.samples,
            statement_minutes=self.minutes,
            ttl_seconds=ttl_seconds,
        )
