"""Whose a guided drill is, and on which server's backups it is."""

from __future__ import annotations

from collections.abc import Sequence

from core.api.backup_names import unknown_server
from core.errors import RestoreError
from core.model.guided_drill import GuidedDrill


def is_held_by(drill: GuidedDrill, who: str) -> bool:
    """Whether it is in a person's hands, from whatever host: who hands over names the person."""
    return _person(drill.holder) == _person(who)


def _person(who: str) -> str:
    return who.partition("@")[0].partition(" ")[0].casefold()


def server_meant(name: str, known: Sequence[str]) -> str:
    """The server that is meant; the only one where none is named.

    Raises:
        UnknownNameError: the config has no such server.
        RestoreError: it could be more than one.
    """
    if name in known:
        return name
    if name or not known:
        raise unknown_server(
            name, known, who="the config has", remedy="name a server of the config"
        )
    if len(known) == 1:
        return known[0]
    raise RestoreError(
        "It is not clear on which server's backups the drill shall be",
        why=f"the config has {', '.join(known)}",
        remedy="name it: --server NAME",
    )
