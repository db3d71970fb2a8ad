"""What a watcher is told when it starts: one JSON document on its standard input."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import msgspec

from core.config.settings import Settings
from core.model.configuration import Configuration
from core.model.link import ServerEntry


class Stay(StrEnum):
    """How long a watcher lives."""

    WITH_CONSOLES = "with consoles"
    FOREVER = "forever"


@dataclass(frozen=True, slots=True)
class Order:
    """Which servers to watch, how, and until when.

    ``settings`` may hold a DSN with a password that stood on the command line. It goes through a
    pipe, and is neither stored nor logged.
    """

    servers: tuple[ServerEntry, ...]
    state_folder: str
    stay: Stay
    settings: Settings = field(repr=False)
    configuration: Configuration

    @property
    def folder(self) -> Path:
        """The state folder."""
        return Path(self.state_folder)

    def to_json(self) -> bytes:
        """The document that ``from_json`` reads."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, document: bytes) -> Order:
        """The order that ``to_json`` wrote."""
        return msgspec.json.decode(document, type=cls)
