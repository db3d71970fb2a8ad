"""``pgvigil serve``: the watcher that stays."""

from __future__ import annotations

from core.api.launch import Launch


def serve(launch: Launch) -> int:
    """Watch the servers of ``launch`` in this process until SIGTERM or SIGINT; gives the exit code.

    Tells systemd when it is ready, alive and stopping (``sd_notify``), writes JSON log lines to
    standard error, and gives its leases back at the end so that another takes over at once.

    Raises:
        PgvigilError: the store can't be used.
    """
    raise NotImplementedError
