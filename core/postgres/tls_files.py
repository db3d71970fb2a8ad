"""Files of a client certificate that are named and not there: libpq goes on without a word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.postgres.target import Target

_KEYS = ("sslcert", "sslkey")


def missing_tls_files(target: Target) -> Iterator[tuple[str, str]]:
    """Each key that names a file which is not there, with its path as libpq takes it.

    Where a certificate is not there libpq offers none, and a server may ask for a password instead.
    """
    for key in _KEYS:
        path = target.parameters.get(key, "")
        if path and not path.startswith("pkcs11:") and not Path(path).exists():
            yield key, path
