"""Two hosts destroy the same backup in a bucket: neither takes the other for a broken bucket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.backup.destroy import destroy
from core.backup.repository.open import open_repository
from core.backup.repository.problems import ObjectChangedError
from core.backup.repository.protocol import Repository
from tests.contract.prune.pruning import SEALING, SETTINGS, due, folder, prune
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.fault_proxy import Exchange, Fault, FaultProxy, lose_it, of_these
from tests.servers.s3 import S3Server
from tests.servers.sealed_backups import SERVER


@pytest.fixture
def host(s3_server: S3Server, proxy: FaultProxy, tmp_path: Path) -> Iterator[BackedUp]:
    """A host whose way to the bucket something may happen on."""
    places = {"only": s3_server.settings(endpoint_url=proxy.url)}
    with backed_up(tmp_path, places, SEALING, **SETTINGS) as host:
        host.later(days=12)
        yield host


@pytest.fixture
def straight(s3_server: S3Server) -> Iterator[Repository]:
    """The same bucket, as another host uses it."""
    repository = open_repository("only", s3_server.settings())
    yield repository
    repository.close()


def test_who_is_overtaken_while_it_says_that_it_destroys_a_backup_goes_on(
    host: BackedUp, straight: Repository, proxy: FaultProxy
) -> None:
    it = due(host)

    def overtaken(exchange: Exchange) -> None:
        said = exchange.forward()
        destroy(straight, SERVER, it.old.backup_id)
        exchange.answer(said)

    proxy.script(Fault("PutObject", of_these(["destroying-"], overtaken), times=99))
    outcome = it.do()
    assert outcome.destroyed == ()
    assert outcome.notes == (
        f"{it.old.backup_id} is not destroyed: another host has just destroyed it",
    )
    assert folder(host, it.old) == set()
    prune(host)
    assert it.old.backup_id not in {e.backup_id for e in host.store.catalog.entries()}


def test_a_bucket_that_forgets_what_was_said_of_a_backup_that_is_there_is_told(
    host: BackedUp, proxy: FaultProxy
) -> None:
    it = due(host)
    proxy.script(Fault("PutObject", of_these(["destroying-"], lose_it), times=99))
    with pytest.raises(ObjectChangedError, match="now it is not there"):
        it.do()
    assert "wraps.json" in folder(host, it.old)
