"""People: who calls, how we know, what to look out for."""

from bot.events import CallStarted
from handoff import mood
from handoff.forms import shorten
from handoff.notes import Noted, Notes
from handoff.parts import Fact, Named, Who
from handoff.wording import Wording

OUT_OF_SCOPE = "out_of_scope"


def line(taken: Notes, words: Wording) -> Fact | None:
    """Say how the call came in."""
    if taken.started is None:
        return None
    return Fact(text=words.phrase("lines", taken.started.body.line), seq=taken.started.seq)


def who(taken: Notes, words: Wording) -> Who:
    """Say who calls, and whether that is proven."""
    name = customer = proof = None
    identified, verified = taken.identified, taken.verified
    if identified is not None:
        name = Fact(text=shorten(identified.body.name), seq=identified.seq)
        customer = Fact(text=shorten(identified.body.customer_id), seq=identified.seq)
        how = words.phrase("factors", identified.body.how)
        proof = Fact(text=words.phrase("identified", how=how), seq=identified.seq)
    if verified is not None:
        customer = customer or Fact(text=verified.body.customer_id, seq=verified.seq)
        factors = ", ".join(words.phrase("factors", factor) for factor in verified.body.factors)
        proof = Fact(text=words.phrase("verified", how=factors), seq=verified.seq)
    return Who(
        name=name,
        customer=customer,
        phone=_phone(taken.started, words),
        proof=proof,
        verified=verified is not None,
    )


def _phone(started: Noted[CallStarted] | None, words: Wording) -> Fact | None:
    if started is None or started.body.caller_number is None:
        return None
    number = started.body.caller_number
    text = words.write("phone", number) or shorten(number)
    return Fact(text=text, seq=started.seq)


def spoken(taken: Notes, words: Wording) -> Named | None:
    """Say which language the caller speaks now; that of the greeting proves nothing."""
    if not taken.spoke:
        return None
    last = taken.spoke[max(taken.spoke)]
    language = last.body.language
    return Named(name=language, text=words.phrase("languages", language), seq=last.seq)


def flags(taken: Notes, words: Wording) -> tuple[Named, ...]:
    """Name what an agent should look out for: danger first, the rest as it came up."""
    found: dict[str, int] = {}
    misses = [u for u in taken.understood if u.body.intent == OUT_OF_SCOPE]
    if len(misses) >= 2:
        found["not_understood"] = misses[1].seq
    for understood in taken.understood:
        if understood.body.intent == "complain":
            found["complaint"] = understood.seq
    failures = taken.slots.get("verify_failures")
    if taken.verified is None and failures is not None and failures.body.value in (2, 3, 4, 5):
        found["verify_failed"] = failures.seq
    if taken.asked is not None and taken.asked.body.reason in ASKED_FLAGS:
        found.setdefault(taken.asked.body.reason, taken.asked.seq)
    for action in taken.own_actions():
        if action.body.result in ("unavailable", "timeout", "invalid"):
            found.setdefault("company_down", action.seq)
    for begun in taken.begun.values():
        found["unknown_result"] = begun.seq
    if taken.ended is not None and taken.state in ("waiting", "accepted"):
        if taken.ended.body.outcome == "interrupted":
            found["interrupted"] = taken.ended.seq
        elif taken.ended.body.outcome == "abandoned":
            found["hung_up"] = taken.ended.seq
    others = tuple(
        Named(name=name, text=words.phrase("flags", name), seq=seq)
        for name, seq in sorted(found.items(), key=lambda item: item[1])
    )
    return mood.flags(taken, words) + others


ASKED_FLAGS = frozenset({"not_understood", "silence", "company_down", "failure"})
"""Reasons for a handoff that say something about how the call went."""
