"""Every backup brought under the key for new ones, one repository after another."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.api.backup_names import check_repositories
from core.api.who import me
from core.backup.alone import RIGHT_TO_BACK_UP, Held
from core.backup.changing import changing
from core.backup.copy_keys import wraps_written_at
from core.backup.keys.records import ring_of
from core.backup.keys.rewrap import nothing_to_rotate_to, rotate
from core.backup.keys.ring import KeyRing
from core.backup.repository.open import repository_named
from core.backup.repository.protocol import Repository
from core.backup.sign_of_life import being_written
from core.backup.verify.problems import reason_of
from core.config.settings import Settings
from core.errors import PgvigilError, StoreError
from core.model.keys import RotationReport
from core.store.store import Store


def rotated(
    settings: Settings, store: Store, repositories: Sequence[str]
) -> Generator[tuple[str, RotationReport], None, None]:
    """Rotate in these repositories (none named: in all); each one's report as it grows.

    Raises: as :meth:`core.api.keys.Keys.rotate`.
    """
    check_repositories(repositories, settings)
    ring = ring_of(settings, store.backup_keys.all())
    if ring.primary is None:
        raise nothing_to_rotate_to()
    rotation = _Rotation(settings, store, ring, ring.primary.key_id)
    for name in repositories or tuple(settings.repositories):
        report = RotationReport(rotation.key_id)
        try:
            with closing(repository_named(name, settings.repositories)) as place:
                for report in rotation.of(place):
                    yield name, report
        except StoreError:
            raise
        except PgvigilError as error:
            yield name, replace(report, hindrance=reason_of(error))


@dataclass(frozen=True, slots=True)
class _Rotation:
    settings: Settings
    store: Store
    ring: KeyRing
    key_id: str

    def of(self, place: Repository) -> Iterator[RotationReport]:
        """One repository; what was done there is noted, however it ends."""
        running = self._running(place)
        report, under_it = RotationReport(self.key_id), set[str]()
        written: dict[str, datetime] = {}
        with self._changing(place.name) as held:
            try:
                for report in rotate(place, self.ring):
                    under_it.add(report.latest)
                    yield report
                    held.check()
                written = wraps_written_at(place)
            finally:
                # Where that is not known, the next look into the repository reads them once more.
                keys = dict.fromkeys(sorted(under_it - {""}), self.key_id)
                self.store.catalog.copy_keys.note(place.name, keys, written)
                self._note(place.name, report)
        running |= self._running(place)
        yield replace(report, running=tuple(sorted(running)))

    def _running(self, place: Repository) -> frozenset[str]:
        """The backups under way: each is sealed with the key of the config that it began with.

        Hosts with stores of their own are known by what they write.
        """
        known_here = self.store.leases.held_below(RIGHT_TO_BACK_UP)
        return being_written(place, datetime.now(UTC)).union(known_here)

    def _changing(self, repository: str) -> AbstractContextManager[Held]:
        now, seconds = datetime.now(UTC), self.settings.backup.lease_seconds
        return changing(self.store.leases, repository, who=me(), now=now, seconds=seconds)

    def _note(self, repository: str, report: RotationReport) -> None:
        details = {
            "key_id": report.key_id,
            "rewrapped": str(report.rewrapped),
            "already": str(report.already),
            "problems": str(len(report.problems)),
        }
        self.store.audit.append(me(), "rotate key", f"repository {repository}", details)
