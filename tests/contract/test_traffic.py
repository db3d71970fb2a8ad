"""What of a backup counts as done: what the slowest copy was sent, and what it has given back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from core.backup.copies import Copies
from core.backup.progress import SilentReporter
from core.backup.repository.open import open_repository
from core.backup.traffic import Traffic
from core.errors import PgvigilError
from tests.contract.repositories import Place, small_folder
from tests.servers.s3 import S3Server

DATA = b"x" * 100_000


class Counted(SilentReporter):
    """Adds up what is reported."""

    def __init__(self) -> None:
        self.total = -1
        self.done = 0

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        self.total = -1 if total_bytes is None else total_bytes

    def advance(self, done_bytes: int) -> None:
        self.done += done_bytes


@pytest.fixture
def copies(tmp_path: Path, s3_server: S3Server) -> Iterator[Copies]:
    """A folder, which has at once what it is given, and a bucket, which is sent it later."""
    folder = small_folder(tmp_path / "local")
    bucket = Place(s3_server.settings(prefix="pgvigil"), s3_server.bucket / "pgvigil")
    with ExitStack() as stack:
        places = {"local": folder, "offsite": bucket}
        yield Copies(
            [
                stack.enter_context(closing(open_repository(name, place.settings)))
                for name, place in places.items()
            ]
        )


def test_what_has_not_left_for_the_slowest_copy_is_not_done(copies: Copies) -> None:
    traffic = Traffic(copies)
    with copies.writer("a") as tee, traffic.sending(tee):
        tee.write(DATA)
        assert sorted(tee.sent_bytes.values()) == [0, len(DATA)]
        assert traffic.bytes == 0
        tee.commit()
        assert traffic.bytes == len(DATA)
    assert traffic.bytes == len(DATA)
    local, remote = copies.all
    traffic.given_back(local.name, len(DATA))
    assert traffic.bytes == len(DATA)
    traffic.given_back(remote.name, len(DATA))
    assert traffic.bytes == 2 * len(DATA)


def test_a_copy_that_failed_is_waited_for_no_more(copies: Copies) -> None:
    traffic = Traffic(copies)
    local, remote = copies.all
    traffic.given_back(local.name, 10)
    assert traffic.bytes == 0
    copies.fail(remote, PgvigilError("it does not answer"))
    assert traffic.bytes == 10


def test_a_phase_reports_the_rest_until_all_of_it_was_given_back(copies: Copies) -> None:
    traffic, reporter = Traffic(copies), Counted()
    for copy in copies.all:
        traffic.given_back(copy.name, 30)
    with traffic.reported(reporter, "store", 50):
        for copy in copies.all:
            traffic.given_back(copy.name, 70)
    assert (reporter.done, reporter.total) == (70, 70)
