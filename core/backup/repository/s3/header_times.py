"""The times that an answer tells: the server's clock, when to come back, how old an object is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that Retry-After asks for, as a number or a date; 0 where it says nothing."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (_aware(until) - datetime.now(UTC)).total_seconds())


def server_time(headers: Mapping[str, str]) -> datetime:
    """What the server's clock showed, in whole seconds; ours where it did not say."""
    return _dated(headers) or datetime.now(UTC).replace(microsecond=0)


def skew_of(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server's clock is ahead of ours, by its Date; ``None``: it said none."""
    there = _dated(headers)
    return None if there is None else (there - datetime.now(UTC)).total_seconds()


def moment_of(told: Any) -> datetime:
    """A moment as an answer writes it, with its time zone.

    A list has one for each object. botocore reads any form there is, and takes longer for that than
    for all the rest of the answer: these two are those that S3 writes (RFC 3339 in lists, RFC 9110
    in headers), and it is asked about others.

    Raises:
        ValueError: it is no moment.
    """
    from botocore.utils import parse_timestamp

    try:
        read = parsedate_to_datetime if told.endswith(" GMT") else datetime.fromisoformat
        moment = read(told)
    except (AttributeError, TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        moment = parse_timestamp(told)
    return moment


def _dated(headers: Mapping[str, str]) -> datetime | None:
    try:
        return _aware(parsedate_to_datetime(headers.get("date", "")))
    except ValueError:
        return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
