"""How stored backups are looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from core.config.settings_types import Days, Seconds, Share, about


@dataclass(frozen=True, slots=True)
class VerifySettings:
    """How stored backups are verified again: oldest verification first, each copy by itself.

    Every backup is verified right after it was taken, too. A copy that is missing or damaged is
    written again from one that is good.
    """

    level: Annotated[
        Literal["sealed", "structure"],
        about("sealed: every byte is authenticated; structure: all parts fit together, too."),
    ] = "structure"
    share: Annotated[
        Share, about("Share of a repository's bytes that a run reads; at least one copy is read.")
    ] = 0.05
    bytes: Annotated[
        int, Meta(ge=0), about("Bytes of each repository that a run reads, at most; 0: no limit.")
    ] = 0
    again_days: Annotated[
        Days, about("A copy that was verified in the last so many days is not read again.")
    ] = 7
    list_seconds: Annotated[Seconds, about("pg_restore --list is ended when it takes longer.")] = (
        120
    )
