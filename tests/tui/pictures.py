"""Pictures of screens: in which sizes and themes, and held as they were found good."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pytest_textual_snapshot import SVGImageExtension, normalize_svg
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from tests.tui.screen_text import seen, still

Size = tuple[int, int]

SIZES: list[Size] = [(80, 24), (120, 40), (200, 50)]
THEMES = ["dark", "light", "high-contrast", "colour-blind", "mono"]


def steps(keys: tuple[str, ...], *texts: str) -> Callable[[Pilot[Any]], Any]:
    """Press keys one by one once the figures are there, then wait for what they lead to."""

    async def run(pilot: Pilot[Any]) -> None:
        await seen(pilot, "orders-prod", "Slow queries", "┤")
        for key in keys:
            await pilot.press(key)
            await still(pilot)
        await seen(pilot, *texts)
        await still(pilot)

    return run


async def look(pilot: Pilot[Any], size: Size, theme: str, again: tuple[str, ...] = ()) -> None:
    """Give the terminal another size and the console another theme; press keys ``again`` then."""
    if pilot.app.size != size:
        await pilot.resize_terminal(*size)
        await still(pilot)
    if pilot.app.theme != (name := f"pgvigil-{theme}"):
        await pilot.app.run_action(f"app.theme('{name}')")
        await still(pilot)
        for key in again:
            await pilot.press(key)
            await still(pilot)


def picture(pilot: Pilot[Any]) -> str:
    """What is on the screen, as ``snap_compare`` draws it."""
    drawn = pilot.app.export_screenshot(title=pilot.app.title, simplify=True)
    return str(normalize_svg(drawn))


async def unlike(
    snapshot: SnapshotAssertion,
    pilot: Pilot[Any],
    looks: Iterable[tuple[str, Size]],
    folder: Path,
    again: tuple[str, ...] = (),
) -> list[Path]:
    """The pictures in these themes and sizes that are not as they are held, as files to look at."""
    held = snapshot.use_extension(SVGImageExtension)
    different = []
    for theme, size in looks:
        await look(pilot, size, theme, again)
        name = f"{theme}-{size[0]}x{size[1]}"
        if not held(name=name) == (drawn := picture(pilot)):  # noqa: SIM201 - syrupy's
            different.append(folder / f"{name}.svg")
            different[-1].write_text(drawn)
    return different
