"""Reads one object of a bucket; a connection that breaks is made again where it broke.

How long that is tried is limited for the object as a whole: one that breaks in the same place for
ever is found out in that time, however many connections to it succeed meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

from core.backup.repository.problems import ObjectChangedError
from core.backup.repository.protocol import ObjectReader
from core.backup.repository.s3.client import S3Client
from core.backup.repository.throttle import Throttle
from core.errors import RepositoryError

T = TypeVar("T")

_BLOCK = 256 * 1024
_PROGRESS_BYTES = 8 << 20
"""What has to come since a failure for the next one to be another matter."""


class S3Reader(ObjectReader):
    """An ``ObjectReader``; what it gives is of one version of the object, or it raises."""

    def __init__(
        self, client: S3Client, throttle: Throttle, path: str, start: int, patience_seconds: float
    ) -> None:
        self._client = client
        self._throttle = throttle
        self._path = path
        self._what = f"{path} could not be read from {client.where}"
        self._at = start
        self._end = -1
        self._etag = ""
        self._stream: Any = None
        self._ahead = memoryview(b"")
        self._is_closed = False
        self._patience = self._left = patience_seconds
        self._failed_at = start
        self._call(self._open)

    def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes, or all the rest."""
        if self._is_closed:
            raise RepositoryError(self._what, why="the reader is closed")
        left = len(self._ahead) + max(0, self._end - self._at)
        missing = left if size < 0 else min(size, left)
        blocks = []
        while missing:
            if not self._ahead:
                self._ahead = memoryview(self._call(self._block))
                self._throttle.take(len(self._ahead))
            block, self._ahead = self._ahead[:missing], self._ahead[missing:]
            blocks.append(block)
            missing -= len(block)
        return b"".join(blocks)

    def close(self) -> None:
        """Let go of the connection."""
        self._is_closed = True
        self._drop()

    def _call(self, request: Callable[[Any], T]) -> T:
        """What ``request`` gets; what it takes from its first failure on is time for trying."""
        failed_at: float | None = None

        def attempt(boto: Any) -> T:
            nonlocal failed_at
            try:
                return request(boto)
            except Exception:
                failed_at = failed_at or monotonic()
                raise

        if self._at - self._failed_at >= _PROGRESS_BYTES:
            self._left = self._patience
        try:
            return self._client.call(self._what, attempt, seconds=self._left)
        finally:
            if failed_at is not None:
                self._left = max(0.0, self._left - (monotonic() - failed_at))
                self._failed_at = self._at

    def _block(self, boto: Any) -> bytes:
        """The next bytes, more than are wanted at once: what is sealed is read in small pieces."""
        if self._stream is None:
            self._open(boto)
        try:
            block = bytes(self._stream.read(min(_BLOCK, self._end - self._at)))
        except BaseException:
            self._drop()
            raise
        if not block:
            self._drop()
            raise ConnectionResetError("the answer ended early")
        self._at += len(block)
        return block

    def _open(self, boto: Any) -> None:
        """Ask for the object from where we are; on coming back it has to be the same one."""
        target = {"Bucket": self._client.settings.bucket, "Key": self._client.key_of(self._path)}
        if self._end >= 0:
            answer = boto.get_object(**target, Range=f"bytes={self._at}-{self._end - 1}")
        elif self._at == 0:
            answer = boto.get_object(**target)
        else:
            answer = self._from_start(boto, target)
            if answer is None:
                return
        etag = str(answer.get("ETag", "")).strip('"')
        if self._end < 0:
            self._etag = etag
            self._end = self._at + int(answer["ContentLength"])
        elif etag != self._etag:
            answer["Body"].close()
            raise ObjectChangedError(
                self._what,
                why="it was replaced while it was being read",
                remedy="read it again",
            )
        self._stream = answer["Body"]

    def _from_start(self, boto: Any, target: dict[str, str]) -> Any:
        """The answer from byte ``start`` on; ``None`` where the object has no more than that."""
        size = int(boto.head_object(**target)["ContentLength"])
        if self._at >= size:
            self._end = self._at
            return None
        return boto.get_object(**target, Range=f"bytes={self._at}-")

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
