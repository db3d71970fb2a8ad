"""A watcher that starts imports what it asks servers with, and not what it may never need."""

from __future__ import annotations

import subprocess
import sys

NEEDED = "core.engine.watcher, core.engine.sampler, core.schedule.scheduler, core.store.store"
RARELY_NEEDED = (
    "alembic",
    "apscheduler",
    "core.model.restore",
    "core.schedule.leftovers",
    "psutil",
)


def test_what_a_watcher_rarely_needs_is_not_imported_when_it_starts() -> None:
    program = f"import sys, {NEEDED}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert not [name for name in RARELY_NEEDED if name in done.stdout.split()]
