"""The process that owns a demonstration: it makes it, watches over it, and clears it all away.

It has a session of its own, so that neither a closed terminal nor Ctrl-C reaches it, and holds one
end of a pipe whose other end only the console has: however the console dies, the pipe ends, and
with it the demonstration. What is left when the supervisor itself is killed, the next one clears.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psycopg

from core.demo.cast import processes
from core.demo.clients import Clients
from core.demo.ending import Ending
from core.demo.messages import Brief, Closing, Ended, Event, Failed, Order, Ready, Said
from core.demo.object_store import ObjectStore
from core.demo.preparing import let_begin, prepare
from core.demo.schema import DATABASE, MONITOR
from core.demo.stage_server import SUPERUSER, StageServer
from core.errors import PgvigilError
from core.postgres.embedded import ClaimedFolder, ServerAccount, server_account, sweep
from core.postgres.embedded.address import HOST

PREFIX = "pgvigil-demo-"
Tell = Callable[[Event], None]


def supervise(order: Order, console: IO[bytes], tell: Tell) -> None:
    """Show what ``order`` says until ``console`` ends, a signal comes, or the time is up."""
    ending = Ending(console)
    try:
        for folder in sweep(PREFIX):
            tell(Said(f"Cleared away what an earlier demo had left in {folder}"))
        with ExitStack() as stack:
            _Show(order, ending, tell, stack).run()
    except PgvigilError as error:
        tell(Failed(error.what, error.why, error.remedy))
    except (OSError, psycopg.Error) as error:
        tell(Failed("The demo could not be set up", str(error).strip(), "look for disk space"))
    else:
        tell(Ended(ending.reason))


class _Show:
    """One demonstration; whatever it puts up it first leaves with ``stack`` to be cleared away."""

    def __init__(self, order: Order, ending: Ending, tell: Tell, stack: ExitStack) -> None:
        self._order = order
        self._ending = ending
        self._tell = tell
        self._stack = stack

    def run(self) -> None:
        account = server_account()
        claimed = ClaimedFolder(PREFIX, account)
        self._stack.callback(claimed.remove, spare=(self._order.console,))
        server = StageServer(claimed.path, account)
        for line in server.steps(self._stack):
            self._tell(Said(line))
            if self._ending.has_come():
                return
        if server.pid is not None:
            self._ending.watch(server.pid, over=self._miss_server)
        objects = self._start_object_store(claimed.path, account)
        self._start_workload(server, claimed.path)
        self._tell(_ready(server, objects, claimed.path))
        if self._order.minutes is not None:
            self._ending.after(self._order.minutes * 60)
        self._ending.wait()
        # The console leaves first, so that it never looks at what is just being taken away.
        self._tell(Closing(self._ending.reason))
        self._ending.wait_for_console(self._order.timings.console_leaves_within)

    def _start_workload(self, server: StageServer, folder: Path) -> None:
        scratch = folder / "workload"
        scratch.mkdir(mode=0o700)
        passwords, timings = server.passwords, self._order.timings
        for parts in processes(self._order.scenario):
            brief = Brief(HOST, server.port, DATABASE, passwords, parts, timings)
            clients = Clients(brief, scratch)
            self._stack.callback(clients.end)
            self._ending.listen(clients.output, heard=self._say, over=self._miss)
        self._say(f"The workload runs: scenario {self._order.scenario}")

    def _start_object_store(self, folder: Path, account: ServerAccount) -> ObjectStore:
        objects = ObjectStore(folder, account)
        self._stack.callback(objects.end)
        objects.start()
        self._say(f"An S3 server for its backups listens on {objects.url}")
        # What rclone says is for rclone's author; unread it would stand still one day.
        self._ending.listen(objects.output, heard=lambda _line: None, over=self._miss_objects)
        return objects

    def _say(self, text: str) -> None:
        self._tell(Said(text))

    def _miss_server(self) -> None:
        self._say("PostgreSQL is gone: somebody ended it; leave the demo and start it again")

    def _miss(self) -> None:
        self._say("A part of the workload ended before its time")

    def _miss_objects(self) -> None:
        self._say("The S3 server ended before its time")


def _ready(server: StageServer, objects: ObjectStore, folder: Path) -> Ready:
    state_folder = folder / "state"
    state_folder.mkdir(mode=0o700)
    files = {role: folder / f"{role}.password" for role in (MONITOR, SUPERUSER)}
    for role, file in files.items():
        file.touch(mode=0o600)
        file.write_text(server.passwords[role] + "\n")
    backups = prepare(folder, objects, server.programs.bin, datetime.now(UTC))
    let_begin(backups, state_folder)
    return Ready(
        host=HOST,
        port=server.port,
        database=DATABASE,
        user=MONITOR,
        password=server.passwords[MONITOR],
        password_file=str(files[MONITOR]),
        superuser_password_file=str(files[SUPERUSER]),
        superuser=SUPERUSER,
        superuser_password=server.passwords[SUPERUSER],
        state_folder=str(state_folder),
        backups=backups,
    )
