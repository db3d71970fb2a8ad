"""Object locks and older versions: what could not be removed is said."""

from __future__ import annotations

from dataclasses import replace

from core.backup.repository.protocol import Deletion, Repository
from core.model.backup import CopyState
from tests.contract.prune.pruning import SEALING, folder, ids, prune, pruning
from tests.servers.backed_up import BackedUp


class Locked:
    """A repository in which an object lock holds whatever has this in its path."""

    def __init__(self, repository: Repository, held: str, *, hides: bool = False) -> None:
        self._repository = repository
        self._held = held
        self._hides = hides

    def __getattr__(self, name: str) -> object:
        return getattr(self._repository, name)

    def delete(self, paths: list[str]) -> Deletion:
        from core.backup.repository.protocol import KeptObject

        held = [path for path in paths if self._held in path]
        done = self._repository.delete([path for path in paths if path not in held])
        if self._hides:
            self._repository.delete(held)
            return replace(done, hidden=tuple(held))
        return replace(done, kept=tuple(KeptObject(path, "it is locked") for path in held))


def test_a_backup_whose_keys_are_locked_stays_whole_and_is_said_to(host: BackedUp) -> None:
    old, _ = host.put(SEALING.full(0)), host.put(SEALING.full(11))
    prune(host)
    host.later(days=2)
    at_work = pruning(host)
    planned = at_work.plan()
    at_work.repository = Locked(host.repositories["only"], "wraps.json")  # type: ignore[assignment]
    outcome = at_work.do(planned)
    assert outcome.destroyed == ()
    assert [(b, "locked" in why) for b, why in outcome.kept] == [(old.backup_id, True)]
    assert {"wraps.json", "manifest.sealed", "expired.json"} <= folder(host, old)
    copy = host.copies(old)["only"]
    assert copy.state is CopyState.COMPLETE
    assert "locked" in copy.problem
    assert "locked" in outcome.sentence()
    assert prune(host).destroyed == ids(old)


def test_older_versions_in_a_versioned_bucket_are_told_of(host: BackedUp) -> None:
    old, _ = host.put(SEALING.full(0)), host.put(SEALING.full(11))
    prune(host)
    host.later(days=2)
    at_work = pruning(host)
    planned = at_work.plan()
    at_work.repository = Locked(  # type: ignore[assignment]
        host.repositories["only"], "", hides=True
    )
    outcome = at_work.do(planned)
    assert outcome.hidden == ids(old)
    assert "older versions" in outcome.sentence()
