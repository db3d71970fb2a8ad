"""What a job's process is told when it starts: one JSON document on its standard input."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from core.config.settings import Settings
from core.model.job import JobOrder


@dataclass(frozen=True, slots=True)
class Launch:
    """One job, and the settings by which it is done.

    ``settings`` may hold a DSN with a password that stood on a command line. It goes through a
    pipe, and is neither stored nor logged.
    """

    job_id: str
    order: JobOrder
    state_folder: str
    settings: Settings = field(repr=False)

    @property
    def folder(self) -> Path:
        """The state folder."""
        return Path(self.state_folder)

    def to_json(self) -> bytes:
        """The document that ``from_json`` reads."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, document: bytes) -> Launch:
        """The launch that ``to_json`` wrote.

        Raises:
            ValueError: it is cut short: who started this process died.
        """
        return msgspec.json.decode(document, type=cls)
