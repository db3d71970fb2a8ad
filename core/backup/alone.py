"""One at a time: a right in the store that is held, and renewed, for as long as work lasts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from core.errors import BackupError, LeaseLostError, StoreError
from core.store.leases import Leases

RIGHT_TO_BACK_UP = "backup:"
"""Before a server and a database, ``shop/orders``: the right to take that one's backup."""

_RENEWALS = 3


class Held:
    """A right that is held; its holder asks now and then whether it still is."""

    def __init__(self) -> None:
        self._lost: LeaseLostError | None = None

    def check(self) -> None:
        """Nothing, while it is held.

        Raises:
            BackupError: another process has taken it over.
        """
        if self._lost is not None:
            raise BackupError(
                "The work was given up: another process has taken it over",
                why=self._lost.why,
                remedy="nothing was stored; look why this host was silent (suspended, store not"
                " reachable)",
            )

    def lose(self, error: LeaseLostError) -> None:
        """Note that it is lost."""
        self._lost = error


@contextmanager
def alone(
    leases: Leases,
    resource: str,
    *,
    who: str,
    since: datetime,
    seconds: float,
    refused: Callable[[str], BackupError],
) -> Iterator[Held]:
    """Hold ``resource`` and renew it; it is free again in the end, or ``seconds`` after a death.

    ``refused`` makes the error out of who holds it and since when.

    Raises:
        BackupError: somebody else holds it.
        StoreError: the store can't be used.
    """
    holder = f"{who} since {since:%Y-%m-%d %H:%M:%S} UTC"
    lease = leases.acquire(resource, holder, seconds)
    if lease is None:
        there = leases.holder(resource)
        raise refused(there.holder if there else "another process")
    held, over = Held(), threading.Event()

    def renew() -> None:
        while not over.wait(seconds / _RENEWALS):
            try:
                leases.renew(lease, seconds)
            except LeaseLostError as error:
                held.lose(error)
                return
            except StoreError:
                continue  # it lasts for a while without the store

    renewing = threading.Thread(target=renew, name="renew", daemon=True)
    renewing.start()
    try:
        yield held
    finally:
        over.set()
        renewing.join()
        with suppress(StoreError):
            leases.release(lease)
