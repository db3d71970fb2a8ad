"""When a schedule fires: cron's meaning, in a time zone, spread by jitter, within a window.

cronsim gives the moments; it follows Debian's cron: day of month OR day of week where both are
given, and a job at a fixed time runs once when the clocks change (a time that is left out: as soon
as there is a time again; one that comes twice: the first time). APScheduler takes
:class:`CronTrigger` as a trigger; its own ``CronTrigger.from_crontab`` has neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from cronsim import CronSim

from core.config.cron_text import cron_fault, five_fields
from core.config.window import Window
from core.errors import ConfigError

_SPREAD = 2**32
_TRIED = 3_000  # more than a day has minutes: who is in the window on no day is never in it


def zone(name: str) -> tzinfo:
    """A time zone by its name.

    Raises:
        ConfigError: this machine has none of that name.
    """
    if name in {"", "UTC"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise _no_zone(name) from error
    except KeyError as error:
        raise _no_zone(name) from error


def _no_zone(name: str) -> ConfigError:
    return ConfigError(
        f"There is no time zone {name}",
        why="this machine's time zone database has none of that name",
        remedy="a name such as Europe/Berlin; where it is right, install the package tzdata",
    )


class CronTrigger:
    """The moments of one schedule of one server; a trigger for APScheduler.

    ``seed`` says whose moments they are: the jitter of each is drawn from it and the moment alone,
    so that every watcher, on every host and after every restart, has the same ones.
    """

    def __init__(
        self,
        cron: str,
        *,
        time_zone: str = "UTC",
        jitter_seconds: float = 0,
        window: Window | None = None,
        seed: str = "",
    ) -> None:
        """Read the line.

        Raises:
            ConfigError: it is wrong or never fires, or there is no such time zone.
        """
        fault = cron_fault(cron)
        if fault is not None:
            nearest = f"; did you mean {fault.nearest}?" if fault.nearest else ""
            raise ConfigError(
                f"The cron line {cron!r} can't be used",
                why=f"it {fault.what}" if fault.what.startswith(("is", "has")) else fault.what,
                remedy=f"{fault.expected}{nearest}",
            )
        self._line = five_fields(cron)
        self._zone = zone(time_zone)
        self._jitter = timedelta(seconds=jitter_seconds)
        self._window = window
        self._seed = seed
        if next(self._plain_after(datetime.now(UTC)), None) is None:
            raise ConfigError(
                f"The cron line {cron!r} never fires within the window {window}",
                why="none of its moments lies in it",
                remedy="a window that holds one, or another line",
            )

    @property
    def rule(self) -> str:
        """All that its moments depend on, as text: another rule is another schedule."""
        return f"{self._line} {self._zone} {self._jitter.total_seconds():g} {self._window or ''}"

    def after(self, moment: datetime) -> datetime | None:
        """The first moment later than ``moment``, in UTC; ``None`` where there is none."""
        return next(self.all_after(moment), None)

    def all_after(self, moment: datetime) -> Iterator[datetime]:
        """Every moment later than ``moment``, in UTC and in their order."""
        plain = self._plain_after(moment - self._jitter)
        if not self._jitter:
            yield from plain
            return
        nominal = next(plain, None)
        while nominal is not None:
            following = next(plain, None)
            at = nominal + self._delay(nominal, following)
            if at > moment:
                yield at
            nominal = following

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """The same for APScheduler."""
        return self.after(previous_fire_time or now)

    def is_open(self, moment: datetime) -> bool:
        """Whether ``moment`` lies in the window; always where there is none."""
        local = moment.astimezone(self._zone)
        return self._window is None or self._window.holds(local.time())

    def _plain_after(self, moment: datetime) -> Iterator[datetime]:
        """The moments without jitter, later than ``moment``."""
        last = moment
        left = _TRIED
        for local in CronSim(self._line, moment.astimezone(self._zone)):
            at = local.astimezone(UTC)
            left -= 1
            if not left:
                return
            # Two times that the clocks leave out fall on one moment.
            if at > last and (self._window is None or self._window.holds(local.time())):
                last = at
                left = _TRIED
                yield at

    def _delay(self, nominal: datetime, following: datetime | None) -> timedelta:
        """The jitter of one moment: before the next one, and before the window closes."""
        most = self._jitter
        if following is not None:
            most = min(most, following - nominal)
        if self._window is not None:
            local = nominal.astimezone(self._zone)
            most = min(most, self._window.closes_after(local).astimezone(UTC) - nominal)
        drawn = hashlib.sha256(f"{self._seed}\x00{nominal.isoformat()}".encode()).digest()
        share = int.from_bytes(drawn[:4], "big") / _SPREAD
        return timedelta(seconds=int(most.total_seconds() * share))
