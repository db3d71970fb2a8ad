"""Uploads to a bucket on a bad day, and what has to be said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from core.backup.repository.protocol import Repository
from core.errors import RepositoryError
from tests.servers.s3 import SECRET_KEY

# Amazon wants 5 MiB and more; this server takes any, and tests are quicker.
PART = 256 * 1024
LARGE = 2 * PART + 1234
OpenBucket = Callable[..., Repository]


def upload(bucket: Repository, data: bytes, path: str = "shop/large") -> None:
    with bucket.writer(path) as writer:
        for start in range(0, len(data), 100_000):
            writer.write(data[start : start + 100_000])
        writer.commit()


@contextmanager
def told(kind: type[RepositoryError], why: str) -> Iterator[None]:
    """The error of this kind that a tired person understands, with no secret in it."""
    with pytest.raises(kind) as found:
        yield
    error = found.value
    assert why in error.why
    assert error.what
    assert error.remedy
    shown = str(error) + repr(error) + str(error.__cause__)
    assert SECRET_KEY not in shown
    assert "secret inside" not in str(error)
