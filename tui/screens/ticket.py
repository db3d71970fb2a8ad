"""What is on the screen, as Markdown for the ticket: on the clipboard, and in a file."""

from __future__ import annotations

from core.api.launch import Launch
from core.errors import PgvigilError
from tui.evidence import Section, markdown, write
from tui.masking import mask_of, masked
from tui.screens.area import AreaScreen
from tui.text import clean


def take_evidence(screen: AreaScreen, launch: Launch) -> None:
    """Copy it, write it into the state folder of ``launch``, and say so."""
    view, place = masked(screen.view), screen.PLACE.value
    sections = [Section(*each) for each in screen.sections(view, mask_of(screen.view))]
    text = markdown(place, view, sections, screen.statements())
    screen.app.copy_to_clipboard(text)
    try:
        path = write(launch.state_folder / "evidence", view, place, text)
    except PgvigilError as error:
        screen.notify(clean(f"✖ {error}"), severity="error", markup=False)
    else:
        passing = "\nIt goes with the demo: keep a copy." if launch.passing else ""
        screen.notify(clean(f"Evidence copied, and written to {path}{passing}"), markup=False)
