"""Object locks and older versions: what could not be removed is said."""

from __future__ import annotations

from dataclasses import replace

from core.backup.repository.protocol import Deletion, KeptObject, Repository
from core.model.backup import CopyState
from tests.contract.otherwise import Otherwise
from tests.contract.prune.pruning import due, folder, ids, prune
from tests.servers.backed_up import BackedUp


class Locked(Otherwise):
    """An object lock holds whatever has this in its path."""

    def __init__(self, repository: Repository, held: str) -> None:
        super().__init__(repository)
        self._held = held

    def delete(self, paths: list[str]) -> Deletion:
        held = [path for path in paths if self._held in path]
        done = self.within.delete([path for path in paths if path not in held])
        return replace(done, kept=tuple(KeptObject(path, "it is locked") for path in held))


class Versioned(Otherwise):
    """Of whatever is deleted an older version stays."""

    def delete(self, paths: list[str]) -> Deletion:
        return replace(self.within.delete(paths), hidden=tuple(paths))


def test_a_backup_whose_keys_are_locked_stays_whole_and_is_said_to(host: BackedUp) -> None:
    it = due(host)
    it.at_work.repository = Locked(host.repositories["only"], "wraps.json").repository
    outcome = it.do()
    assert outcome.destroyed == ()
    assert [(b, "locked" in why) for b, why in outcome.kept] == [(it.old.backup_id, True)]
    assert {"wraps.json", "manifest.sealed", "expired.json"} <= folder(host, it.old)
    copy = host.copies(it.old)["only"]
    assert copy.state is CopyState.COMPLETE
    assert "locked" in copy.problem
    assert "locked" in outcome.sentence()
    assert prune(host).destroyed == ids(it.old)


def test_older_versions_in_a_versioned_bucket_are_told_of(host: BackedUp) -> None:
    it = due(host)
    it.at_work.repository = Versioned(host.repositories["only"]).repository
    outcome = it.do()
    assert outcome.hidden == ids(it.old)
    assert "older versions" in outcome.sentence()
