"""The moments that S3 writes are read as botocore reads them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.utils import parse_timestamp

from core.backup.repository.s3.header_times import moment_of


@pytest.mark.parametrize(
    "told",
    [
        "2026-11-21T02:00:00.000Z",
        "2026-11-21T02:00:00Z",
        "2026-11-21T03:00:00+01:00",
        "Sat, 21 Nov 2026 02:00:00 GMT",
        "Saturday, 21-Nov-26 02:00:00 GMT",
        "Sat Nov 21 02:00:00 2026 UTC",
        1795226400,
        "1795226400",
    ],
)
def test_a_moment_in_any_form_is_the_same_with_its_zone(told: str | int) -> None:
    found = moment_of(told)
    assert found.tzinfo is not None
    assert found == parse_timestamp(told) == datetime(2026, 11, 21, 2, tzinfo=UTC)


@pytest.mark.parametrize("told", ["", "yesterday", "2026-13-41T02:00:00Z", "never GMT"])
def test_what_is_no_moment_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match="timestamp"):
        moment_of(told)
