"""Who sits in front of this, for histories and the audit log."""

from __future__ import annotations

import os
from getpass import getuser

from core.store.local import host


def me() -> str:
    """The account, and where it came from: the address of an SSH session, else this host."""
    place = os.environ.get("SSH_CLIENT") or host()
    # Behind the address stand ports, behind the host's name its pid namespace.
    return f"{getuser()}@{place.partition(' ')[0]}"
