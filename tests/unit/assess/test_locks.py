from __future__ import annotations

from core.assess.locks import lock_queues
from tests.unit.assess.builders import backend


def shape(backends: list[tuple[int, tuple[int, ...]]]) -> list[list[tuple[int, int]]]:
    trees = lock_queues(backend(pid, blocked_by=ahead) for pid, ahead in backends)
    return [[(level, node.pid) for level, node in tree.walk()] for tree in trees]


def test_nobody_waiting_gives_no_queue() -> None:
    assert lock_queues([backend(1), backend(2)]) == ()


def test_a_queue_keeps_its_order_though_every_waiter_names_the_root_too() -> None:
    assert shape([(1, ()), (2, (1,)), (3, (1, 2)), (4, (1, 2, 3))]) == [
        [(0, 1), (1, 2), (2, 3), (3, 4)]
    ]


def test_waiters_side_by_side_stand_on_one_level() -> None:
    [tree] = lock_queues([backend(1), backend(2, blocked_by=(1,)), backend(3, blocked_by=(1,))])
    assert (tree.waiting, tree.depth) == (2, 1)


def test_the_longest_wait_stands_first_on_its_level() -> None:
    [tree] = lock_queues(
        [
            backend(1),
            backend(2, blocked_by=(1,), query_seconds=1),
            backend(3, blocked_by=(1,), query_seconds=9),
        ]
    )
    assert [node.pid for node in tree.waiters] == [3, 2]


def test_the_longest_queue_comes_first() -> None:
    trees = shape([(1, ()), (2, (1,)), (8, ()), (9, (8,)), (10, (8,))])
    assert [tree[0] for tree in trees] == [(0, 8), (0, 1)]


def test_a_prepared_transaction_at_the_root_is_a_node_without_a_session() -> None:
    [tree] = lock_queues([backend(5, blocked_by=(0,))])
    assert (tree.pid, tree.backend, tree.waiting) == (0, None, 1)


def test_a_circle_is_cut_at_its_lowest_pid_and_marked() -> None:
    [tree] = lock_queues(
        [
            backend(1, blocked_by=(2,)),
            backend(2, blocked_by=(1,)),
            backend(3, blocked_by=(2,)),
        ]
    )
    assert [(level, node.pid, node.in_cycle) for level, node in tree.walk()] == [
        (0, 1, True),
        (1, 2, True),
        (2, 3, False),
    ]


def test_two_circles_and_a_self_block_end_too() -> None:
    trees = shape([(1, (2,)), (2, (1,)), (3, (4,)), (4, (3,)), (5, (5,))])
    assert sorted(tree[0][1] for tree in trees) == [1, 3]


def test_a_hot_row_with_thousands_in_its_queue_is_no_trouble() -> None:
    queue = [backend(pid, blocked_by=tuple(range(max(1, pid - 20), pid))) for pid in range(1, 3001)]
    [tree] = lock_queues(queue)
    assert (tree.waiting, tree.depth, len(list(tree.walk()))) == (2999, 2999, 3000)
