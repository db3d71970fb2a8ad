"""A repository that takes connections and never answers: it is waited for once, and no longer.

Counted are the tries, not the seconds: docs/backup-repositories.md says how long that many take.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from core.postgres.embedded import EmbeddedServer
from tests.faults.backups_on_bad_days import Before, check_after, with_copy
from tests.servers.backing_up import BackupSite
from tests.servers.everything import empty_database
from tests.servers.fault_proxy import BlackHole, Fault, fault_proxy, hang
from tests.servers.s3 import S3Server

pytestmark = pytest.mark.fault

SHORT: Mapping[str, object] = {
    "connect_timeout_seconds": 0.5,
    "read_timeout_seconds": 0.5,
    "retry_seconds": 2,
    "retry_first_seconds": 0.5,
    "retry_most_seconds": 0.5,
}
WHOLE_TIME = 3
"""Tries of half a second, with a quarter at least between them, until two seconds are over."""
AT_ONCE = 4 + 2
"""Objects that are written at the same time: small files, the sign of life, what lies beside."""


@pytest.fixture
def black_hole() -> Iterator[BlackHole]:
    hole = BlackHole()
    yield hole
    hole.close()


def test_one_that_never_answers_is_waited_for_once_and_the_others_get_every_database(
    site: BackupSite, s3_server: S3Server, black_hole: BlackHole, postgres: EmbeddedServer
) -> None:
    before = Before(site)
    hung = with_copy(site, s3_server.settings(endpoint_url=black_hole.url, **SHORT))
    with empty_database(postgres) as second, empty_database(postgres) as third:
        results = hung.results(databases=[site.server_database, second, third])
    assert black_hole.tries <= WHOLE_TIME + 1 + 1
    for result in results:
        assert result.taken is not None
        assert result.taken.copies == ("local",)
        ((name, why),) = result.taken.problems
        assert name == "offsite"
        assert "answer" in why.why
    check_after(site, before)


def test_one_that_falls_silent_in_the_middle_is_waited_for_once(
    site: BackupSite, s3_server: S3Server
) -> None:
    before = Before(site)
    with fault_proxy(s3_server.url) as proxy:
        hung = with_copy(site, s3_server.settings(endpoint_url=proxy.url, **SHORT))
        hung = hung.changed(backup=replace(hung.settings.backup, files_at_once=1))
        proxy.script(
            Fault("PutObject", hang, after=3, times=1000),
            Fault("DeleteObjects", hang, times=1000),
        )
        taken = hung.take()
        assert taken.copies == ("local",)
        assert proxy.seen["PutObject"] - 3 <= WHOLE_TIME * AT_ONCE
        assert proxy.seen["DeleteObjects"] + proxy.seen["DeleteObject"] == 1
    check_after(site, before)
