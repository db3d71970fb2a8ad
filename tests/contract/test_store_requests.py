"""What a console asks is done once, or said not to be."""

from __future__ import annotations

import threading
import time

from core.model.process import Command, Request, RequestState
from core.store.store import Store


def ask(store: Store, server_id: str = "shop") -> Request:
    return store.requests.submit(
        server_id, Command.CANCEL_QUERY, {"pid": "4711", "why": 'it\'s "slow"'}, "anna@bastion"
    )


def test_a_request_reaches_the_watcher_and_its_result_comes_back(
    store: Store, other: Store
) -> None:
    asked = ask(other)
    claimed = store.requests.claim(["shop"], "watcher")
    assert claimed is not None
    assert (claimed.request_id, claimed.arguments) == (asked.request_id, asked.arguments)
    store.requests.finish(claimed.request_id, "cancelled")

    answer = other.requests.get(asked.request_id)
    assert answer is not None
    assert (answer.state, answer.result) == (RequestState.DONE, "cancelled")
    assert answer.finished_at is not None


def test_a_failure_is_an_answer_too(store: Store) -> None:
    asked = ask(store)
    store.requests.claim(["shop"], "watcher")
    store.requests.finish(asked.request_id, "no such backend", failed=True)

    answer = store.requests.get(asked.request_id)
    assert answer is not None
    assert (answer.state, answer.result) == (RequestState.FAILED, "no such backend")


def test_requests_are_taken_oldest_first_and_only_for_the_servers_asked_for(store: Store) -> None:
    first, _elsewhere, second = ask(store), ask(store, "blog"), ask(store)

    taken = [store.requests.claim(["shop"], "watcher") for _ in range(3)]
    assert [request and request.request_id for request in taken] == [
        first.request_id,
        second.request_id,
        None,
    ]


def test_each_request_is_claimed_once_however_many_watchers_try(store: Store, other: Store) -> None:
    asked = {ask(store).request_id for _ in range(20)}
    claimed: list[str] = []

    def watcher(mine: Store) -> None:
        while len(claimed) < 20:
            request = mine.requests.claim(["shop"], "watcher")
            if request is not None:
                claimed.append(request.request_id)

    watchers = [threading.Thread(target=watcher, args=(mine,)) for mine in (store, other) * 2]
    for thread in watchers:
        thread.start()
    for thread in watchers:
        thread.join()
    assert sorted(claimed) == sorted(asked)


def test_a_request_that_nobody_takes_expires(store: Store) -> None:
    asked = ask(store)
    time.sleep(0.01)
    assert store.requests.expire(3600) == 0
    assert store.requests.expire(0.001) == 1

    answer = store.requests.get(asked.request_id)
    assert answer is not None
    assert answer.state is RequestState.EXPIRED
    assert "nothing was done" in answer.result
    assert store.requests.claim(["shop"], "late") is None


def test_a_request_whose_watcher_died_expires_and_says_that_it_may_be_done(store: Store) -> None:
    asked = ask(store)
    store.requests.claim(["shop"], "dying")
    time.sleep(0.01)
    store.requests.expire(0.001)
    store.requests.finish(asked.request_id, "too late")

    answer = store.requests.get(asked.request_id)
    assert answer is not None
    assert answer.state is RequestState.EXPIRED
    assert "may be done" in answer.result


def test_a_reader_sees_that_an_answer_came(store: Store, other: Store) -> None:
    asked = ask(other)
    store.requests.claim(["shop"], "watcher")
    other.changed()
    store.requests.finish(asked.request_id, "done")

    assert other.changed()


def test_an_unknown_request_is_not_there(store: Store) -> None:
    assert store.requests.get("unknown") is None
