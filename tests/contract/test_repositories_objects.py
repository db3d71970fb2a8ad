"""What every repository does with single objects."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime

import pytest

from core.backup.repository.problems import ObjectMissingError, RepositoryPathError
from core.backup.repository.protocol import Repository
from core.errors import RepositoryError
from tests.contract.repositories import Place

LARGE = 3 * 1024 * 1024 + 345


def test_what_is_written_is_read_back(repository: Repository) -> None:
    repository.write("shop/server.json", b'{"name": "shop"}')
    assert repository.read("shop/server.json") == b'{"name": "shop"}'
    assert repository.exists("shop/server.json")
    assert repository.size("shop/server.json") == 16


def test_an_object_may_be_empty(repository: Repository) -> None:
    repository.write("empty", b"")
    assert repository.read("empty") == b""
    assert repository.size("empty") == 0


def test_writing_again_replaces_the_object(repository: Repository) -> None:
    repository.write("wraps.json", b"a longer first one")
    repository.write("wraps.json", b"second")
    assert repository.read("wraps.json") == b"second"


def test_many_writes_of_any_length_make_one_object(repository: Repository) -> None:
    data = os.urandom(LARGE)
    with repository.writer("a/large.sealed") as writer:
        view = memoryview(data)
        for length in (1, 70_000, 1 << 20, 0, 1 << 20):
            writer.write(view[:length])
            view = view[length:]
        writer.write(memoryview(bytearray(view)))
        writer.commit()
    assert repository.size("a/large.sealed") == LARGE
    with repository.reader("a/large.sealed") as reader:
        found = hashlib.sha256()
        while block := reader.read(1_000_003):
            found.update(block)
    assert found.digest() == hashlib.sha256(data).digest()


def test_nothing_is_seen_before_the_commit(repository: Repository) -> None:
    with repository.writer("a/b") as writer:
        writer.write(os.urandom(LARGE))
        assert not repository.exists("a/b")
        assert list(repository.list()) == []
        writer.commit()
    assert [each.path for each in repository.list()] == ["a/b"]


@pytest.mark.parametrize("length", [0, 10, LARGE])
def test_an_aborted_object_leaves_nothing(
    place: Place, repository: Repository, length: int
) -> None:
    writer = repository.writer("a/b")
    writer.write(os.urandom(length))
    writer.abort()
    writer.abort()
    assert not repository.exists("a/b")
    assert place.everything() == set()
    assert repository.clean_stale(0) == 0


def test_an_error_while_writing_leaves_nothing(place: Place, repository: Repository) -> None:
    def fail() -> None:
        with repository.writer("a/b") as writer:
            writer.write(os.urandom(LARGE))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert place.everything() == set()


def test_an_aborted_replacement_leaves_the_old_object(repository: Repository) -> None:
    repository.write("wraps.json", b"old")
    with repository.writer("wraps.json") as writer:
        writer.write(os.urandom(LARGE))
    assert repository.read("wraps.json") == b"old"


def test_a_writer_that_ended_takes_nothing_more(repository: Repository) -> None:
    writer = repository.writer("a")
    writer.commit()
    with pytest.raises(RepositoryError, match="a could not be written"):
        writer.write(b"x")
    with pytest.raises(RepositoryError):
        writer.commit()
    writer.abort()
    assert repository.read("a") == b""


def test_reading_can_begin_anywhere(repository: Repository) -> None:
    repository.write("a", b"0123456789")
    for start in (0, 4, 10, 99):
        with repository.reader("a", start) as reader:
            assert reader.read() == b"0123456789"[start:]
            assert reader.read() == b""
            assert reader.read(5) == b""


def test_a_read_gives_fewer_bytes_than_asked_only_at_the_end(repository: Repository) -> None:
    repository.write("a", bytes(3 << 20))
    with repository.reader("a") as reader:
        assert len(reader.read(2_900_000)) == 2_900_000
        assert len(reader.read(2_900_000)) == (3 << 20) - 2_900_000


def test_a_closed_reader_gives_nothing(repository: Repository) -> None:
    repository.write("a", b"0123456789")
    reader = repository.reader("a")
    reader.close()
    with pytest.raises(RepositoryError, match="closed"):
        reader.read(1)


def test_a_reader_is_closed_at_the_end_of_what_it_was_opened_for(repository: Repository) -> None:
    repository.write("a", b"x")
    with repository.reader("a") as reader:
        assert reader.read(1) == b"x"
    with pytest.raises(RepositoryError, match="closed"):
        reader.read(1)


def test_an_object_that_is_not_there_is_told_apart(repository: Repository) -> None:
    assert not repository.exists("shop/none")
    for look in (repository.read, repository.size, repository.reader):
        with pytest.raises(ObjectMissingError, match=r"shop/none could not be") as found:
            look("shop/none")
        assert found.value.why == "it is not there"
        assert found.value.remedy


def test_a_folder_is_no_object(repository: Repository) -> None:
    repository.write("shop/a", b"x")
    assert not repository.exists("shop")
    with pytest.raises(ObjectMissingError):
        repository.read("shop")


@pytest.mark.parametrize(
    "path",
    ["", "/", "/etc/passwd", "..", "../x", "a/../../x", "a/./b", "a//b", "a/", "a\\b", "a\nb",
     "a\x00b", "\udcff", "x" * 256, "a/" * 500 + "a", ".pgvigil-unfinished/x"],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(
    place: Place, repository: Repository, path: str
) -> None:
    for use in (
        lambda: repository.write(path, b"x"),
        lambda: repository.writer(path),
        lambda: repository.read(path),
        lambda: repository.size(path),
        lambda: repository.delete([path]),
    ):
        with pytest.raises(RepositoryPathError) as found:
            use()
        assert found.value.why
    assert place.everything() == set()


@pytest.mark.parametrize(
    "name", ["with space", "ünïcode-表", "a=b&c+d%20e", "quote'\"", "~", "#?*"]
)
def test_names_of_any_letters_are_kept(repository: Repository, name: str) -> None:
    repository.write(f"{name}/{name}", b"x")
    assert repository.read(f"{name}/{name}") == b"x"
    assert [each.path for each in repository.list()] == [f"{name}/{name}"]
    assert repository.delete([f"{name}/{name}"]).removed == (f"{name}/{name}",)


def test_an_object_is_dated(repository: Repository) -> None:
    repository.write("a", b"x")
    (found,) = repository.list()
    assert found.size == 1
    assert found.modified_at.tzinfo is not None
    assert abs((datetime.now(UTC) - found.modified_at).total_seconds()) < 60
