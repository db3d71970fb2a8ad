"""The way into the restore wizard: from an area, a backup, an earlier restore or a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.api import restore_wizard as wizard
from core.errors import PgvigilError
from core.model.backup import CatalogEntry
from tui.screens.area import AreaScreen
from tui.text import clean

if TYPE_CHECKING:
    from core.model.restore import RestorePlan
    from core.model.restore_draft import RestoreDraft


def open_wizard(
    screen: AreaScreen,
    *,
    entry: CatalogEntry | None = None,
    plan: RestorePlan | None = None,
    draft: RestoreDraft | None = None,
) -> None:
    """Open the wizard over a screen: with a backup or a plan to begin from, or a draft to go on."""
    screen.run_worker(_open(screen, entry, plan, draft), group="wizard", exclusive=True)


async def _open(
    screen: AreaScreen,
    entry: CatalogEntry | None,
    plan: RestorePlan | None,
    draft: RestoreDraft | None,
) -> None:
    from tui.wizard.guide import Guide
    from tui.wizard.screens import screen_of

    try:
        session = await screen.following.opened()
        desk = session.restores
        if draft is not None:
            begun = await desk.take_over(draft)
        else:
            begun = await desk.begin(screen.following.entry.server_id)
            if entry is not None:
                begun = wizard.begun_from(begun, entry)
            elif plan is not None:
                begun = wizard.as_planned(begun, plan)
    except PgvigilError as error:
        screen.notify(clean(f"✖ {error}"), severity="error", markup=False)
    else:
        screen.app.push_screen(screen_of(Guide(screen.following, begun)))
