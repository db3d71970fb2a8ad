"""Telling a supervisor how the service stands: systemd's ``sd_notify(3)`` protocol.

One datagram of ``NAME=value`` lines to the socket named in ``NOTIFY_SOCKET``; where that is not
set, nothing is sent. A name that begins with ``@`` is in Linux' abstract namespace.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Mapping


class Notifier:
    """Sends READY, WATCHDOG, RELOADING and STOPPING."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        variables = os.environ if environment is None else environment
        address = variables.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def ready(self, status: str) -> None:
        """Say that the start is over, and in words what is being done."""
        self._send(f"READY=1\nSTATUS={status}\nMAINPID={os.getpid()}")

    def alive(self) -> None:
        """Say that the main loop still turns: WatchdogSec must be longer than a lease's renewal."""
        self._send("WATCHDOG=1")

    def reloading(self) -> None:
        """Say that the config is read again; ``ready`` says that this is over."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send(f"RELOADING=1\nMONOTONIC_USEC={microseconds}")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        # A supervisor that does not listen is no reason to stop watching.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender,
        ):
            sender.sendto(message.encode(), self._address)
