"""Values of options, checked while the command line is read."""

from __future__ import annotations

from argparse import ArgumentTypeError

MOST = 1_000_000.0


def positive_number(text: str) -> float:
    """A number above 0, as ``--minutes`` takes."""
    value = _number(text)
    if not 0 < value <= MOST:
        raise ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def count(text: str) -> int:
    """A whole number above 0, as ``--last`` takes."""
    value = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < value <= MOST:
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return value


def seconds(text: str) -> float:
    """A number of seconds, 0 allowed, as ``--timeout`` takes."""
    value = _number(text)
    if not 0 <= value <= MOST:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
