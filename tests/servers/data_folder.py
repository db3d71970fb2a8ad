"""Data folders as initdb makes them, copied: a tenth of the time, each with its own identity.

The superuser's password is kept as SCRAM keeps it, but hashed once, where PostgreSQL hashes it
4,096 times: half of what it costs to connect, thousands of times.

Of two copies pgvigil would think that they are one server, for they would have the same system
identifier. It stands in two places: first in pg_control, which a checksum guards
(``ControlFileData``), and in the header of each file of the write-ahead log
(``XLogLongPageHeaderData``).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64encode
from functools import lru_cache
from pathlib import Path

from core.postgres.embedded import EmbeddedServer, Programs, ServerAccount

_LONG_PASSWORDS = 14
"""Since this version initdb takes a password of more than 100 bytes, and so one that is hashed."""
_IDENTIFIER_BYTES = 8
_CHECKSUM_BYTES = 4
_LOG_OFFSET = 24
"""Of the identifier in a file of the write-ahead log: behind ``XLogPageHeaderData``."""
_SHORTEST, _LONGEST = 200, 512
"""Bytes before the checksum in pg_control: another number in each version; a sector at most."""


class CopiedServer(EmbeddedServer):
    """A server whose data folder is a copy, with a system identifier of its own."""

    def initialize(self) -> None:
        template = _template(self.folder.parent, self.programs, self.account)
        copied = self.account.run(
            ["cp", "-a", template.data, self.data], environment={}, folder=self.folder
        )
        assert copied.returncode == 0, copied.stdout
        _identify(self.data, secrets.randbits(63))
        self.password = template.password
        self._prepare()


class _Template(EmbeddedServer):
    """A data folder as initdb makes it."""

    def _prepare(self) -> None:
        """Each copy has settings of its own."""


@lru_cache
def _template(folder: Path, programs: Programs, account: ServerAccount) -> EmbeddedServer:
    home = folder / f"template-{secrets.token_hex(3)}"
    home.mkdir(mode=0o700)
    account.own(home)
    made = _Template(programs, home, account=account)
    password = made.password
    if programs.major >= _LONG_PASSWORDS:
        made.password = _hashed_once(password)
    made.initialize()
    made.password = password
    return made


def _hashed_once(password: str) -> str:
    """What PostgreSQL keeps of a password (``pg_authid.rolpassword``; RFC 5803)."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1)
    client, server = (hmac.digest(salted, key, "sha256") for key in (b"Client Key", b"Server Key"))
    stored = hashlib.sha256(client).digest()
    told = [b64encode(each).decode() for each in (salt, stored, server)]
    return f"SCRAM-SHA-256$1:{told[0]}${told[1]}:{told[2]}"


def _identify(data: Path, identifier: int) -> None:
    """Give a data folder that no server has run in another system identifier."""
    told = identifier.to_bytes(_IDENTIFIER_BYTES, "little")
    control = data / "global" / "pg_control"
    content = control.read_bytes()
    end = _checksum_offset(content)
    changed = told + content[_IDENTIFIER_BYTES:end]
    checksum = _checksums(changed)[-1]
    control.write_bytes(changed + checksum + content[end + _CHECKSUM_BYTES :])
    for log in (data / "pg_wal").glob("0*"):
        with log.open("r+b") as file:
            file.seek(_LOG_OFFSET)
            file.write(told)


def _checksum_offset(control: bytes) -> int:
    """Where the checksum of all before it stands."""
    checksums = _checksums(control[:_LONGEST])
    return next(
        at
        for at in range(_SHORTEST, _LONGEST, _CHECKSUM_BYTES)
        if control[at : at + _CHECKSUM_BYTES] == checksums[at]
    )


def _checksums(content: bytes) -> list[bytes]:
    """CRC-32C (Castagnoli) of the first 0, 1, 2 … bytes, as PostgreSQL writes it."""
    remainder, found = 0xFFFFFFFF, []
    for byte in (None, *content):
        if byte is not None:
            remainder ^= byte
            for _ in range(8):
                remainder = remainder >> 1 ^ 0x82F63B78 * (remainder & 1)
        found.append((remainder ^ 0xFFFFFFFF).to_bytes(_CHECKSUM_BYTES, "little"))
    return found
