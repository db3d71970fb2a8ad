"""``pgvigil serve``: the watcher that stays."""

from __future__ import annotations

from collections.abc import Callable

from core.api.launch import Launch
from core.engine.order import Order, Stay


def serve(read: Callable[[], Launch]) -> int:
    """Watch what ``read`` gives in this process until SIGTERM or SIGINT; gives the exit code.

    On SIGHUP ``read`` is called again, and what it gives is watched from then on; where it raises
    ``PgvigilError``, all stays as it was and the log says why. Tells systemd when it is ready,
    alive, reloading and stopping (``sd_notify``), writes JSON log lines to standard error, and
    gives its leases back at the end so that another takes over at once. A store that can't be used
    ends it with the code of that error, said in the log.

    Raises:
        PgvigilError: what the first ``read`` raises.
    """
    from core.engine.notify import Notifier
    from core.engine.process import run
    from core.log import log_as_json

    def order() -> Order:
        return read().order(Stay.FOREVER)

    first = order()
    log_as_json()
    return run(first, Notifier(), order)
