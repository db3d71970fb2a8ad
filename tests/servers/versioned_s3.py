"""A bucket with versions and object lock, as Amazon documents them, for what rclone does not serve.

Small objects only, in memory, without multipart uploads; the signature is not looked at. What it
does is told in the S3 User Guide ("How S3 Versioning works", "Deleting object versions from a
versioning-enabled bucket", "How S3 Object Lock works") and the API Reference (PutObject,
DeleteObject, DeleteObjects, ListObjectVersions).
"""

from __future__ import annotations

import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from core.config.repository_settings import RepositorySettings
from tests.servers.s3 import ACCESS_KEY, SECRET_VARIABLE

BUCKET = "locked"
_PROTECTED = "Access Denied because object protected by object lock."


@dataclass(frozen=True)
class Version:
    """One version of an object; a delete marker has no content."""

    key: str
    version_id: str
    at: datetime
    content: bytes | None
    retained_until: datetime | None = None


@dataclass
class VersionedBucket:
    """The bucket; ``retention`` is the default one, in compliance mode, of what is put."""

    url: str = ""
    retention: timedelta = timedelta(0)
    versions: list[Version] = field(default_factory=list)
    ahead: timedelta = timedelta(0)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def settings(self, **changes: object) -> RepositorySettings:
        """A repository in the bucket."""
        given: dict[str, object] = {
            "kind": "s3",
            "provider": "other",
            "bucket": BUCKET,
            "endpoint_url": self.url,
            "access_key_id": ACCESS_KEY,
            "secret_access_key_env": SECRET_VARIABLE,
            "retry_seconds": 1,
        }
        return RepositorySettings(**{**given, **changes})  # type: ignore[arg-type]

    def now(self) -> datetime:
        """The bucket's time."""
        return datetime.now(UTC) + self.ahead

    def of(self, key: str) -> list[Version]:
        """The versions of an object, the newest first."""
        return [each for each in reversed(self.versions) if each.key == key]

    def newest(self) -> dict[str, Version]:
        """The newest version of each object, also where that is a delete marker."""
        return {each.key: each for each in self.versions}

    def put(self, key: str, content: bytes | None) -> Version:
        """A new version; a delete marker is never under a lock."""
        until = self.now() + self.retention if self.retention and content is not None else None
        version = Version(key, f"v{next(self._numbers)}", self.now(), content, until)
        self.versions.append(version)
        return version

    def remove(self, key: str, version_id: str) -> str:
        """Remove one version for good; the error's code where a lock holds it."""
        for each in self.of(key):
            if each.version_id == version_id:
                if each.retained_until is not None and each.retained_until > self.now():
                    return "AccessDenied"
                self.versions.remove(each)
        return ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: VersionedBucket

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def _asked(self) -> tuple[str, dict[str, str]]:
        """The object's key (empty: the bucket) and the parameters."""
        parts = urlsplit(self.path)
        _, _, key = unquote(parts.path).lstrip("/").partition("/")
        query = parse_qs(parts.query, keep_blank_values=True)
        return key, {name: values[0] for name, values in query.items()}

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, status: int, body: str | bytes = b"", **headers: str) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response_only(status)
        self.send_header("Date", format_datetime(self.bucket.now(), usegmt=True))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _fail(self, status: int, code: str, message: str = "", **headers: str) -> None:
        body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        self._answer(status, body, Content_Type="application/xml", **headers)

    def _xml(self, body: str) -> None:
        self._answer(200, body, Content_Type="application/xml")

    def do_PUT(self) -> None:
        key, _ = self._asked()
        content = self._body()
        digest = self.headers.get("Content-MD5")
        if self.bucket.retention and not digest and not self.headers.get("x-amz-checksum-crc32"):
            self._fail(
                400, "InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required"
            )
            return
        if digest and b64decode(digest) != md5(content, usedforsecurity=False).digest():
            self._fail(400, "BadDigest")
            return
        with self.bucket.lock:
            version = self.bucket.put(key, content)
        self._answer(200, ETag=_etag(content), x_amz_version_id=version.version_id)

    def do_GET(self) -> None:
        key, query = self._asked()
        with self.bucket.lock:
            if not key:
                self._of_bucket(query)
                return
            found = self.bucket.newest().get(key)
            if found is None or found.content is None:
                marker = {"x_amz_delete_marker": "true"} if found else {}
                self._fail(404, "NoSuchKey", **marker)
                return
            self._answer(
                200,
                found.content,
                ETag=_etag(found.content),
                Last_Modified=format_datetime(found.at, usegmt=True),
                x_amz_version_id=found.version_id,
            )

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        key, query = self._asked()
        with self.bucket.lock:
            version_id = query.get("versionId", "")
            if not version_id:
                marker = self.bucket.put(key, None)
                told = {"x_amz_delete_marker": "true", "x_amz_version_id": marker.version_id}
                self._answer(204, **told)
            elif self.bucket.remove(key, version_id):
                self._fail(403, "AccessDenied", _PROTECTED)
            else:
                self._answer(204, x_amz_version_id=version_id)

    def do_POST(self) -> None:
        _, query = self._asked()
        if "delete" not in query:
            self._fail(501, "NotImplemented")
            return
        said = []
        with self.bucket.lock:
            for each in _objects(self._body()):
                key, version_id = each.get("Key", ""), each.get("VersionId", "")
                named = f"<Key>{escape(key)}</Key>"
                if not version_id:
                    marker = self.bucket.put(key, None)
                    said.append(
                        f"<Deleted>{named}<DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>"
                        f"{marker.version_id}</DeleteMarkerVersionId></Deleted>"
                    )
                    continue
                named += f"<VersionId>{version_id}</VersionId>"
                if code := self.bucket.remove(key, version_id):
                    told = f"<Code>{code}</Code><Message>{_PROTECTED}</Message>"
                    said.append(f"<Error>{named}{told}</Error>")
                else:
                    said.append(f"<Deleted>{named}</Deleted>")
        self._xml(f"<DeleteResult>{''.join(said)}</DeleteResult>")

    def _of_bucket(self, query: dict[str, str]) -> None:
        prefix = query.get("prefix", "")
        if "versioning" in query:
            self._xml("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
        elif "object-lock" in query:
            self._xml(
                "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
                "</ObjectLockConfiguration>"
            )
        elif "uploads" in query:
            self._xml("<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>"
                      "</ListMultipartUploadsResult>")  # fmt: skip
        elif "versions" in query:
            self._xml(f"<ListVersionsResult><IsTruncated>false</IsTruncated>{self._versions(prefix)}"
                      "</ListVersionsResult>")  # fmt: skip
        else:
            self._xml(self._listed(prefix, query.get("delimiter", "")))

    def _versions(self, prefix: str) -> str:
        newest = self.bucket.newest()
        told = []
        for each in reversed(self.bucket.versions):
            if each.key.startswith(prefix):
                kind = "DeleteMarker" if each.content is None else "Version"
                latest = str(newest[each.key] is each).lower()
                told.append(
                    f"<{kind}><Key>{escape(each.key)}</Key><VersionId>{each.version_id}</VersionId>"
                    f"<IsLatest>{latest}</IsLatest></{kind}>"
                )
        return "".join(told)

    def _listed(self, prefix: str, delimiter: str) -> str:
        """The objects; what a delete marker hides is not among them."""
        objects, folders = [], set()
        for key, each in sorted(self.bucket.newest().items()):
            if each.content is None or not key.startswith(prefix):
                continue
            rest = key.removeprefix(prefix)
            if delimiter and delimiter in rest:
                folders.add(prefix + rest.partition(delimiter)[0] + delimiter)
                continue
            objects.append(
                f"<Contents><Key>{escape(key)}</Key><Size>{len(each.content)}</Size>"
                f"<LastModified>{each.at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified></Contents>"
            )
        told = "".join(f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>"
                       for each in sorted(folders))  # fmt: skip
        return (
            "<ListBucketResult><IsTruncated>false</IsTruncated>"
            f"{''.join(objects)}{told}</ListBucketResult>"
        )


def _etag(content: bytes) -> str:
    return f'"{md5(content, usedforsecurity=False).hexdigest()}"'


def _objects(body: bytes) -> Iterator[dict[str, str]]:
    for each in ET.fromstring(body).iter():
        if each.tag.rpartition("}")[2] == "Object":
            yield {inner.tag.rpartition("}")[2]: inner.text or "" for inner in each}


@contextmanager
def versioned_bucket() -> Iterator[VersionedBucket]:
    """The bucket ``locked`` on a free port, at first without a default retention."""
    bucket = VersionedBucket()
    handler = type("Handler", (_Handler,), {"bucket": bucket})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    bucket.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
