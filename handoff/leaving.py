"""Leaving: what is put on record when somebody leaves a talk, by what was so at that moment."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.events import Body, Bridged, CallEnded, HandedOn, LeftTalk, OfferAccepted, Returned
from handoff.conference import Role
from handoff.relay import Joined, Relay
from handoff.store.journal import CallSummary, Decide


@dataclass
class Leaving:
    """Somebody who leaves, and who is there still."""

    joined: Joined
    role: Role | None
    wish: HandedOn | None = None
    """How they hand the caller on."""
    goes_on: Joined | None = None
    """Who is with the caller still, and has the caller from now on."""

    @classmethod
    def of(cls, relay: Relay, joined: Joined, wish: HandedOn | None) -> "Leaving":
        """Look who is there, before anybody has left."""
        role = relay.role_of(joined)
        there = relay.joined
        if role == "colleague" and there is not None and there.handing_on:
            return cls(joined, role, wish, there)
        heir = relay.heir(joined)
        return cls(joined, role, wish, None if heir is None or heir.has_card else heir)

    def bodies(self, _connection: Connection, found: CallSummary) -> Sequence[Body]:
        """Return what is to be stored; nothing of what is over anyway."""
        agent, how = self.joined.agent, self.joined.how
        if how == "caller_gone" or found.ended is not None:
            # The call itself stores that it is over; whoever was handing it on closes the card.
            mine = found.state == "waiting" and self.joined.handing_on
            return (OfferAccepted(agent=agent, talk=found.ended is None),) if mine else ()
        has_card = found.state == "accepted" and found.agent == agent
        if has_card and self.goes_on is not None:
            before = self.goes_on.agent
            back = HandedOn(agent=agent, to=before, warm=True)
            gone = LeftTalk(agent=agent)
            return (back, *_again(before), gone)
        if has_card:
            return (self._ending(),)
        if found.state == "waiting" and self.joined.handing_on:
            ending = self._ending()
            # Who still has the caller ends the call or gives it back as if never handed on.
            takes_back = how in ("agent_hung_up", "given_back")
            return (OfferAccepted(agent=agent, talk=True), ending) if takes_back else (ending,)
        return (LeftTalk(agent=agent),)

    def may_be_stored(self, relay: Relay) -> bool:
        """Tell whether there is anything to store."""
        return not relay.caller_gone or self.joined.handing_on

    def stays(self, relay: Relay) -> None:
        """Let who is with the caller have the caller."""
        if self.goes_on is not None and relay.joined is self.goes_on:
            self.goes_on.handing_on = False

    def _ending(self) -> Body:
        agent = self.joined.agent
        match self.joined.how:
            case "given_back":
                return Returned(agent=agent, why="given_back", task=self.joined.task)
            case "agent_hung_up":
                return CallEnded(outcome="handed_off", by="agent")
            case "handed_on" if self.wish is not None:
                return self.wish
            case _:
                return Returned(agent=agent, why="lost")


def taken_back(agent: str) -> Decide:
    """Return how who hands a caller on keeps them after all, if nobody took them yet."""

    def decide(_connection: Connection, found: CallSummary) -> Sequence[Body]:
        return _again(agent) if found.state == "waiting" and found.ended is None else ()

    return decide


def not_taken(body: Body) -> bool:
    """Tell whether a caller was left to who handed them on."""
    return isinstance(body, HandedOn) and body.warm


def _again(agent: str) -> tuple[Body, ...]:
    return OfferAccepted(agent=agent, talk=True), Bridged(agent=agent)
