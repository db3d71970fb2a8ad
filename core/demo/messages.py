"""What the console, the supervisor and the workload say to each other: one JSON line each.

They go through pipes, so that no password is ever in an argument, in the environment, or stored.
"""

from __future__ import annotations

import msgspec

from core.demo.backups import Backups
from core.demo.scenario import Scenario, Timings


class Order(msgspec.Struct, frozen=True):
    """The console to the supervisor: what to show and for how long (``None``: until it is ended).

    ``console`` is the pid that is never ended together with the demonstration.
    """

    scenario: Scenario
    minutes: float | None
    timings: Timings
    console: int


class Said(msgspec.Struct, frozen=True, tag=True):
    """The supervisor to the console: something for the person to read."""

    text: str


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The supervisor to the console: the server is there, with its schema and its workload."""

    host: str
    port: int
    database: str
    user: str
    password: str
    superuser: str
    superuser_password: str
    state_folder: str
    password_file: str
    superuser_password_file: str
    backups: Backups


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The supervisor to the console: it could not be set up."""

    what: str
    why: str
    remedy: str


class Closing(msgspec.Struct, frozen=True, tag=True):
    """The supervisor to the console: it is over; it is cleared away once the console has left."""

    reason: str


class Ended(msgspec.Struct, frozen=True, tag=True):
    """The supervisor to the console: everything is cleared away."""

    reason: str


Event = Said | Ready | Failed | Closing | Ended


class Brief(msgspec.Struct, frozen=True):
    """The supervisor to a workload process: the server, the roles' passwords, what to play."""

    host: str
    port: int
    database: str
    passwords: dict[str, str]
    parts: tuple[str, ...]
    timings: Timings
