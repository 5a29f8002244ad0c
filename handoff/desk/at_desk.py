"""AtDesk: what every page of the desk shows of its reader: how they are there, and the offer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from fastapi import Request

from bot.events import (
    Event,
    Language,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
)
from handoff.accounts import Accounts, Session
from handoff.cards import Cards
from handoff.desk.line_up import Line, LineUp
from handoff.desk.view import part, reader_language
from handoff.dispatch import Dispatcher
from handoff.guard import Guard
from handoff.offers import DeclineReason, Offered
from handoff.presence import Presence
from handoff.store.journal import DurableJournal
from handoff.talking import Talking
from handoff.why import why_me
from handoff.wording import wording

DECLINES: tuple[DeclineReason, ...] = ("busy", "not_my_skill", "too_heavy", "know_caller", "other")
"""In the order of their keys, from 1."""


@dataclass(frozen=True)
class Shown:
    """What a page is made with; from then on it is told by the stream."""

    there: Presence
    words: str
    """How the agent is there."""
    offer: str | None
    """HTML of the open offer."""
    line: Line
    now: datetime


class AtDesk:
    """Looks up and words what a page shows of its reader."""

    def __init__(
        self,
        journal: DurableJournal,
        dispatcher: Dispatcher,
        talking: Talking,
        accounts: Accounts,
        clock: Callable[[], datetime],
        zone: tzinfo,
    ) -> None:
        self.dispatcher = dispatcher
        self.line_up = LineUp(journal, dispatcher, clock)
        self.clock = clock
        self._journal = journal
        self._talking = talking
        self._cards = Cards(journal, clock, zone)
        self._guard = Guard(accounts)
        self._zone = zone

    async def look(self, request: Request) -> None:
        """Note on a request for a page what it shows of its reader; for routes to depend on."""
        if "text/html" not in request.headers.get("accept", ""):
            return  # a stream, or a script
        session = await self._guard.anyone(request)
        if session is not None and session.user.takes_calls:
            request.state.at_desk = await self._shown(session, reader_language(request))

    async def words(self, there: Presence, language: Language) -> str:
        """Say how an agent is there: "on a break until 14:05"."""
        words = wording(language, self._zone)
        until = there.until and there.until.astimezone(self._zone).time().isoformat("minutes")
        if there.state == "away":
            why = f"away_{await self.dispatcher.presences.why(there.agent)}"
            told = words.has("offers", "now", why)  # nobody needs to hear what they chose
            return words.phrase("offers", "now", why if told else "away")
        said = words.phrase("offers", "now", there.state, until=until)
        if there.state in ("busy", "wrap_up") and there.choice != "available":
            said += words.phrase("offers", "then", there.choice)
        return said

    async def offer_html(
        self, offered: Offered, csrf: str, language: Language, *, scripts: bool = True
    ) -> str | None:
        """Render an offer as the card that the agent decides by; None when the call is gone.

        A page without `scripts` can't talk: there one accepts, and calls back.
        """
        card = await self._cards.card(offered.call_id, language)
        if card is None:
            return None
        return part(
            "_offer.html",
            language,
            card=card,
            why=why_me(offered.why, wording(language)),
            on_the_line=offered.on_the_line,
            # With who is on a line of this process one talks at once; others are called back.
            talk=scripts and offered.on_the_line and self._talking.possible(offered.call_id),
            until=offered.until.timestamp(),
            left=max(0, round((offered.until - self.clock()).total_seconds())),
            answer_s=self.dispatcher.offers.answer_s,
            declines=DECLINES,
            csrf=csrf,
        )

    async def over(self, offered: Offered, language: Language) -> dict[str, Any]:
        """Tell how an offer ended that was open a moment ago."""
        how, agent = how_it_ended(await self._journal.read(offered.call_id), offered.agent)
        text = wording(language).phrase("offers", "ended", how, agent=agent)
        return {"call": offered.call_id, "how": how, "text": text}

    async def _shown(self, session: Session, language: Language) -> Shown:
        agent = session.user.name
        there = await self.dispatcher.presences.of(agent)
        offered = await self.dispatcher.offers.current(agent)
        html = None
        if offered is not None:
            html = await self.offer_html(offered, session.csrf, language, scripts=False)
        words = await self.words(there, language)
        return Shown(there, words, html, await self.line_up.now(), self.clock())


def how_it_ended(events: list[Event], agent: str) -> tuple[str, str | None]:
    """Return how an agent's latest offer of a call ended, and who has the card, if a colleague.

    Names of `offers.ended` in the texts.
    """
    how, taken_by = "over", None
    for event in events:
        match event.body:
            case OfferMade(agent=name) if name == agent:
                how, taken_by = "over", None
            case OfferExpired(agent=name) if name == agent:
                how = "expired"
            case OfferDeclined(agent=name) if name == agent:
                how = "declined"
            case OfferWithdrawn(agent=name, why=why) if name == agent:
                how = why
            case OfferAccepted(agent=name):
                how, taken_by = ("accepted", None) if name == agent else ("taken", name)
            case _:
                pass
    return how, taken_by
