"""One connection's life: what is asked when, and what of it goes into each tick."""

from __future__ import annotations

import logging
from datetime import datetime

from core.clock import Clock
from core.collect.collector import Collector, Reading
from core.config.settings import CollectSettings
from core.engine.assessor import Assessor
from core.engine.cost import CostMeter, Expense
from core.engine.tick import Tick
from core.engine.timetable import Timetable
from core.model.series import Metric, Sample
from core.model.server import Link, ServerInfo
from core.model.snapshot import Subject
from core.model.statements import Statements
from core.model.unknown import Unknown
from core.postgres.failure import LinkError
from core.postgres.session import Session
from core.store.minutes import MinuteSum

_log = logging.getLogger(__name__)


class Rounds:
    """Asks one session what is due and gathers the answers; knows nothing of leases or stores.

    ``was_renamed`` says that the role that it is connected as has another name than before.
    """

    def __init__(
        self,
        server_id: str,
        session: Session,
        collectors: tuple[Collector, ...],
        *,
        link: Link,
        settings: CollectSettings,
        assessor: Assessor,
        meter: CostMeter,
        minutes: MinuteSum,
        clock: Clock,
        attended: bool,
    ) -> None:
        self._server_id = server_id
        self._session = session
        self._collectors = {collector.subject: collector for collector in collectors}
        self._link = link
        self._assessor = assessor
        self._meter = meter
        self._minutes = minutes
        self._clock = clock
        self._paces = {subject: c.pace(settings) for subject, c in self._collectors.items()}
        self.timetable = Timetable(self._paces, attended=attended)
        self._attended = attended
        self._slowdown = 1.0
        self._noted: dict[Subject, float] = {}
        self._role = ""
        self.was_renamed = False

    def attend(self, *, attended: bool) -> None:
        """Go by the attended or the unattended paces from now on."""
        self._attended = attended
        self.timetable.attend(attended=attended)
        self._slow_down()

    def seconds_to_wait(self) -> float:
        """How long until something is due; zero or less when something is."""
        return self.timetable.next_due() - self._clock.monotonic()

    async def ask(self, tick: Tick, subject: Subject) -> None:
        """Put one question and add what it gave to ``tick``.

        Raises:
            SessionLostError: the connection is gone.
        """
        collector = self._collectors[subject]
        at = self._clock.now()
        reading = await self._reading(collector, at)
        now = self._clock.monotonic()
        self.timetable.asked(subject, now, reading.again_after)
        self._meter.spend(
            now, Expense(reading.server_ms, reading.rows, reading.statements), subject
        )
        tick.add(subject, at, self.timetable.pace(subject), reading.body, reading.samples)
        tick.samples.extend(self._assessor.note(subject, reading.body, at))
        self._gather_statements(tick, reading, at)
        if isinstance(reading.body, ServerInfo):
            self.was_renamed |= bool(self._role) and self._role != reading.body.role
            self._role = reading.body.role

    async def _reading(self, collector: Collector, at: datetime) -> Reading:
        """What the collector found; a mistake in one must not stop the others."""
        try:
            return await collector.collect(self._session, at)
        except LinkError:
            raise
        except Exception as error:  # noqa: BLE001 - one collector's bug is one subject's loss
            _log.exception("the collector of %s failed", collector.subject.value)
            reason = f"pgvigil made a mistake: {type(error).__name__}: {error}"
            remedy = "Pass the state folder's watcher.log on to whoever maintains your pgvigil."
            return Reading(Unknown(reason, remedy))

    def conclude(self, tick: Tick) -> None:
        """Add what is said of the link, of the cost and of all of it together."""
        now, at = self._clock.monotonic(), self._clock.now()
        self._slow_down()
        if self._is_time(Subject.LINK, now):
            tick.add(Subject.LINK, at, self.timetable.pace(Subject.SERVER), self._link)
            self._assessor.note(Subject.LINK, self._link, at)
        if self._is_time(Subject.COST, now):
            cost = self._meter.last_minute(now, self._slowdown)
            self._assessor.note(Subject.COST, cost, at)
            sample = Sample(Metric.SELF_SERVER_MS_PER_MINUTE, at, cost.server_ms)
            tick.add(Subject.COST, at, self.timetable.pace(Subject.DATABASES), cost, (sample,))
        pace = min(self.timetable.pace(subject) for subject in self._collectors)
        tick.add(Subject.ASSESSMENT, at, pace, self._assessor.assess(at))

    def _is_time(self, subject: Subject, now: float) -> bool:
        """Whether a subject that costs no question is due again; they go along with others."""
        along = Subject.SERVER if subject is Subject.LINK else Subject.DATABASES
        noted = self._noted.get(subject)
        if noted is not None and now < noted + 0.8 * self.timetable.pace(along):
            return False
        self._noted[subject] = now
        return True

    def _slow_down(self) -> None:
        paces = {
            subject: pace.attended if self._attended else pace.unattended
            for subject, pace in self._paces.items()
        }
        self._slowdown = self._meter.slowdown(paces)
        self.timetable.stretch(self._slowdown)

    def _gather_statements(self, tick: Tick, reading: Reading, at: datetime) -> None:
        if not isinstance(reading.body, Statements):
            return
        tick.texts.update(reading.texts)
        if reading.body.since is not None:
            tick.minutes.extend(self._minutes.add(at, reading.body))
