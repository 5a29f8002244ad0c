"""The tables: what Kalm keeps, on SQLite and PostgreSQL alike."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC: SQLite has no time zones of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn any aware moment into UTC; a naive one is a mistake of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the moment its time zone back."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData()

# One row. Whoever writes takes the next positions here first, so writers of any
# process stand in one line and positions become visible in order, without gaps.
ledger = Table(
    "ledger",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
)

# One row a call: what lists need without folding every event of every call.
calls = Table(
    "calls",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("started", Moment, nullable=False),
    Column("waiting_since", Moment),
    Column("ended", Moment),
    Column("outcome", Text),
    Column("state", Text, nullable=False),
    Column("customer", Text),
    Column("customer_name", Text),
    Column("agent", Text),
    # A number of handoff.urgency: the higher, the sooner.
    Column("urgency", Integer, nullable=False, server_default="0"),
    # Whom the card is offered to now, and until when; nobody has two offers at a time.
    Column("offered_to", Text),
    Column("offered_until", Moment),
    Index("calls_by_state", "state", text("urgency DESC"), "waiting_since"),
    Index("one_offer_an_agent", "offered_to", unique=True),
    Index("calls_by_customer", "customer"),
)

events = Table(
    "events",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("call_id", Text, ForeignKey("calls.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", JSON, nullable=False),
    UniqueConstraint("call_id", "seq", name="events_in_order"),
    Index("events_by_kind", "kind", "at"),
)

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("password", Text, nullable=False),
    Column("role", Text, nullable=False),
    # An agent or supervisor who may use the studio too.
    Column("also_owns", Boolean, nullable=False, server_default=text("false")),
    Column("created", Moment, nullable=False),
)

# What agents can do, by the name that calls know them by. Who has no row has the defaults.
agents = Table(
    "agents",
    metadata,
    Column("name", Text, primary_key=True),
    Column("languages", JSON, nullable=False),
    Column("skills", JSON, nullable=False),
    Column("trained", Boolean, nullable=False),
    Column("asked_for_heavy", Boolean, nullable=False),
    # Hears what a call is about before the caller.
    Column("whisper", Boolean, nullable=False, server_default=text("true")),
    Column("buddy", Text),
)

# How each agent is there now. `busy` and `wrap_up` follow from the events of calls and are
# written with them; `choice` is what the agent wants when no call asks for them.
presence = Table(
    "presence",
    metadata,
    Column("agent", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
    Column("call_id", Text),
    Column("choice", Text, nullable=False),
    # Of a break that is to begin when the call is wrapped up.
    Column("break_minutes", Float),
    # When the agent's page was last known to be open.
    Column("seen", Moment),
    # Offers in a row that the agent let expire.
    Column("missed", Integer, nullable=False, server_default="0"),
)

# Only ever added to.
presence_history = Table(
    "presence_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agent", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("why", Text, nullable=False),
    Index("presence_by_agent", "agent", "at"),
)

# Tokens are kept as SHA-256 only: who reads the database can't log in with it.
sessions = Table(
    "sessions",
    metadata,
    Column("token", Text, primary_key=True),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("token", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created", Moment, nullable=False),
)

# One row a call and sign, made from the call's events in the transaction that stores
# them. No foreign key to the call: the words go when the call's retention ends, while
# a measure may last longer. So nothing that was said is kept here.
incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call_id", Text, nullable=False),
    Column("sign", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("state", Text, nullable=False),
    # Counts changes: who decides says which version they read.
    Column("version", Integer, nullable=False),
    # `seq` of the first CallerSpoke that it is about.
    Column("moment", Integer, nullable=False),
    Column("reports", Integer, nullable=False),
    Column("opened", Moment, nullable=False),
    Column("latest", Moment, nullable=False),
    Column("number", Text),
    Column("customer", Text),
    Column("verified", Boolean, nullable=False),
    UniqueConstraint("call_id", "sign", name="one_incident_a_sign"),
    Index("incidents_by_state", "state", "opened"),
    Index("incidents_by_number", "number"),
    Index("incidents_by_customer", "customer"),
    # A number is never given twice: events of later calls refer to it.
    sqlite_autoincrement=True,
)

# Only ever added to: the history of an incident.
incident_decisions = Table(
    "incident_decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident_id", Integer, ForeignKey("incidents.id", ondelete="CASCADE"), nullable=False),
    # The incident's after the decision.
    Column("version", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    # A list of names; empty when what was decided before is revoked.
    Column("measures", JSON, nullable=False),
    Column("why", Text, nullable=False),
    UniqueConstraint("incident_id", "version", name="one_decision_a_version"),
)

# What calls ask for. Number and customer are those that were known when it was decided.
measures = Table(
    "measures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident_id", Integer, ForeignKey("incidents.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("number", Text),
    Column("customer", Text),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    # When it was revoked or another decision took its place.
    Column("ended", Moment),
    Index("measures_by_incident", "incident_id"),
    Index("measures_by_number", "number"),
    Index("measures_by_customer", "customer"),
)

# One row a CallbackPlanned, made from the call's events in the transaction that stores them.
callbacks = Table(
    "callbacks",
    metadata,
    Column("call_id", Text, primary_key=True),
    # `seq` of the CallbackPlanned.
    Column("of", Integer, primary_key=True, autoincrement=False),
    # Who calls; null for whoever is free.
    Column("agent", Text),
    Column("due", Moment, nullable=False),
    Column("number", Text, nullable=False),
    Column("about", Text, nullable=False),
    # How often the same promise was tried in vain before.
    Column("tries", Integer, nullable=False),
    # planned, reached, not_reached, no_longer_needed; unreached: for a supervisor.
    Column("state", Text, nullable=False),
    # When its moment came.
    Column("rang", Moment),
    Index("callbacks_by_state", "state", "due"),
)

# One row an event of which the company's webhook is told, and how that went.
card_posts = Table(
    "card_posts",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("of", Integer, primary_key=True, autoincrement=False),
    # requested, accepted, closed.
    Column("what", Text, nullable=False),
    # waiting, sent, refused, gave_up.
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("made", Moment, nullable=False),
    Column("tried", Moment),
    # Of the latest try: a status or the name of a fault, nothing of the caller's.
    Column("error", Text, nullable=False),
    Index("card_posts_by_state", "state", "made"),
)

# One row a change of routing's numbers by a supervisor; the latest holds, above the file.
routing_changes = Table(
    "routing_changes",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    # By name of handoff.rule_changes.NUMBERS; what is missing is as in the file.
    Column("numbers", JSON, nullable=False),
    # The change that this one takes back.
    Column("undoes", Integer),
)
