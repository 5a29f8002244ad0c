"""Calls that go wrong, for the tests of incidents."""

from bot.events import (
    Body,
    BotSpoke,
    BoundarySet,
    CallEnded,
    CallerIdentified,
    CallerSpoke,
    CallerVerified,
    CallStarted,
    Evidence,
    IncidentReported,
    Sign,
    WarningGiven,
)
from tests.handoff.calls import nl

NUMBER = "+31612345678"
STARTED = CallStarted(line="twilio", language="nl", caller_number=NUMBER)
IDENTIFIED = CallerIdentified(customer_id="471109", name="Mw. J. de Vries", how="number_on_line")
VERIFIED = CallerVerified(customer_id="471109", factors=("number_on_line", "postcode"))


def report(of: int, sign: Sign = "threat", words: str = "", urgent: bool = False) -> Body:
    evidence = (Evidence(source="words", name=sign, words=words),) if words else ()
    return IncidentReported(of=of, sign=sign, urgent=urgent, evidence=evidence)


def bot(words: str) -> BotSpoke:
    return BotSpoke(words=words, language="nl")


THREAT: list[Body] = [
    STARTED,
    bot("Goedemiddag, met de digitale assistent van Kalm Energie."),
    IDENTIFIED,
    CallerSpoke(words="ik steek jullie kantoor in brand", confidence=0.93, language="nl"),
    report(4, "threat", "in brand", urgent=True),
    bot("Dit meld ik aan mijn leidinggevende."),
]
"""A threat: its incident has number 1 in an empty database."""

HEAVY: list[Body] = [
    STARTED,
    IDENTIFIED,
    VERIFIED,
    nl("wat een waardeloze boel"),
    bot("Dat is vervelend. Ik zoek het voor u uit."),
    nl("jij bent een vieze sloerie"),
    BoundarySet(of=6, sign="sexual_harassment"),
    bot("Ik wil u graag helpen. Zo kan dat niet."),
    nl("wat heb je aan"),
    WarningGiven(of=9, sign="sexual_harassment"),
    bot("Als dit doorgaat, beëindig ik het gesprek."),
    nl("kom hier dan zal ik je pakken"),
    report(12, "sexual_harassment", "zal ik je pakken"),
    bot("Ik beëindig dit gesprek. Dag."),
    CallEnded(outcome="ended_for_abuse", by="bot"),
]
"""From bad to worse, ended after a warning."""
