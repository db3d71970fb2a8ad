"""A real S3 server: rclone serves a folder."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.config.repository_settings import RepositorySettings
from tests.servers.waiting import eventually

SECRET_VARIABLE = "PGVIGIL_TEST_S3_SECRET"
ACCESS_KEY = "pgvigil-test"
SECRET_KEY = "this-is-the-secret-0123456789"
BUCKET = "backups"


@dataclass(frozen=True)
class S3Server:
    """A running server; its buckets are the folders in ``folder``."""

    url: str
    folder: Path

    @property
    def bucket(self) -> Path:
        """The folder that is the bucket."""
        return self.folder / BUCKET

    def settings(self, **changes: object) -> RepositorySettings:
        """A repository in the bucket that soon gives up."""
        return bucket_settings(self.url, **changes)


def bucket_settings(url: str, **changes: object) -> RepositorySettings:
    """A repository in the bucket behind ``url`` that soon gives up; the secret is in a variable."""
    given: dict[str, object] = {
        "kind": "s3",
        "provider": "other",
        "bucket": BUCKET,
        "endpoint_url": url,
        "access_key_id": ACCESS_KEY,
        "secret_access_key_env": SECRET_VARIABLE,
        "connect_timeout_seconds": 2,
        "read_timeout_seconds": 2,
        "retry_first_seconds": 0.01,
        "retry_most_seconds": 0.05,
        "retry_seconds": 5,
    }
    return RepositorySettings(**{**given, **changes})  # type: ignore[arg-type]


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """rclone's S3 over ``folder``, with one bucket, on a free port, ended in the end."""
    (folder / BUCKET).mkdir(parents=True)
    log = folder.with_name(folder.name + ".log")
    command = [
        str(Path(sys.executable).with_name("rclone")),
        *("serve", "s3", str(folder), "--addr", "127.0.0.1:0", "--config", "/dev/null"),
        *("--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield S3Server(_url(process, log), folder)
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.unlink()


def _url(process: subprocess.Popen[bytes], log: Path) -> str:
    def found() -> str:
        text = log.read_text()
        assert process.poll() is None, text
        match = re.search(r"\[(http://[\d.:]+)/]", text)
        return match[1] if match else ""

    return eventually(found)
