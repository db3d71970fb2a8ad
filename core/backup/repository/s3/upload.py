"""Writes one object of a bucket: in one request while it is small, else part by part.

One part is filled while others are sent. Nothing is seen before the last request, which makes the
object out of its parts; then the server is asked whether it has all of it. Of an object that was
sent in one request it is not: whoever writes reads it back, or asks ``check_size``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from core.backup.repository.problems import (
    ObjectChangedError,
    ObjectMissingError,
    RepositoryFullError,
)
from core.backup.repository.protocol import ObjectWriter
from core.backup.repository.s3.body import Part
from core.backup.repository.s3.client import S3Client
from core.backup.repository.s3.failure import code_of
from core.backup.repository.s3.header_times import server_time
from core.backup.repository.s3.parts import MOST_PARTS, most_bytes, part_bytes
from core.backup.repository.throttle import Throttle
from core.errors import RepositoryError

_SentPart = dict[str, Any]


class S3Writer(ObjectWriter):
    """An ``ObjectWriter``; it holds at most one part more than are in flight."""

    def __init__(self, client: S3Client, executor: Executor, throttle: Throttle, path: str) -> None:
        self._client = client
        self._executor = executor
        self._throttle = throttle
        self._path = path
        self._target = {"Bucket": client.settings.bucket, "Key": client.key_of(path)}
        self._what = f"{path} could not be written to {client.where}"
        self._stop = threading.Event()
        self._first = max(client.settings.part_bytes, client.traits.part_bytes_least)
        self._number = 1
        self._parts: list[Part] = []
        self._part = self._new_part()
        self._size = 0
        self._upload_id = ""
        self._begun_at = datetime.now(UTC)
        self._flying: set[Future[_SentPart]] = set()
        self._sent: list[_SentPart] = []
        self._is_over = False

    @property
    def sent_bytes(self) -> int:
        """How many bytes of its parts have gone into requests."""
        return sum(part.sent for part in self._parts)

    def write(self, data: bytes | memoryview) -> None:
        """Take more bytes; a part that is full is sent while the next one fills."""
        self._check_open()
        view = memoryview(data).cast("B")
        try:
            while view:
                if not self._part.missing:
                    self._send()
                block = view[: self._part.missing]
                self._part.add(block)
                self._size += len(block)
                view = view[len(block) :]
        except OSError as error:
            self.abort()
            raise self._no_spool(error) from error
        except BaseException:
            self.abort()
            raise

    def commit(self) -> None:
        """Send the rest, make the object, and see whether all of it is there."""
        self._check_open()
        try:
            if self._upload_id:
                self._send()
                self._land(until=0)
                self._complete()
            else:
                self._put()
            self._is_over = True
            self._part.release()
            if self._upload_id:
                self.check_size()
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """Have the server forget the parts; where it can't be told, ``clean_stale`` does it."""
        if self._is_over:
            return
        self._is_over = True
        self._stop.set()
        for future in self._flying:
            future.cancel()
        wait(self._flying)
        self._flying.clear()
        self._part.release()
        if self._upload_id:
            with suppress(RepositoryError):
                self._client.once(
                    self._what,
                    lambda boto: boto.abort_multipart_upload(
                        **self._target, UploadId=self._upload_id
                    ),
                )

    def _new_part(self) -> Part:
        settings = self._client.settings
        traits = self._client.traits
        capacity = part_bytes(self._number, self._first, equal=traits.equal_parts)
        part = Part(capacity, settings.part_memory_bytes, settings.spool_folder, traits.checksum)
        self._parts.append(part)
        return part

    def _send(self) -> None:
        """Send the part that is full, once there is room in flight, and begin the next."""
        if not self._upload_id:
            self._upload_id = self._begin()
        if self._number > MOST_PARTS:
            raise self._too_long()
        self._land(until=self._client.settings.parts_in_flight - 1)
        self._flying.add(self._executor.submit(self._sender(self._number, self._part)))
        self._number += 1
        self._part = self._new_part()

    def _begin(self) -> str:
        answer = self._call(
            lambda boto: boto.create_multipart_upload(
                **self._target, **self._algorithm(), **self._client.attributes()
            )
        )
        self._begun_at = server_time(answer["ResponseMetadata"]["HTTPHeaders"])
        return str(answer["UploadId"])

    def _algorithm(self) -> dict[str, str]:
        kind = self._client.traits.checksum
        return {} if kind == "md5" else {"ChecksumAlgorithm": kind.upper()}

    def _sender(self, number: int, part: Part) -> Callable[[], _SentPart]:
        checksum = part.checksum()

        def send() -> _SentPart:
            try:
                answer = self._call(
                    lambda boto: boto.upload_part(
                        **self._target,
                        UploadId=self._upload_id,
                        PartNumber=number,
                        ContentLength=part.size,
                        Body=part.body(self._throttle),
                        **checksum,
                    )
                )
            finally:
                part.release()
            proofs = {name: value for name, value in checksum.items() if name != "ContentMD5"}
            return {"PartNumber": number, "ETag": answer["ETag"], **proofs}

        return send

    def _land(self, *, until: int) -> None:
        """Wait until no more than so many parts are in flight; raise what one of them raised."""
        while len(self._flying) > until:
            done, self._flying = wait(self._flying, return_when=FIRST_COMPLETED)
            for future in done:
                self._sent.append(future.result())

    def _complete(self) -> None:
        parts = sorted(self._sent, key=lambda part: int(part["PartNumber"]))
        try:
            self._call(
                lambda boto: boto.complete_multipart_upload(
                    **self._target, UploadId=self._upload_id, MultipartUpload={"Parts": parts}
                )
            )
        except ObjectChangedError as error:
            # An answer that got lost is asked for again when the upload is no more: the object is
            # then there.
            cause = error.__cause__
            is_over = isinstance(cause, Exception) and code_of(cause) == "NoSuchUpload"
            if not is_over or not self._is_there():
                raise

    def _put(self) -> None:
        self._call(
            lambda boto: boto.put_object(
                **self._target,
                ContentLength=self._part.size,
                Body=self._part.body(self._throttle),
                **self._part.checksum(),
                **self._client.attributes(),
            )
        )

    def _is_there(self) -> bool:
        """Whether this very upload has become an object: one of its size, no older than it."""
        try:
            found = self._found()
        except ObjectMissingError:
            return False
        is_new = found["LastModified"] >= self._begun_at
        return is_new and int(found["ContentLength"]) == self._size

    def _found(self) -> dict[str, Any]:
        found: dict[str, Any] = self._call(lambda boto: boto.head_object(**self._target))
        return found

    def check_size(self) -> None:
        """See that the server has all of the object.

        Raises:
            ObjectChangedError: it has not; what it has is taken away.
        """
        try:
            there = int(self._found()["ContentLength"])
        except ObjectMissingError as error:
            raise ObjectChangedError(
                self._what,
                why="the server said that it has it, and now it is not there",
                remedy="run it again; if it happens often, the server can't be trusted",
            ) from error
        if there != self._size:
            with suppress(RepositoryError):
                self._client.once(self._what, lambda boto: boto.delete_object(**self._target))
            raise ObjectChangedError(
                self._what,
                why=f"the server has {there} bytes of {self._size}: it lost some of what it took",
                remedy="run it again; if it happens often, the server can't be trusted",
            )

    def _call(self, request: Callable[[Any], Any]) -> Any:
        return self._client.call(self._what, request, stop=self._stop)

    def _check_open(self) -> None:
        if self._is_over:
            raise RepositoryError(self._what, why="the writer has ended already")

    def _too_long(self) -> RepositoryError:
        most = most_bytes(self._first, equal=self._client.traits.equal_parts)
        return RepositoryFullError(
            self._what,
            why=f"an upload has at most {MOST_PARTS} parts, here {most} bytes together",
            remedy=f"set part_bytes of the repository {self._client.name} to a larger value",
        )

    def _no_spool(self, error: OSError) -> RepositoryError:
        return RepositoryFullError(
            self._what,
            why=f"a part can't wait on the disk: {error.strerror or type(error).__name__}",
            remedy="free room in /var/tmp, or set spool_folder to a folder with more",
        )
