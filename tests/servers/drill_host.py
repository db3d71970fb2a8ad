"""A host whose drills and scratch servers have a place of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.postgres.embedded import residents
from tests.servers.backing_up import BackupSite
from tests.servers.backup_host import Host
from tests.servers.commands import BackupCommands
from tests.servers.scratch_place import scratch_place


class DrillHost(Host):
    """A host that starts scratch servers in ``place``."""

    def __init__(self, site: BackupSite, place: Path) -> None:
        super().__init__(site)
        self.place = place
        self.configure()

    @property
    def drills(self) -> BackupCommands:
        """``pgvigil drill`` on this host."""
        return BackupCommands(self.config, self.state, "drill")

    def configure(self, more: str = "") -> None:
        """The config, with ``more`` in its table of drills."""
        self.write_config()
        with self.config.open("a") as config:
            config.write(f'[drill]\nfolder = "{self.place}"\n{more}\n')

    def nothing_is_left(self) -> bool:
        """Whether there is no scratch server, no folder of one, and nothing unpacked."""
        is_empty = not list(self.place.iterdir()) and not list(residents(self.place))
        return is_empty and self.site.leftovers() == set()


@contextmanager
def drill_host(site: BackupSite) -> Iterator[DrillHost]:
    """``site`` as such a host, with one backup."""
    with scratch_place() as place:
        site.take()
        yield DrillHost(site, place)
