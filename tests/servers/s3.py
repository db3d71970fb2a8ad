"""A real S3 server: rclone serves a folder."""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config

from core.config.repository_settings import RepositorySettings
from tests.servers.waiting import eventually

SECRET_VARIABLE = "PGVIGIL_TEST_S3_SECRET"
ACCESS_KEY = "pgvigil-test"
SECRET_KEY = "this-is-the-secret-0123456789"


@dataclass(frozen=True)
class S3Server:
    """A running server and one bucket of it; its buckets are the folders in ``folder``."""

    url: str
    folder: Path
    client: Any
    bucket_name: str = "backups"

    @property
    def bucket(self) -> Path:
        """The folder that is the bucket."""
        return self.folder / self.bucket_name

    def settings(self, **changes: object) -> RepositorySettings:
        """A repository in the bucket that soon gives up; the secret is in a variable."""
        given: dict[str, object] = {
            "kind": "s3",
            "provider": "other",
            "bucket": self.bucket_name,
            "endpoint_url": self.url,
            "access_key_id": ACCESS_KEY,
            "secret_access_key_env": SECRET_VARIABLE,
            "connect_timeout_seconds": 5,
            "read_timeout_seconds": 5,
            "retry_first_seconds": 0.01,
            "retry_most_seconds": 0.05,
            "retry_seconds": 20,
        }
        return RepositorySettings(**{**given, **changes})  # type: ignore[arg-type]

    @contextmanager
    def fresh_bucket(self) -> Iterator[S3Server]:
        """The same server with a new bucket, which goes away in the end.

        The server is asked for it: it does not notice folders that are made behind its back.
        """
        server = replace(self, bucket_name=f"bucket-{secrets.token_hex(4)}")
        self.client.create_bucket(Bucket=server.bucket_name)
        try:
            yield server
        finally:
            shutil.rmtree(server.bucket)


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """rclone's S3 over ``folder``, with the bucket ``backups``, on a free port."""
    (folder / "backups").mkdir(parents=True)
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
        url = _url(process, log)
        with closing(_client(url)) as client:
            yield S3Server(url, folder, client)
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.unlink()


def _client(url: str) -> Any:
    return botocore.session.get_session().create_client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )


def _url(process: subprocess.Popen[bytes], log: Path) -> str:
    def found() -> str:
        text = log.read_text()
        assert process.poll() is None, text
        match = re.search(r"\[(http://[\d.:]+)/]", text)
        return match[1] if match else ""

    return eventually(found)
