"""What the screens of one wizard share: the draft, and what was found for its questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from core.api import restore_wizard as wizard
from core.model.restore_draft import RestoreDraft, WizardStep
from tui.following import Following

if TYPE_CHECKING:
    from core.api.restore_desk import RestoreDesk
    from core.model.recovery import BackupContents, RecoveryTimeline
    from core.model.restore import RestorePlan

Answer = Callable[[RestoreDraft], RestoreDraft]


class Guide:
    """Leads through one draft; each answer is in the store before the next question is shown."""

    def __init__(self, following: Following, draft: RestoreDraft) -> None:
        self.following = following
        self.draft = draft
        self._timeline: RecoveryTimeline | None = None
        self._contents: BackupContents | None = None
        self._planned: tuple[object, RestorePlan] | None = None

    async def desk(self) -> RestoreDesk:
        """What is asked of restores."""
        session = await self.following.opened()
        return session.restores

    async def answer(self, answer: Answer) -> None:
        """Take an answer, and write it down.

        Raises:
            RestoreError: it is none, or another person goes on with this restore by now.
            StoreError: the store can't be written to.
        """
        changed = answer(self.draft)
        if changed != self.draft:
            self.draft = await (await self.desk()).save(changed)

    async def go_on_with(self, draft: RestoreDraft) -> None:
        """Take over a draft that somebody, perhaps this person, had begun.

        Raises:
            RestoreError: it was put aside meanwhile.
            StoreError: the store can't be used.
        """
        self.draft = await (await self.desk()).take_over(draft)
        self._timeline = self._contents = self._planned = None

    async def timeline(self) -> RecoveryTimeline:
        """What can be recovered.

        Raises:
            PgvigilError: the config or the store can't be read.
        """
        if self._timeline is None:
            self._timeline = await (await self.desk()).timeline(self.draft.server_id)
        return self._timeline

    async def contents(self) -> BackupContents:
        """What the chosen backup holds.

        Raises:
            PgvigilError: that is not known here.
        """
        known, wanted = self._contents, self.draft.backup_id
        if known is None or known.backup_id != wanted:
            known = await (await self.desk()).contents(self.draft.server_id, wanted)
            self._contents = known
        return known

    async def plan(self, *, anew: bool = False) -> RestorePlan:
        """What the answers would do; made once for the same answers, unless ``anew``.

        Raises:
            PgvigilError: it can't be planned; says why.
        """
        asked = wizard.request_of(self.draft)
        if self._planned is None or self._planned[0] != asked or anew:
            self._planned = (asked, await (await self.desk()).plan(self.draft))
        return self._planned[1]

    def to(self, step: WizardStep) -> Answer:
        """The answer that only leads to another question."""
        return lambda draft: wizard.at_step(draft, step)
