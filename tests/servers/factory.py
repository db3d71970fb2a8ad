"""Starts servers for tests and takes every one away again."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from core.postgres.embedded import EmbeddedServer, Programs, ServerAccount
from tests.servers.data_folder import CopiedServer

# What makes a throw-away server quick; nothing that a collector could see differently.
QUICK: Mapping[str, str | int] = {
    "fsync": "off",
    "shared_buffers": "16MB",
    "max_wal_size": "128MB",
}


class ServerFactory:
    """Servers below one folder, each in a folder of its own; ``remove_all`` ends them all."""

    def __init__(self, folder: Path, programs: Programs, account: ServerAccount) -> None:
        self._folder = folder
        self._programs = programs
        self._account = account
        self._servers: list[EmbeddedServer] = []

    def __call__(
        self, *, programs: Programs | None = None, settings: Mapping[str, str | int] | None = None
    ) -> EmbeddedServer:
        """A running server: PostgreSQL 18 unless ``programs`` are another installation's."""
        server = self._made(CopiedServer, programs, settings)
        server.start()
        return server

    def standby(self, primary: EmbeddedServer) -> EmbeddedServer:
        """A running hot standby that streams from ``primary``."""
        server = self.prepare(programs=primary.programs)
        server.clone(primary, copier=self._programs)
        server.start()
        return server

    def prepare(
        self, *, programs: Programs | None = None, settings: Mapping[str, str | int] | None = None
    ) -> EmbeddedServer:
        """A server that has not been started and has no data folder yet."""
        return self._made(EmbeddedServer, programs, settings)

    def _made(
        self,
        kind: type[EmbeddedServer],
        programs: Programs | None,
        settings: Mapping[str, str | int] | None,
    ) -> EmbeddedServer:
        folder = self._folder / secrets.token_hex(3)
        folder.mkdir(mode=0o700)
        self._account.own(folder)
        server = kind(
            programs or self._programs,
            folder,
            settings={**QUICK, **(settings or {})},
            account=self._account,
        )
        self._servers.append(server)
        return server

    def remove_all(self) -> None:
        """End and remove every server that was asked for."""
        while self._servers:
            self._servers.pop().remove()
