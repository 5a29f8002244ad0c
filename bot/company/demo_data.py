"""The twenty customers of the demo company, told relative to the day on which the demo began."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from bot.company.api import Contact, Customer, Invoice, Payment


@dataclass(frozen=True)
class Paid:
    """Money that arrived on an invoice."""

    amount: str
    days_ago: int


@dataclass(frozen=True)
class Bill:
    """An invoice, in days before or after the demo's first day."""

    number: str
    amount: str
    issued_ago: int
    due_in: int
    """Days until it must be paid; negative when that day is over."""
    paid: tuple[Paid, ...] = ()
    reminder_ago: int | None = None
    in_plan: bool = False

    @property
    def open_amount(self) -> Decimal:
        """What is still to pay."""
        return Decimal(self.amount) - sum(Decimal(paid.amount) for paid in self.paid)

    def invoice(self, began: date, today: date) -> Invoice:
        """Return the invoice as it stands today, when the demo began on the day `began`."""

        def ago(days: int) -> date:
            return began - timedelta(days=days)

        return Invoice(
            number=self.number,
            amount=Decimal(self.amount),
            issued=ago(self.issued_ago),
            due=ago(-self.due_in),
            status=self.status(began, today),
            open_amount=self.open_amount,
            payments=tuple(
                Payment(
                    id=f"{self.number}-{count}",
                    amount=Decimal(paid.amount),
                    received=ago(paid.days_ago),
                )
                for count, paid in enumerate(self.paid, start=1)
            ),
            reminder_sent=None if self.reminder_ago is None else ago(self.reminder_ago),
        )

    def status(self, began: date, today: date) -> Literal["open", "paid", "overdue", "in_plan"]:
        """Return what the company's books call it today."""
        if not self.open_amount:
            return "paid"
        if self.in_plan:
            return "in_plan"
        return "overdue" if began + timedelta(days=self.due_in) < today else "open"


@dataclass(frozen=True)
class Visit:
    """An appointment that was booked before the demo began."""

    working_day: int
    """1 for the first working day after the demo's first day, and so on."""
    at: str
    """One of `demo_calendar.VISITS`."""
    subject: Literal["meter", "advice", "repair"]

    @property
    def start_time(self) -> time:
        """The time at which it starts."""
        return time.fromisoformat(self.at)


@dataclass(frozen=True)
class Earlier:
    """An earlier contact."""

    days_ago: int
    at: str
    channel: Literal["phone", "mail", "chat", "letter"]
    summary: str
    agent: str | None = None
    promised: str | None = None

    def contact(self, began: date, zone: ZoneInfo) -> Contact:
        """Return the contact when the demo began on the day `began`."""
        day = began - timedelta(days=self.days_ago)
        return Contact(
            at=datetime.combine(day, time.fromisoformat(self.at), zone),
            channel=self.channel,
            agent=self.agent,
            summary=self.summary,
            promised=self.promised,
        )


@dataclass(frozen=True)
class Person:
    """A customer of the demo company, with everything the company knows."""

    customer: Customer
    story: str
    """What makes this customer worth a call; for docs/demo.md."""
    tries: tuple[str, ...]
    """Sentences to try, in the customer's language."""
    email: str
    bills: tuple[Bill, ...]
    visits: tuple[Visit, ...] = ()
    earlier: tuple[Earlier, ...] = ()


def _who(
    number: str,
    name: str,
    spoken_name: str,
    postcode: str,
    phone: str | None,
    language: Literal["nl", "en"] = "nl",
) -> Customer:
    return Customer(
        id=number,
        name=name,
        spoken_name=spoken_name,
        language=language,
        postcode=postcode,
        phone=phone,
    )


