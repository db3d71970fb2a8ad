"""Who sits in front of this, for histories, the audit log, and where two persons must agree."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from core.store.local import account, account_name, host

_LOGIN_UID = Path("/proc/self/loginuid")
_NOBODY_LOGGED_IN = 2**32 - 1


def me() -> str:
    """The person, the account where that is another one, and where it came from.

    That is the address of an SSH session, else this host: ``anna as postgres@192.0.2.7``.
    """
    own, login = account(), person()
    who = own if login == own else f"{login} as {own}"
    place = os.environ.get("SSH_CLIENT") or (_of_a_parent() if login != own else "") or host()
    # Behind the address stand ports, behind the host's name its pid namespace.
    return f"{who}@{place.partition(' ')[0]}"


def person() -> str:
    """The account that a person logged in with, also behind sudo and su.

    Linux keeps it for each process, where logins are by PAM, and no process can change that; else
    sudo says it, else it is the process's own.
    """
    return _person(_login_uid(), os.environ, account())


def _person(login_uid: int | None, environment: Mapping[str, str], account: str) -> str:
    if login_uid is not None:
        return account_name(login_uid)
    return environment.get("SUDO_USER") or account


def _login_uid() -> int | None:
    with suppress(OSError, ValueError):
        found = int(_LOGIN_UID.read_text())
        return None if found == _NOBODY_LOGGED_IN else found
    return None


def _of_a_parent() -> str:
    """SSH_CLIENT of the nearest process above that tells it: sudo does not hand it on."""
    import psutil

    with suppress(psutil.Error, OSError):
        for parent in psutil.Process().parents():
            with suppress(psutil.Error, OSError):
                if told := parent.environ().get("SSH_CLIENT"):
                    return told
    return ""
