"""What ``only_if`` asks for, and whether it holds: pure, and unknown is neither yes nor no."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from core.config.schedule_settings import OnlyIfSettings
from core.model.unknown import Unknown


class Answer(Enum):
    """Whether something holds."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, and where it is not yes, why."""

    answer: Answer
    why: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a server and of this host.

    ``load`` is this host's load average of the last minute.
    """

    in_recovery: bool | Unknown
    active_sessions: int | Unknown
    load: float | Unknown


NOTHING_ASKED = Verdict(Answer.YES)


def judge(asked: OnlyIfSettings, measured: Measured) -> Verdict:
    """Whether all that is asked for holds; one that does not hold counts before an unknown one."""
    verdicts = [
        _role(asked, measured),
        _below("load of this host", measured.load, asked.load_below),
        _below("running sessions", measured.active_sessions, asked.active_sessions_below),
    ]
    for answer in (Answer.NO, Answer.UNKNOWN):
        for verdict in verdicts:
            if verdict.answer is answer:
                return verdict
    return NOTHING_ASKED


def _role(asked: OnlyIfSettings, measured: Measured) -> Verdict:
    if not asked.role:
        return NOTHING_ASKED
    if isinstance(measured.in_recovery, Unknown):
        return Verdict(Answer.UNKNOWN, f"its role is not known: {measured.in_recovery.reason}")
    role = "standby" if measured.in_recovery else "primary"
    if role == asked.role:
        return NOTHING_ASKED
    return Verdict(Answer.NO, f"it is a {role}, and only_if asks for a {asked.role}")


def _below(what: str, value: float | Unknown, limit: float) -> Verdict:
    if not limit:
        return NOTHING_ASKED
    if isinstance(value, Unknown):
        return Verdict(Answer.UNKNOWN, f"{what} not known: {value.reason}")
    if value < limit:
        return NOTHING_ASKED
    return Verdict(Answer.NO, f"{what}: {value:g}, and only_if asks for less than {limit:g}")
