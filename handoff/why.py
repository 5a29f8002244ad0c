"""Why: tells an agent why a call is offered to them, and not to a colleague."""

from collections.abc import Sequence

from handoff.wording import Wording


def why_me(why: Sequence[str], words: Wording) -> str:
    """Say the reasons of an offer (`OfferMade.why`) in one line, in the words' language."""
    told = [words.phrase("offers", "why", name) for name in why or ("free",)]
    return words.phrase("offers", "why_me", reasons="; ".join(told))
