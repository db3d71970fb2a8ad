"""``pgvigil serve``: the watcher that stays."""

from __future__ import annotations

from core.api.launch import Launch
from core.engine.order import Stay


def serve(launch: Launch) -> int:
    """Watch the servers of ``launch`` in this process until SIGTERM or SIGINT; gives the exit code.

    Tells systemd when it is ready, alive and stopping (``sd_notify``), writes JSON log lines to
    standard error, and gives its leases back at the end so that another takes over at once. A store
    that can't be used ends it with the code of that error, said in the log.
    """
    from core.engine.log import log_as_json
    from core.engine.notify import Notifier
    from core.engine.process import run

    log_as_json()
    return run(launch.order(Stay.FOREVER), Notifier())
