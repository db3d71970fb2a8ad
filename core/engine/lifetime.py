"""When a watcher that a console started ends by itself."""

from __future__ import annotations

from core.engine.order import Stay


class Lifetime:
    """Counts how long nobody has needed the watcher; times are monotonic seconds.

    A watcher that has just started counts as needed, so that the console that started it has time
    to write its first heartbeat.
    """

    def __init__(self, stay: Stay, *, grace_seconds: float, now: float) -> None:
        self._stay = stay
        self._grace_seconds = grace_seconds
        self._needed_at = now

    def needed(self, now: float) -> None:
        """Note that a console or a job needs the watcher at ``now``."""
        self._needed_at = now

    def is_over(self, now: float) -> bool:
        """Whether the watcher should end."""
        return self._stay is Stay.WITH_CONSOLES and now - self._needed_at >= self._grace_seconds
