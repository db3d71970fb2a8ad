"""Ctrl-C while something is begun that goes on without this process."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tui.interrupts import interrupt_held


def _start(*steps: Callable[[], object]) -> None:
    with interrupt_held():
        for step in steps:
            step()


def _ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


def test_a_ctrl_c_has_its_effect_once_the_start_is_over() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        _start(_ctrl_c, lambda: done.append("job 7"))
    assert done == ["job 7"]


def test_without_a_ctrl_c_nothing_is_raised_and_the_next_one_interrupts() -> None:
    _start()
    with pytest.raises(KeyboardInterrupt):
        _ctrl_c()


def test_a_start_that_fails_says_why_though_ctrl_c_came() -> None:
    def fail() -> None:
        raise ValueError("no such server")

    with pytest.raises(ValueError, match="no such server"):
        _start(_ctrl_c, fail)
