"""What a host verifies, and what was damaged before."""

from __future__ import annotations

from collections.abc import Sequence

from core.backup import layout
from core.backup.progress import JobReporter, SilentReporter
from core.backup.verify.job import verify_backups
from core.backup.verify.outcome import VerifyOutcome
from core.backup.verify.run import Wanted
from core.model.backup import CopyState
from tests.servers.backed_up import BackedUp
from tests.servers.sealed_backups import SERVER, SealedBackup, Sealing

SEALING = Sealing()
DATA = "3001.dat.zst"
COMPLETE, DAMAGED, MISSING = CopyState.COMPLETE, CopyState.DAMAGED, CopyState.MISSING
EVERYTHING = Wanted(everything=True)
DUE = Wanted()


def verify(
    host: BackedUp,
    wanted: Wanted = DUE,
    *copies: str,
    level: str = "",
    lost_keys: Sequence[str] = (),
    reporter: JobReporter | None = None,
) -> VerifyOutcome:
    return verify_backups(
        host.store,
        host.settings,
        SERVER,
        wanted,
        repositories=copies,
        level=level,
        lost_keys=lost_keys,
        who="ana@bastion",
        reporter=reporter or SilentReporter(),
        now=host.now,
    )


def path_of(backup: SealedBackup, name: str = DATA) -> str:
    return layout.artifact_file(SERVER, backup.backup_id, name)


def damage(host: BackedUp, repository: str, backup: SealedBackup) -> None:
    content = bytearray(host.repositories[repository].read(path_of(backup)))
    content[-1] ^= 1
    host.repositories[repository].write(path_of(backup), bytes(content))
