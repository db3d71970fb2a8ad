"""Snapshots as bytes."""

from __future__ import annotations

import dataclasses

import pytest

from core.model.connections import Connections
from core.model.snapshot import Snapshot, Subject
from core.model.unknown import Unknown
from core.store import codec
from tests.benchmarks.simulated import START, SimulatedServer

EVERYTHING = SimulatedServer().tick(START, frozenset(Subject))


def test_every_subject_has_a_number_of_its_own_and_a_version() -> None:
    assert set(codec.CODES) == set(codec.VERSIONS) == set(Subject)
    assert len(set(codec.CODES.values())) == len(Subject)


@pytest.mark.parametrize("snapshot", EVERYTHING, ids=lambda snapshot: snapshot.subject.value)
def test_a_body_comes_back_as_it_was(snapshot: Snapshot) -> None:
    raw = codec.encode(snapshot.body)
    assert codec.decode(snapshot.subject, raw, unknown=False) == snapshot.body


def test_the_bodies_above_are_all_there_are() -> None:
    assert {type(snapshot.body) for snapshot in EVERYTHING} == set(codec._BODIES.values())
    assert {snapshot.subject for snapshot in EVERYTHING} == set(Subject)


def test_an_unknown_body_comes_back_as_it_was() -> None:
    why = Unknown("no privilege", "GRANT pg_monitor TO pgvigil")
    assert codec.decode(Subject.SERVER, codec.encode(why), unknown=True) == why


def test_a_body_of_another_shape_is_nothing() -> None:
    raw = codec.encode(Unknown("no privilege"))
    assert codec.decode(Subject.CONNECTIONS, raw, unknown=False) is None
    assert codec.decode(Subject.CONNECTIONS, b"\xc1", unknown=False) is None


def test_what_resembles_its_keyframe_is_small() -> None:
    (body,) = (s.body for s in EVERYTHING if isinstance(s.body, Connections))
    raw = codec.encode(body)
    keyframe = codec.Keyframe(raw)
    changed = codec.encode(dataclasses.replace(body, total=101))

    payload = keyframe.compress(changed)
    assert len(payload) < len(codec.pack(changed)) / 20
    assert codec.Keyframe(raw).decompress(payload) == changed


def test_what_belongs_to_another_keyframe_is_not_read_as_something_else() -> None:
    payload = codec.Keyframe(b"one thing " * 100).compress(b"one thing " * 99)
    assert codec.Keyframe(b"").decompress(payload) != b"one thing " * 99
    assert codec.unpack(b"rubbish") is None
