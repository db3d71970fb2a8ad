"""One workload process: plays its brief's parts until its standard input ends."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping

import msgspec

from core.demo.messages import Brief
from core.demo.workload import steady, trouble
from core.demo.workload.stage import Part, Stage

PARTS: Mapping[str, Part] = {
    "storefront": steady.storefront,
    "checkout": steady.checkout,
    "mailer": steady.mailer,
    "search": steady.search,
    "reports": steady.reports,
    "archive": steady.archive,
    "slow_report": trouble.slow_report,
    "lock_queue": trouble.lock_queue,
    "connection_burst": trouble.connection_burst,
    "failed_logins": trouble.failed_logins,
    "superuser_grant": trouble.superuser_grant,
}


async def play(brief: Brief) -> None:
    """Play all parts of ``brief`` until the supervisor, which holds the other end, is gone."""
    supervisor_gone = asyncio.Event()
    # The brief was one line, and nothing follows it: readable means ended.
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), supervisor_gone.set)
    stage = Stage(brief, _say)
    parts = [asyncio.create_task(stage.keep_up(PARTS[name])) for name in brief.parts]
    gone = asyncio.create_task(supervisor_gone.wait())
    try:
        waiting: set[asyncio.Task[object]] = {gone, *parts}
        while not gone.done():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        for task in parts:
            task.cancel()
        await asyncio.gather(*parts, return_exceptions=True)


def _say(text: str) -> None:
    try:
        os.write(sys.stdout.fileno(), f"{text}\n".encode())
    except BrokenPipeError:
        return


if __name__ == "__main__":
    # Unbuffered: a buffered reader would hold what shows that the supervisor is gone.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as orders:
        given = msgspec.json.decode(orders.readline(), type=Brief)
    asyncio.run(play(given))
