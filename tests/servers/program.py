"""A console without a screen, or a service, as a process: ``KIND DSN FOLDER``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from core.api.console import ConsoleSession
from core.api.launch import Launch
from core.api.service import serve
from tests.servers.watching import Site


async def _look(launch: Launch) -> None:
    session = await ConsoleSession.open(launch)
    server_id = launch.servers[0].server_id
    session.look_at(server_id)
    async for _ in session.changes(server_id):
        pass


def main() -> int:
    kind, dsn, folder = sys.argv[1:]
    site = Site(Path(folder))
    if kind == "serve":
        # Without a server's DSN, all that stand in the config.
        return serve(lambda: site.launch(*filter(None, [dsn])))
    asyncio.run(_look(site.launch(dsn)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
