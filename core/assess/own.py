"""What pgvigil says of itself: what it could not read, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator

from core.assess.situation import Draft, Situation
from core.assess.wording import milliseconds
from core.model.cost import SelfCost
from core.model.health import Area, Severity
from core.model.unknown import Unknown


def findings(situation: Situation) -> Iterator[Draft]:
    """Subjects that could not be read, and slowing to stay within the budget."""
    for name, area, body in (
        ("server", Area.SERVER, situation.server),
        ("connections", Area.CONNECTIONS, situation.connections),
        ("databases", Area.DATABASES, situation.databases),
    ):
        if isinstance(body, Unknown):
            yield Draft(
                fingerprint=f"pgvigil.unknown:{name}",
                area=area,
                severity=Severity.WARNING,
                title=f"The {name} could not be read",
                detail=body.reason,
                advice=body.remedy or "It is asked again at its pace; pgvigil doctor tells more.",
            )
    cost = situation.cost
    if isinstance(cost, SelfCost) and cost.slowdown > 1:
        yield Draft(
            fingerprint="pgvigil.slowed",
            area=Area.PGVIGIL,
            severity=Severity.INFO,
            title=f"pgvigil asks {cost.slowdown:.1f} times less often, to spare the server",
            detail=(
                f"at their full pace its questions would take "
                f"{milliseconds(cost.budget_ms * cost.slowdown)} of the server's time a minute; "
                f"the budget is {milliseconds(cost.budget_ms)}"
            ),
            advice="Raise collect.budget_ms_per_minute if the server can bear it.",
        )
