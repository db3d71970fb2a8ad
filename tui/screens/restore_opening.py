"""The way into the restore wizard: from an area, a backup, an earlier restore or a draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from core.api import restore_wizard as wizard
from core.errors import PgvigilError
from core.model.backup import CatalogEntry
from tui.screens.area import AreaScreen
from tui.text import clean

if TYPE_CHECKING:
    from core.model.guided_drill import GuidedDrill
    from core.model.restore import RestorePlan
    from core.model.restore_draft import RestoreDraft
    from core.model.restore_operation import RestoreOperation


def open_wizard(
    screen: AreaScreen,
    *,
    entry: CatalogEntry | None = None,
    plan: RestorePlan | None = None,
    draft: RestoreDraft | None = None,
    rows_of: tuple[RestoreOperation, bool, bool] | None = None,
    drill: GuidedDrill | None = None,
) -> None:
    """Open the wizard over a screen.

    From a backup, from an earlier plan, with a draft to go on with, or for the rows that a merge
    staged: whether different ones are set back, and extra ones deleted; in a guided drill.
    """

    def begun(empty: RestoreDraft) -> RestoreDraft:
        if entry is not None:
            return wizard.begun_from(empty, entry)
        if rows_of is not None:
            operation, update, delete = rows_of
            return wizard.merging_rows(empty, operation, update=update, delete=delete)
        if drill is not None:
            return wizard.for_drill(empty, drill)
        return empty if plan is None else wizard.as_planned(empty, plan)

    screen.run_worker(_open(screen, begun, draft), group="wizard", exclusive=True)


async def _open(
    screen: AreaScreen,
    begun: Callable[[RestoreDraft], RestoreDraft],
    draft: RestoreDraft | None,
) -> None:
    from tui.wizard.guide import Guide
    from tui.wizard.screens import screen_of

    try:
        desk = (await screen.following.asked()).restores
        if draft is not None:
            shown = await desk.take_over(draft)
        else:
            shown = begun(await desk.begin(screen.following.entry.server_id))
    except PgvigilError as error:
        screen.notify(clean(f"✖ {error}"), severity="error", markup=False)
    else:
        screen.app.push_screen(screen_of(Guide(screen.following, shown)))
