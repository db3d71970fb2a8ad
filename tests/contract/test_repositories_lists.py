"""What every repository lists, deletes, clears and says of itself."""

from __future__ import annotations

import os
import time

from core.backup.repository.protocol import Repository
from core.model.unknown import Unknown
from tests.contract.repositories import Place


def fill(repository: Repository, *paths: str) -> None:
    for path in paths:
        repository.write(path, path.encode())


def test_an_empty_repository_has_an_empty_list(repository: Repository) -> None:
    assert list(repository.list()) == []
    assert list(repository.list("shop/")) == []
    assert list(repository.folders()) == []
    assert list(repository.folders("shop/")) == []


def test_a_list_has_every_object_below_a_prefix_in_order(repository: Repository) -> None:
    paths = ["a/2", "a/10", "a.b", "a/x/1", "b", "a-c/1", "a0"]
    fill(repository, *paths)
    assert [each.path for each in repository.list()] == sorted(paths)
    assert [each.path for each in repository.list("a/")] == ["a/10", "a/2", "a/x/1"]
    assert [each.path for each in repository.list("a/1")] == ["a/10"]
    assert [each.path for each in repository.list("a")] == sorted(set(paths) - {"b"})
    assert [each.path for each in repository.list("a/x/1")] == ["a/x/1"]
    assert list(repository.list("c")) == []


def test_folders_are_only_the_next_ones(repository: Repository) -> None:
    fill(repository, "shop/1/a", "shop/1/b/c", "shop/2/a", "shop/server.json", "stock/1/a", "top")
    assert sorted(repository.folders()) == ["shop", "stock"]
    assert sorted(repository.folders("shop/")) == ["1", "2"]
    assert sorted(repository.folders("shop/1/")) == ["b"]


def test_what_is_deleted_is_gone(place: Place, repository: Repository) -> None:
    fill(repository, "shop/1/a", "shop/1/b", "shop/2/a")
    found = repository.delete(["shop/1/a", "shop/1/b"])
    assert set(found.removed) == {"shop/1/a", "shop/1/b"}
    assert not found.hidden
    assert not found.kept
    assert [each.path for each in repository.list()] == ["shop/2/a"]
    assert sorted(repository.folders("shop/")) == ["2"]


def test_deleting_what_is_not_there_is_no_failure(repository: Repository) -> None:
    assert repository.delete(["shop/1/a"]).removed == ("shop/1/a",)
    assert repository.delete([]).removed == ()


def test_more_objects_than_fit_in_a_request_are_listed_and_deleted(repository: Repository) -> None:
    paths = [f"shop/1/{number:04}" for number in range(1003)]
    for path in paths:
        repository.write(path, b"")
    assert [each.path for each in repository.list("shop/")] == paths
    assert set(repository.delete(paths).removed) == set(paths)
    assert list(repository.list()) == []


def test_a_folder_that_was_emptied_can_be_filled_again(repository: Repository) -> None:
    with repository.writer("shop/1/b") as writer:
        fill(repository, "shop/1/a")
        repository.delete(["shop/1/a"])
        writer.write(b"b")
        writer.commit()
    assert repository.read("shop/1/b") == b"b"


def test_what_a_killed_writer_left_is_cleared_once_it_is_old(
    place: Place, repository: Repository
) -> None:
    repository.write("done", b"x")
    with place.opened() as killed:
        abandoned = killed.writer("a/b")
        abandoned.write(os.urandom(3 << 20))
        assert repository.clean_stale(3600) == 0
        assert repository.clean_stale(0) == 1
        assert repository.clean_stale(0) == 0
        assert place.everything() == {"done"}
        assert [each.path for each in repository.list()] == ["done"]
        abandoned.abort()


def test_what_a_dead_backup_was_sending_is_cleared_at_once_and_no_other(
    place: Place, repository: Repository
) -> None:
    dead, living = "shop/20261121T020000Z-full-00112233", "shop/20261121T020000Z-full-44556677"
    with place.opened() as killed:
        abandoned = killed.writer(f"{dead}/artifacts/large")
        abandoned.write(os.urandom(6 << 20))
        with repository.writer(f"{living}/artifacts/large") as writing:
            writing.write(os.urandom(6 << 20))
            fill(repository, f"{dead}/artifacts/small")
            assert repository.clean_dead(f"{dead}/") == 1
            assert repository.clean_dead(f"{dead}/") == 0
            assert repository.exists(f"{dead}/artifacts/small")
            writing.commit()
        abandoned.abort()
    assert repository.size(f"{living}/artifacts/large") == 6 << 20
    assert repository.clean_stale(0) == 0


def test_what_a_slow_writer_still_writes_is_not_cleared(repository: Repository) -> None:
    part = os.urandom(6 << 20)
    with repository.writer("a/b") as slow:
        slow.write(part)
        time.sleep(6)
        slow.write(part)
        time.sleep(0.5)  # it is sent meanwhile
        assert repository.clean_stale(4) == 0
        slow.commit()
    assert repository.size("a/b") == 2 * len(part)


def test_a_repository_that_works_says_so(place: Place, repository: Repository) -> None:
    report = repository.probe()
    assert report.writable, report
    assert report.problem == ""
    assert report.versioned is False
    assert report.object_lock is False
    assert not isinstance(report.clock_skew_seconds, Unknown)
    assert abs(report.clock_skew_seconds) < 5
    assert report.warnings == ()
    assert place.everything() == set()


def test_a_limit_of_bandwidth_is_kept_to(place: Place) -> None:
    with place.opened(bandwidth_bytes_per_second=4_000_000) as repository:
        import time

        before = time.monotonic()
        repository.write("a", os.urandom(3_000_000))
        assert repository.read("a")
        # 6 MB in all, of which one burst may be free.
        assert time.monotonic() - before > 0.9
