"""How long others' leases are waited for, by this process's own clock that is never set.

The store's clock decides when a lease ends. When it is set back, the lease of a holder that is dead
would last for as much longer; so who waits also counts from when it first saw a lease as it is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Sight:
    token: int
    expires_at: int
    over_at: float


class Patience:
    """The leases of others, as they were seen first since they were renewed last."""

    def __init__(self) -> None:
        self._seen: dict[str, _Sight] = {}

    def is_over(
        self, resource: str, token: int, expires_at: int, *, most_seconds: float, now: float
    ) -> bool:
        """Whether the lease has not been renewed for ``most_seconds``, as far as was seen here.

        ``now`` is a monotonic moment in seconds. A holder that lives renews its lease long before.
        """
        seen = self._seen.get(resource)
        if seen is None or (seen.token, seen.expires_at) != (token, expires_at):
            self._seen[resource] = _Sight(token, expires_at, now + most_seconds)
            return False
        return now >= seen.over_at

    def forget(self, resource: str) -> None:
        """Nobody is waited for any more."""
        self._seen.pop(resource, None)
