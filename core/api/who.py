"""Who sits in front of this, for histories and the audit log."""

from __future__ import annotations

import os
from getpass import getuser

from core.store.local import host


def me() -> str:
    """The account, and where it came from: the address of an SSH session, else this host."""
    return f"{getuser()}@{os.environ.get('SSH_CLIENT', '').partition(' ')[0] or host()}"
