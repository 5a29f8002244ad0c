"""Incident rows: one a call and sign, as a fold over the events of the call.

They are written in the transaction that stores the events: there is no moment at
which a report is on record and its incident is not. Since the fold always begins
at the start of the call, writing it once more changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.events import (
    BODY,
    Body,
    CallEnded,
    CallerIdentified,
    CallerVerified,
    CallStarted,
    IncidentReported,
    Sign,
    WarningGiven,
)
from handoff.numbers import e164
from handoff.rules import Rules, own_rules
from handoff.store.tables import events, incidents

OF_INTEREST = (
    CallStarted,
    CallerIdentified,
    CallerVerified,
    WarningGiven,
    IncidentReported,
    CallEnded,
)


@dataclass(frozen=True)
class Reported:
    """What the events of one call say about one sign."""

    sign: Sign
    moment: int
    """`seq` of the first CallerSpoke that it is about."""
    opened: datetime
    latest: datetime
    reports: int = 1
    urgent: bool = False
    after_warning: bool = False


@dataclass
class CallOfIncidents:
    """What of a call matters to its incidents, event by event."""

    rules: Rules
    number: str | None = None
    customer: str | None = None
    verified: bool = False
    ended: bool = False
    """For abuse."""
    warned: bool = False
    reported: dict[Sign, Reported] = field(default_factory=dict)

    def take(self, body: Body, at: datetime) -> None:
        """Take one more event; events come in order."""
        match body:
            case CallStarted(caller_number=number):
                self.number = self.number or e164(number)
            case CallerIdentified(customer_id=customer):
                # Someone else than was proven: the proof is not theirs.
                self.verified = self.verified and customer == self.customer
                self.customer = customer
            case CallerVerified(customer_id=customer):
                self.customer, self.verified = customer, True
            case WarningGiven():
                self.warned = True
            case IncidentReported() as report:
                self._report(report, at)
            case CallEnded(outcome=outcome):
                self.ended = self.ended or outcome == "ended_for_abuse"
            case _:
                pass

    def _report(self, report: IncidentReported, at: datetime) -> None:
        before = self.reported.get(report.sign)
        self.reported[report.sign] = (
            Reported(report.sign, report.of, at, at, 1, report.urgent, self.warned)
            if before is None
            else replace(
                before,
                latest=at,
                reports=before.reports + 1,
                urgent=before.urgent or report.urgent,
                after_warning=before.after_warning or self.warned,
            )
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return the columns of each incident that its events decide."""
        return [
            {
                "sign": found.sign,
                "level": self.rules.level(
                    found.sign,
                    urgent=found.urgent,
                    reports=found.reports,
                    went_on=self.ended or found.after_warning,
                ),
                "moment": found.moment,
                "reports": found.reports,
                "opened": found.opened,
                "latest": found.latest,
                "number": self.number,
                "customer": self.customer,
                "verified": self.verified,
            }
            for found in self.reported.values()
        ]


def fold(told: Iterable[tuple[Body, datetime]], rules: Rules) -> list[dict[str, Any]]:
    """Return the incidents of a call from its events, in order from the first."""
    call = CallOfIncidents(rules)
    for body, at in told:
        call.take(body, at)
    return call.rows()


def keep_incidents(connection: Connection, call_id: str, bodies: Sequence[Body]) -> None:
    """Bring a call's incidents up to date with its events, among them these new ones."""
    if not any(isinstance(body, OF_INTEREST) for body in bodies):
        return
    query = (
        select(events.c.body, events.c.at)
        .where(
            events.c.call_id == call_id,
            events.c.kind.in_([kind.__name__ for kind in OF_INTEREST]),
        )
        .order_by(events.c.seq)
    )
    told = [(BODY.validate_python(row.body), row.at) for row in connection.execute(query)]
    rows = fold(told, own_rules())
    if not rows:
        return
    of_call = select(incidents).where(incidents.c.call_id == call_id)
    known = {row.sign: dict(row._mapping) for row in connection.execute(of_call)}
    for row in rows:
        before = known.get(row["sign"])
        if before is None:
            new = insert(incidents).values(call_id=call_id, state="open", version=1, **row)
            connection.execute(new)
            continue
        changed = {name: value for name, value in row.items() if before[name] != value}
        if not changed:
            continue
        if "reports" in changed:  # What happened since was not decided upon.
            changed["state"] = "open"
        # Counted by the database: a supervisor may decide at this very moment.
        changed["version"] = incidents.c.version + 1
        connection.execute(
            update(incidents).where(incidents.c.id == before["id"]).values(**changed)
        )
