"""What changed at the demo company: bookings, links, plans and answered keys, in SQLite.

Each change is one transaction together with the answer to its idempotency
key, so that a kill at any moment leaves either both or neither.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from bot.clock import Clock
from bot.company.api import Appointment, Contact

_SCHEMA = """
CREATE TABLE IF NOT EXISTS demo (began TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS appointments (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    slot TEXT NOT NULL,
    start TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    subject TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('booked', 'cancelled'))
);
CREATE UNIQUE INDEX IF NOT EXISTS one_visit_a_slot ON appointments (slot) WHERE status = 'booked';
CREATE TABLE IF NOT EXISTS links (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    invoice TEXT NOT NULL,
    sent_to TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS plans (invoice TEXT PRIMARY KEY, months INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS contacts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    contact TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL
);
"""


class Refused(Exception):
    """The demo company says no."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Answer:
    """What a change was answered with, and is answered with again for the same key."""

    status: int
    body: str


class DemoStore:
    """The changing part of the demo company.

    Args:
        folder: Where the database is kept; made when it is not there.
        clock: What day it is when the demo begins.
        zone: The company's time zone.
        seed: Books what was booked before the demo began, given the first day.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        zone: ZoneInfo,
        seed: Callable[["Change", date], None],
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "demo-company.db"
        self._zone = zone
        with closing(self._connect()) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_SCHEMA)
        with self._change() as db:
            row = db.execute("SELECT began FROM demo").fetchone()
            self.began = date.fromisoformat(row[0]) if row else clock().astimezone(zone).date()
            """The first day; every date of the demo is told from here."""
            if not row:
                db.execute("INSERT INTO demo VALUES (?)", (self.began.isoformat(),))
                seed(Change(db, zone), self.began)

    def taken(self) -> set[str]:
        """Return the ids of the slots that are booked."""
        with closing(self._connect()) as db:
            rows = db.execute("SELECT slot FROM appointments WHERE status = 'booked'").fetchall()
        return {slot for (slot,) in rows}

    def appointments(self, customer: str) -> list[Appointment]:
        """Return everything the customer ever booked, soonest first."""
        with closing(self._connect()) as db:
            rows = db.execute(
                "SELECT * FROM appointments WHERE customer = ? ORDER BY slot", (customer,)
            ).fetchall()
        return [_appointment(row, self._zone) for row in rows]

    def contacts(self, customer: str) -> list[Contact]:
        """Return the contacts that were filed, in the order in which they were."""
        with closing(self._connect()) as db:
            rows = db.execute(
                "SELECT contact FROM contacts WHERE customer = ? ORDER BY number", (customer,)
            ).fetchall()
        return [Contact.model_validate_json(contact) for (contact,) in rows]

    def once(self, key: str, request: str, act: Callable[["Change"], BaseModel]) -> Answer:
        """Do something once: a key that was answered before is answered the same.

        Args:
            key: The caller's idempotency key.
            request: What is asked; the same key may not ask for something else.
            act: Makes the change and returns the answer, or raises `Refused`.
        """
        with self._change() as db:
            row = db.execute(
                "SELECT request, status, body FROM answers WHERE key = ?", (key,)
            ).fetchone()
            if row and row["request"] != request:
                raise Refused(422, "key_reused")
            if row:
                return Answer(row["status"], row["body"])
            db.execute("SAVEPOINT act")
            try:
                answer = Answer(201, act(Change(db, self._zone)).model_dump_json())
            except Refused as refused:
                db.execute("ROLLBACK TO act")
                answer = Answer(refused.status, f'{{"reason":"{refused.reason}"}}')
            db.execute(
                "INSERT INTO answers VALUES (?, ?, ?, ?)",
                (key, request, answer.status, answer.body),
            )
            return answer

    def _connect(self) -> sqlite3.Connection:
        # One connection a request: it belongs to one thread and leaves nothing open after a kill.
        db = sqlite3.connect(self._path, timeout=5, isolation_level=None)
        db.row_factory = sqlite3.Row
        return db

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")


class Change:
    """What can be changed, within one transaction."""

    def __init__(self, db: sqlite3.Connection, zone: ZoneInfo) -> None:
        self._db = db
        self._zone = zone

    def appointment(self, number: str) -> Appointment:
        """Return the appointment with this id."""
        row = self._db.execute(
            "SELECT * FROM appointments WHERE 'A' || number = ?", (number,)
        ).fetchone()
        if row is None:
            raise Refused(404, "not_found")
        return _appointment(row, self._zone)

    def book(
        self, customer: str, slot: str, start: datetime, minutes: int, subject: str
    ) -> Appointment:
        """Book a slot, unless someone has it."""
        done = self._unless_taken(
            "INSERT INTO appointments (customer, slot, start, minutes, subject, status)"
            " VALUES (?, ?, ?, ?, ?, 'booked')",
            (customer, slot, start.isoformat(), minutes, subject),
        )
        return self.appointment(f"A{done.lastrowid}")

    def move(self, number: str, slot: str, start: datetime) -> Appointment:
        """Move an appointment to another slot, unless someone has that."""
        self._unless_taken(
            "UPDATE appointments SET slot = ?, start = ? WHERE 'A' || number = ?",
            (slot, start.isoformat(), number),
        )
        return self.appointment(number)

    def cancel(self, number: str) -> Appointment:
        """Cancel an appointment; its slot is free again."""
        self._db.execute(
            "UPDATE appointments SET status = 'cancelled' WHERE 'A' || number = ?", (number,)
        )
        return self.appointment(number)

    def note_link(self, invoice: str, sent_to: str) -> None:
        """Note that a payment link was sent."""
        self._db.execute("INSERT INTO links (invoice, sent_to) VALUES (?, ?)", (invoice, sent_to))

    def note_contact(self, customer: str, contact: Contact) -> None:
        """Note that a contact was filed."""
        self._db.execute(
            "INSERT INTO contacts (customer, contact) VALUES (?, ?)",
            (customer, contact.model_dump_json()),
        )

    def note_plan(self, invoice: str, months: int) -> None:
        """Note that a plan was requested, unless one was before."""
        try:
            self._db.execute("INSERT INTO plans VALUES (?, ?)", (invoice, months))
        except sqlite3.IntegrityError:
            raise Refused(409, "not_allowed") from None

    def _unless_taken(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        try:
            return self._db.execute(statement, values)
        except sqlite3.IntegrityError:
            raise Refused(409, "slot_taken") from None


def _appointment(row: sqlite3.Row, zone: ZoneInfo) -> Appointment:
    return Appointment(
        id=f"A{row['number']}",
        slot=row["slot"],
        start=datetime.fromisoformat(row["start"]).astimezone(zone),
        minutes=row["minutes"],
        subject=row["subject"],
        status=row["status"],
    )
