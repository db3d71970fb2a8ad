"""A bucket as a repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from core.backup.progress import SILENT, JobReporter
from core.backup.repository.paths import checked
from core.backup.repository.problems import ObjectMissingError
from core.backup.repository.protocol import Deletion, ObjectInfo, Repository, RepositoryReport
from core.backup.repository.s3.cases import UNKNOWN_REQUEST_CODES
from core.backup.repository.s3.client import S3Client
from core.backup.repository.s3.deletion import delete_objects, hide_objects
from core.backup.repository.s3.download import S3Reader
from core.backup.repository.s3.failure import code_of
from core.backup.repository.s3.header_times import server_time
from core.backup.repository.s3.probe import probe_bucket
from core.backup.repository.s3.silence import not_s3
from core.backup.repository.s3.upload import S3Writer
from core.backup.repository.throttle import Throttle
from core.config.repository_settings import RepositorySettings
from core.errors import RepositoryError

_SENDERS = 16


class S3Repository(Repository):
    """A ``Repository`` below a prefix of a bucket; the bucket has to be there."""

    def __init__(
        self, name: str, settings: RepositorySettings, reporter: JobReporter = SILENT
    ) -> None:
        self._name = name
        self._settings = settings
        self._client = S3Client(name, settings, reporter)
        self._throttle = Throttle(settings.bandwidth_bytes_per_second)
        self._senders = ThreadPoolExecutor(_SENDERS, thread_name_prefix=f"upload-{name}")

    @property
    def name(self) -> str:
        """Its name in the config."""
        return self._name

    @property
    def settings(self) -> RepositorySettings:
        """How it was opened."""
        return self._settings

    @property
    def is_given_up(self) -> bool:
        """Whether it did not answer for as long as it is tried, and nothing succeeded since."""
        return self._client.is_given_up

    def writer(self, path: str) -> S3Writer:
        """A writer of a new object."""
        checked(path)
        return S3Writer(self._client, self._senders, self._throttle, path)

    def reader(
        self, path: str, start: int = 0, *, patience_seconds: float | None = None
    ) -> S3Reader:
        """A reader from byte ``start``."""
        checked(path)
        patience = self._settings.retry_seconds if patience_seconds is None else patience_seconds
        return S3Reader(self._client, self._throttle, path, start, patience)

    def write(self, path: str, data: bytes) -> None:
        """A small object whole, which is there with all its bytes."""
        with self.writer(path) as writer:
            writer.write(data)
            writer.commit()
            writer.check_size()

    def exists(self, path: str) -> bool:
        """Whether there is such an object."""
        try:
            self.size(path)
        except ObjectMissingError:
            self._client.call(
                f"{self._client.where} could not be looked at",
                lambda boto: boto.head_bucket(Bucket=self._settings.bucket),
            )
            return False
        return True

    def size(self, path: str) -> int:
        """An object's bytes."""
        checked(path)
        answer = self._client.call(
            f"{path} could not be looked at in {self._client.where}",
            lambda boto: boto.head_object(
                Bucket=self._settings.bucket, Key=self._client.key_of(path)
            ),
        )
        if "ETag" not in answer:
            raise not_s3(f"{path} could not be looked at", self._client.endpoint)
        return int(answer["ContentLength"])

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object whose path begins with ``prefix``, by path."""
        for page in self._pages(prefix, {}):
            for found in page.get("Contents", ()):
                path = self._client.path_of(str(found["Key"]))
                if not path.startswith(".pgvigil-") and not path.endswith("/"):
                    yield ObjectInfo(
                        path, int(found["Size"]), found["LastModified"].astimezone(UTC)
                    )

    def folders(self, prefix: str = "") -> Iterator[str]:
        """The names right below a folder that are folders."""
        if prefix:
            checked(prefix.removesuffix("/"))
        for page in self._pages(prefix, {"Delimiter": "/"}):
            for found in page.get("CommonPrefixes", ()):
                path = self._client.path_of(str(found["Prefix"]))
                yield path.removeprefix(prefix).removesuffix("/")

    def delete(self, paths: Sequence[str]) -> Deletion:
        """Delete objects."""
        for path in paths:
            checked(path)
        return delete_objects(self._client, paths)

    def hide(self, paths: Sequence[str]) -> Deletion:
        """Delete objects; where a lock holds versions of one, put a delete marker over them."""
        deleted = self.delete(paths)
        held = [each.path for each in deleted.kept]
        if not held or not self._settings.delete_versions:
            return deleted
        hidden = hide_objects(self._client, held)
        return Deletion(
            (*deleted.removed, *hidden.removed), (*deleted.hidden, *hidden.hidden), hidden.kept
        )

    def settle(self, prefix: str) -> None:
        """An object that is seen is stored."""

    def clean_stale(self, older_than_seconds: float) -> int:
        """Abort uploads to which nobody sent a part for so long, by the server's clock."""
        what = f"{self._client.where} could not be cleared of unfinished uploads"
        cleaned = 0
        marker: dict[str, str] = {}
        while True:
            page = self._unfinished(what, marker)
            if page is None:
                return cleaned
            now = server_time(page["ResponseMetadata"]["HTTPHeaders"])
            oldest = now - timedelta(seconds=older_than_seconds)
            for upload in page.get("Uploads", ()):
                key, upload_id = str(upload["Key"]), str(upload["UploadId"])
                # The moment of a Date header has whole seconds.
                newest = oldest + timedelta(seconds=1)
                if upload["Initiated"].astimezone(UTC) > newest:
                    continue
                last = self._last_part_at(what, key, upload_id)
                if last is None or last <= newest:
                    self._abort(what, key, upload_id)
                    cleaned += 1
            if not page.get("IsTruncated"):
                return cleaned
            marker = {
                "KeyMarker": page["NextKeyMarker"],
                "UploadIdMarker": page["NextUploadIdMarker"],
            }

    def clean_dead(self, folder: str) -> int:
        """Abort every upload of an object below ``folder``."""
        what = f"{folder} in {self._client.where} could not be cleared of unfinished uploads"
        below = self._client.key_of(folder)
        cleaned = 0
        marker: dict[str, str] = {}
        while (page := self._unfinished(what, {**marker, "Prefix": below})) is not None:
            for upload in page.get("Uploads", ()):
                key = str(upload["Key"])
                if key.startswith(below):
                    self._abort(what, key, str(upload["UploadId"]))
                    cleaned += 1
            if not page.get("IsTruncated"):
                break
            marker = {
                "KeyMarker": page["NextKeyMarker"],
                "UploadIdMarker": page["NextUploadIdMarker"],
            }
        return cleaned

    def probe(self) -> RepositoryReport:
        """Write, read and delete a small object."""
        return probe_bucket(self._client)

    def close(self) -> None:
        """Let go of connections and threads."""
        self._client.closing.set()
        self._senders.shutdown(wait=True, cancel_futures=True)
        self._client.close()

    def _pages(self, prefix: str, how: dict[str, str]) -> Iterator[dict[str, Any]]:
        """The pages of a list; each is asked for again by itself if it fails."""
        what = f"{self._client.where} could not be listed"
        request = {"Bucket": self._settings.bucket, "Prefix": self._client.key_of(prefix), **how}
        while True:
            page = self._client.call(what, lambda boto: boto.list_objects_v2(**request))
            if "IsTruncated" not in page:
                raise not_s3(what, self._client.endpoint)
            yield page
            if not page.get("IsTruncated"):
                return
            request["ContinuationToken"] = str(page["NextContinuationToken"])

    def _unfinished(self, what: str, marker: dict[str, str]) -> dict[str, Any] | None:
        """A page of uploads that nobody has finished; ``None`` where the server knows none."""
        request = {
            "Bucket": self._settings.bucket,
            "Prefix": self._client.key_of(""),
            **marker,
        }
        try:
            page: dict[str, Any] = self._client.call(
                what, lambda boto: boto.list_multipart_uploads(**request)
            )
        except RepositoryError as error:
            cause = error.__cause__
            code = code_of(cause) if isinstance(cause, Exception) else ""
            if code in UNKNOWN_REQUEST_CODES | {"NoSuchUpload"}:
                return None
            raise
        return page

    def _last_part_at(self, what: str, key: str, upload_id: str) -> datetime | None:
        """When the last part of an upload came; ``None``: none did, or it may not be asked."""
        request: dict[str, Any] = {"Bucket": self._settings.bucket, "Key": key}
        request["UploadId"] = upload_id
        last: datetime | None = None
        with suppress(RepositoryError):
            while True:
                page = self._client.call(what, lambda boto: boto.list_parts(**request))
                for part in page.get("Parts", ()):
                    at = part["LastModified"].astimezone(UTC)
                    last = at if last is None else max(last, at)
                if not page.get("IsTruncated"):
                    break
                request["PartNumberMarker"] = page["NextPartNumberMarker"]
        return last

    def _abort(self, what: str, key: str, upload_id: str) -> None:
        with suppress(RepositoryError):
            self._client.call(
                what,
                lambda boto: boto.abort_multipart_upload(
                    Bucket=self._settings.bucket, Key=key, UploadId=upload_id
                ),
            )
