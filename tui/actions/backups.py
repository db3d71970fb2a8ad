"""The keys that act on backups, their jobs and their schedules."""

from __future__ import annotations

from tui.actions.action import Action, Subject
from tui.actions.places import BACKUP_PLACES, CHOSEN_BACKUP, Place

BACKUPS: tuple[Action, ...] = (
    Action("screen.back_up('full')", ("b",), "b", "back up now",
           "take a full backup now, after a preview of exactly what is done",
           BACKUP_PLACES, rank=4, danger=True, live_only=True, about=Subject.SET_UP),
    Action("screen.back_up('incremental')", ("B",), "B", "incremental now",
           "take an incremental backup now: only tables that changed since the last one",
           BACKUP_PLACES, danger=True, live_only=True, about=Subject.SET_UP),
    Action("screen.verify_backup", ("v",), "v", "verify",
           "verify the copies of the chosen backup now: every byte, and that its archive is whole",
           CHOSEN_BACKUP, rank=5, danger=True, live_only=True, about=Subject.BACKUP),
    Action("screen.protect_backup", ("K",), "K", "keep",
           "keep the chosen backup, with a reason, so that no retention deletes it",
           CHOSEN_BACKUP, rank=6, danger=True, live_only=True, about=Subject.BACKUP),
    Action("screen.unprotect_backup", ("U",), "U", "let go",
           "keep the chosen backup no longer: retention decides again",
           CHOSEN_BACKUP, danger=True, live_only=True, about=Subject.BACKUP),
    Action("screen.cancel_job", ("c",), "c", "cancel job",
           "stop the running job: it clears up what it began, earlier backups stay",
           frozenset({Place.BACKUPS, Place.JOB, Place.RESTORES, Place.RESTORE, Place.DRILLS,
                      Place.DRILL}), rank=5,
           danger=True, live_only=True, about=Subject.JOB),
    Action("screen.pause_schedule", ("z",), "z", "pause/resume",
           "let the chosen schedule fire no more until it is resumed; again: resume it",
           frozenset({Place.SCHEDULES}), rank=5, danger=True, live_only=True,
           about=Subject.ROW),
    Action("screen.run_schedule", ("n",), "n", "run now",
           "run the chosen schedule now, beside its plan",
           frozenset({Place.SCHEDULES}), rank=4, danger=True, live_only=True,
           about=Subject.ROW),
)  # fmt: skip
