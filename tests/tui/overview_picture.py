"""Draws docs/overview.svg: ``uv run python -m tests.tui.overview_picture`` writes it anew."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
import time
from pathlib import Path

from core.api.launch import Launch
from tests.tui import frames, playback
from tests.tui.screen_text import seen, still
from tui.app import ConsoleApp

PICTURE = Path(__file__).parents[2] / "docs" / "overview.svg"
SIZE = (120, 40)

_FOREIGN = re.compile(r"\s*@font-face\s*\{.*?\}|\s*<!--.*?-->", re.DOTALL)


async def drawn(state_folder: Path) -> str:
    """The overview in the incident of the snapshot tests; the picture asks no one for fonts."""

    async def opened(_: Launch) -> playback.Playback:
        return playback.Playback(frames.incident())

    launch = playback.launch(state_folder)
    app = ConsoleApp(launch, open_session=opened, now=lambda: frames.NOW)  # type: ignore[arg-type]
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "orders-prod", "Slow queries", "┤")
        await still(pilot)
        return _FOREIGN.sub("", app.export_screenshot(title="pgvigil"))


def main() -> None:
    """Write the picture."""
    os.environ.update(TZ="UTC", TERM="xterm-256color", COLORTERM="truecolor")
    os.environ.pop("NO_COLOR", None)
    time.tzset()
    with tempfile.TemporaryDirectory() as folder:
        PICTURE.write_text(asyncio.run(drawn(Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main()
