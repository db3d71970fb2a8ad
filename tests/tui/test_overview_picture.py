"""The picture in the README shows the console as it is, and asks no one for anything."""

from __future__ import annotations

import re
from pathlib import Path

from tests.tui.overview_picture import PICTURE, drawn


async def test_the_picture_shows_what_the_overview_shows_today(tmp_path: Path) -> None:
    """``uv run python -m tests.tui.overview_picture`` draws it anew."""
    assert texts(PICTURE.read_text(encoding="utf-8")) == texts(await drawn(tmp_path))


def test_the_picture_asks_no_one_for_anything() -> None:
    picture = PICTURE.read_text(encoding="utf-8")
    assert re.findall(r"https?://[^\"\s)]+", picture) == ["http://www.w3.org/2000/svg"]


def texts(picture: str) -> list[str]:
    """What stands in a picture, in its order."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", picture)