PEOPLE: tuple[Person, ...] = (
    Person(
        _who("471109", "Mw. J. de Vries", "mevrouw De Vries", "3581GA", "+31612345601"),
        "Paid, but the reminder crossed the payment; a colleague promised that the costs lapse.",
        ("Is mijn betaling binnen?", "Ik kreeg toch een herinnering."),
        "j.devries@example.nl",
        (
            Bill("2026-118", "84.20", 40, -19, (Paid("84.20", 10),), reminder_ago=11),
            Bill("2026-064", "81.75", 71, -50, (Paid("81.75", 55),)),
        ),
        earlier=(
            Earlier(
                19,
                "14:05",
                "phone",
                "Belde over de herinneringskosten van EUR 15 bij factuur 2026-118.",
                "Sem",
                "de herinneringskosten vervallen",
            ),
            Earlier(48, "10:20", "mail", "Vroeg om een kopie van factuur 2026-064.", "Noor"),
        ),
    ),
    Person(
        _who("471190", "Dhr. P. van den Berg", "meneer Van den Berg", "2311VL", "+31612345602"),
        "Nothing open; his number differs from 471109 in its last two digits only.",
        ("Staat er nog iets open?", "Ik wil graag een afspraak maken."),
        "pvdberg@example.nl",
        (Bill("2026-121", "63.10", 38, -17, (Paid("63.10", 22),)),),
    ),
    Person(
        _who("482006", "Dhr. M. el Amrani", "meneer El Amrani", "3072AK", "+31612345603"),
        "Says that he paid; the payment has not arrived.",
        ("Ik heb drie dagen geleden betaald, is dat binnen?",),
        "m.elamrani@example.nl",
        (
            Bill("2026-131", "142.60", 31, -2),
            Bill("2026-077", "139.95", 62, -41, (Paid("139.95", 43),)),
        ),
        earlier=(
            Earlier(
                3, "16:40", "chat", "Meldde dat hij factuur 2026-131 vandaag overmaakt.", "Lotte"
            ),
        ),
    ),
    Person(
        _who("503318", "Mw. dr. A. Bakker-Smit", "mevrouw Bakker-Smit", "9711LM", "+31612345604"),
        "Pays one invoice in parts; a newer one is open.",
        ("Hoeveel moet ik nog betalen?", "Kan ik de nieuwe ook in delen betalen?"),
        "a.bakkersmit@example.nl",
        (
            Bill("2026-142", "96.40", 12, 9),
            Bill(
                "2026-052", "388.00", 95, -74, (Paid("97.00", 60), Paid("97.00", 29)), in_plan=True
            ),
        ),
        earlier=(
            Earlier(
                78,
                "11:15",
                "phone",
                "Betalingsregeling afgesproken voor factuur 2026-052: vier keer EUR 97.",
                "Daan",
                "zolang u op tijd betaalt, komen er geen kosten bij",
            ),
        ),
    ),
    Person(
        _who("515742", "Prof. dr. ir. H. Jansen", "meneer Jansen", "2628CD", "+31612345605"),
        "Two open invoices; a name that Dutch callers share with many.",
        ("Welke facturen staan er open?", "Stuur me een betaallink voor de oudste."),
        "h.jansen@example.nl",
        (Bill("2026-147", "71.30", 9, 12), Bill("2026-109", "68.85", 41, -20, reminder_ago=8)),
    ),
    Person(
        _who("528861", "Mr. T. O'Brien", "Mr O'Brien", "1017PT", "+447700900123", "en"),
        "Two open invoices, a British mobile number.",
        ("What do I still have to pay?", "Can you send me a payment link for the second one?"),
        "tobrien@example.com",
        (Bill("2026-144", "58.20", 11, 10), Bill("2026-112", "57.05", 42, 3)),
    ),
    Person(
        _who("533094", "Ms. S. Patel", "Ms Patel", "5611EM", "+31612345607", "en"),
        "An appointment next week that she may want to move; nothing overdue.",
        ("When is my appointment?", "I'd like to move it to the afternoon."),
        "s.patel@example.com",
        (Bill("2026-149", "77.00", 8, 13),),
        (Visit(4, "10:00", "meter"),),
    ),
    Person(
        _who("540627", "Mw. L. Vandenberghe", "mevrouw Vandenberghe", "4561AB", "+32470123456"),
        "Flemish, lives just over the border, a Belgian mobile number.",
        ("Kan ik mijn factuur in schijven betalen?", "Hoe laat zijn jullie open?"),
        "l.vandenberghe@example.be",
        (Bill("2026-139", "213.45", 17, 4),),
    ),
    Person(
        _who("556213", "Dhr. K. de Boer", "meneer De Boer", "1097DN", "+31205550190"),
        "Shares a telephone line with 619450: the number on the line is not enough.",
        ("Ik wil graag weten wat er openstaat.",),
        "k.deboer@example.nl",
        (Bill("2026-136", "49.90", 19, 2),),
    ),
    Person(
        _who("567780", "Mw. G. Visser", "mevrouw Visser", "8911HV", None),
        "No telephone number on file: needs the customer number and the postcode.",
        ("Mijn klantnummer is vijf zes zeven zeven acht nul.",),
        "g.visser@example.nl",
        (Bill("2026-128", "52.15", 33, -12, reminder_ago=4),),
        (Visit(6, "11:30", "meter"),),
    ),
    Person(
        _who("574325", "Dhr. R. Hoekstra", "meneer Hoekstra", "8232JN", "+31612345611"),
        "Three open invoices, two of them overdue: a payment plan helps.",
        ("Ik kan het niet in één keer betalen.", "Kan het in drie maanden?"),
        "r.hoekstra@example.nl",
        (
            Bill("2026-146", "118.30", 10, 11),
            Bill("2026-107", "121.90", 43, -22, reminder_ago=12),
            Bill("2026-066", "117.45", 73, -52, reminder_ago=42),
        ),
        earlier=(Earlier(12, "09:30", "letter", "Herinnering gestuurd voor factuur 2026-107."),),
    ),
    Person(
        _who("588902", "Mw. N. Öztürk", "mevrouw Öztürk", "7511PX", "+31612345612"),
        "A mechanic comes on the next working day; one open invoice.",
        ("Komt de monteur morgen?", "Ik wil de afspraak afzeggen."),
        "n.ozturk@example.nl",
        (Bill("2026-141", "88.65", 13, 8),),
        (Visit(1, "08:30", "repair"),),
        (
            Earlier(
                2,
                "15:55",
                "phone",
                "Ketel valt uit; monteur ingepland.",
                "Sem",
                "de monteur belt een half uur van tevoren",
            ),
        ),
    ),
    Person(
        _who("591176", "Fam. Willems", "familie Willems", "6211LE", "+31612345613"),
        "A household; two open invoices of the same amount.",
        ("Wat staat er open?", "Ik bedoel de laatste."),
        "willems@example.nl",
        (Bill("2026-145", "104.50", 10, 11), Bill("2026-113", "104.50", 42, 1)),
    ),
    Person(
        _who("604539", "Dhr. W. 't Hart", "meneer 't Hart", "4811CA", "+31612345614"),
        "Was promised a visit that nobody booked.",
        ("Er zou iemand langskomen, maar ik heb niets gehoord.",),
        "w.thart@example.nl",
        (Bill("2026-122", "75.00", 37, -16, (Paid("75.00", 18),)),),
        earlier=(
            Earlier(
                6,
                "13:10",
                "phone",
                "Wil advies over een warmtepomp.",
                "Noor",
                "binnen een week een afspraak voor advies",
            ),
        ),
    ),
    Person(
        _who("612087", "Ms. C. Nowak", "Ms Nowak", "3014HA", "+31612345615", "en"),
        "One overdue invoice with a reminder.",
        ("I got a reminder, how much is it?", "Could I pay it in two months?"),
        "c.nowak@example.com",
        (Bill("2026-126", "166.80", 34, -13, reminder_ago=5),),
    ),
    Person(
        _who("619450", "Mw. F. de Boer-Yilmaz", "mevrouw De Boer-Yilmaz", "1097DN", "+31205550190"),
        "Shares a telephone line, and a postcode, with 556213; has an appointment of her own.",
        ("Wanneer is mijn afspraak?",),
        "f.deboer@example.nl",
        (Bill("2026-124", "45.25", 36, -15, (Paid("45.25", 16),)),),
        (Visit(3, "13:00", "advice"),),
    ),
    Person(
        _who("623941", "Bakkerij De Korenaar", "bakkerij De Korenaar", "7411JV", "+31570555123"),
        "A business with large amounts: two open, one paid.",
        ("Wat staat er nog open voor de bakkerij?",),
        "administratie@dekorenaar.example",
        (
            Bill("2026-148", "1284.65", 8, 22),
            Bill("2026-111", "1310.00", 42, -12),
            Bill("2026-073", "1197.80", 70, -40, (Paid("1197.80", 45),)),
        ),
    ),
    Person(
        _who("635408", "Jhr. mr. F. van Lennep", "meneer Van Lennep", "2514EA", "+31612345618"),
        "A title, and an appointment that he may want to cancel.",
        ("Mijn afspraak kan niet doorgaan.",),
        "vanlennep@example.nl",
        (Bill("2026-138", "240.00", 18, 3),),
        (Visit(5, "14:30", "advice"),),
    ),
    Person(
        _who("648253", "Dr. E. Fischer", "Doctor Fischer", "6525GA", "+31612345619", "en"),
        "Two appointments: which one is meant?",
        ("I need to change my appointment.", "The second one."),
        "e.fischer@example.com",
        (Bill("2026-123", "69.95", 36, -15, (Paid("69.95", 20),)),),
        (Visit(2, "16:00", "meter"), Visit(9, "10:00", "repair")),
    ),
    Person(
        _who("659917", "Mw. I. Janssens", "mevrouw Janssens", "6041CB", "+31612345620"),
        "Overdue: a part of the payment crossed the reminder, EUR 60 is still open.",
        ("Ik heb al betaald, waarom krijg ik een herinnering?",),
        "i.janssens@example.nl",
        (Bill("2026-115", "210.00", 41, -20, (Paid("150.00", 6),), reminder_ago=7),),
        earlier=(
            Earlier(
                7,
                "12:30",
                "mail",
                "Laat weten dat EUR 150 onderweg is en de rest na de 25e volgt.",
                "Daan",
            ),
        ),
    ),
)
"""Everyone, by customer number."""
