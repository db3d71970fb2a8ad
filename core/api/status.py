"""One look at one server, for a shell or a monitoring plugin."""

from __future__ import annotations

from core.api.launch import Launch
from core.model.snapshot import Frame


def status(launch: Launch, server_id: str, timeout_seconds: float) -> Frame:
    """The newest frame of a server, waiting up to ``timeout_seconds`` for a fresh assessment.

    Starts a watcher where none runs. Where nothing fresh came in time, the frame's assessment is
    unknown and says why.

    Raises:
        PgvigilError: the store or the watcher can't be used.
    """
    raise NotImplementedError
