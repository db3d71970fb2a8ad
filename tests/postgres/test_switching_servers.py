"""From a screen that stands still another server is chosen: all that is shown is that server's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.person import person_at
from tests.postgres.connecting import held
from tests.servers.factory import ServerFactory
from tests.servers.watching import site


@pytest.mark.parametrize("held_still", ["p", "["], ids=["paused", "rewound"])
async def test_sessions_are_those_of_the_server_that_was_chosen_also_once_it_is_live(
    held_still: str, start_server: ServerFactory, tmp_path: Path
) -> None:
    left, chosen = start_server(), start_server()
    with (
        site(tmp_path) as here,
        held(f"{left.dsn()}?application_name=on-the-left", "SELECT 1"),
        held(f"{chosen.dsn()}?application_name=on-the-chosen", "SELECT 1"),
    ):
        launch = here.launch(left.dsn(), chosen.dsn())
        async with person_at(launch, (200, 50)) as person:
            await person.sees(r"\d+ of \d+ slots")
            await person.sees_figures_renewed()
            await person.press("2")
            await person.sees("on-the-left")
            await person.press("s", held_still)
            await person.sees("PAUSED|REWOUND")
            await person.press("/", *str(chosen.port), "enter", "enter")
            await person.sees("Slow queries")
            await person.press("0", "2")
            await person.sees("on-the-chosen", "live")
            await person.sees_figures_renewed()
            assert "on-the-left" not in person.screen
