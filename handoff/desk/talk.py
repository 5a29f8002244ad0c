"""Talk: the requests by which an agent's page talks with a caller, and what it shows of that."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse, Response

from bot.events import Language
from bot.journal import JournalFull
from handoff.accounts import Accounts, Session, User
from handoff.cards import NotPossible, Taken
from handoff.desk.view import reader_language, translator
from handoff.fitting import NotForYou
from handoff.guard import CSRF_HEADER, Guard, same
from handoff.one_talk import InAnotherTalk
from handoff.parts import Card
from handoff.relay import NotAnOffer, Occupied
from handoff.sitting_in import NotAsked, NotReached
from handoff.store.journal import CallUnknown
from handoff.talking import Elsewhere, NotHere, NotTalking, Talking
from handoff.wording import wording

JS_TEXTS = (
    "microphone", "connecting", "waiting", "talking", "muted", "shaky", "given_back",
    "agent_hung_up", "caller_gone", "lost", "cut", "closed", "refused", "missing", "busy",
    "insecure", "unsupported", "unplugged", "blocked", "unreachable", "first_end", "handing_on",
    "asked",
    "comes", "with", "alone", "kept", "OfferDeclined", "OfferExpired", "handed_on", "left",
    "taken_over", "over", "asking", "not_coming", "consult", "listened_to", "whispered_to",
    "listen", "whisper", "start", "start_consult", "start_listen", "start_whisper",
    "start_take", "nobody_chosen",
)  # fmt: skip
"""What the page says by itself, in the reader's language."""

Offer = Annotated[str, Body(embed=True, max_length=100_000)]
FlowName = Annotated[str | None, Body(embed=True, max_length=60)]


@dataclass(frozen=True)
class TalkView:
    """What the part of a card's page says with which an agent talks."""

    possible: bool
    """The caller is on the line, and this agent may talk with them now."""
    texts: dict[str, str]
    tasks: list[tuple[str, str]]
    """What the bot can take up, by name, in words."""


def may_talk(talking: Talking, card: Card, session: Session) -> bool:
    """Tell whether this agent may begin to talk with this caller now."""
    mine = card.agent is not None and card.agent.text == session.user.name
    open_to_me = card.state == "waiting" or (card.state == "accepted" and mine)
    return open_to_me and card.ended is None and talking.possible(card.call_id)


def view(talking: Talking, card: Card, session: Session, language: Language) -> TalkView:
    """Return what the page shows."""
    words = wording(language)
    named = [(name, words.say({}, "flows", name)) for name in talking.tasks()]
    return TalkView(
        possible=may_talk(talking, card, session),
        texts={name: words.phrase("talk", name, who="WHO") for name in JS_TEXTS},
        tasks=[(name, text) for name, text in named if text],
    )


class Asking:
    """Does what a page asks, for who is logged in and sends the session's CSRF token."""

    def __init__(self, accounts: Accounts) -> None:
        self._guard = Guard(accounts)

    async def ask(
        self, request: Request, doing: Callable[[User], Awaitable[Response | None]]
    ) -> Response:
        """Do what somebody asks, or say in words why not."""
        t = translator(reader_language(request))
        session = await self._guard.session(request)
        if session is None:
            return _problem(401, t("ended"))
        if not same(request.headers.get(CSRF_HEADER, ""), session.csrf):
            return _problem(403, t("stale"))
        name = session.user.name
        try:
            return await doing(session.user) or Response(status_code=204)
        except (Taken, Occupied) as error:
            another_tab = error.agent == name
            text = t("talk", "other_tab") if another_tab else t("too_late", agent=error.agent)
            return _problem(409, text)
        except NotForYou as error:
            return _problem(403, t("offers", "refused", error.why))
        except NotHere:
            return _problem(409, t("talk", "not_here"))
        except Elsewhere:
            return _problem(409, t("talk", "elsewhere"))
        except InAnotherTalk:
            return _problem(409, t("talk", "in_another"))
        except NotReached as error:
            return _problem(409, t("talk", "not_reached", who=error.colleague))
        except (NotPossible, NotTalking, NotAsked):
            return _problem(409, t("changed_meanwhile"))
        except NotAllowed:
            return _problem(403, t("talk", "supervisors_only"))
        except NotAnOffer:
            return _problem(400, t("talk", "blocked"))
        except CallUnknown:
            return _problem(404, t("not_found"))
        except JournalFull:
            return _problem(503, t("not_stored"))


class NotAllowed(Exception):
    """Only supervisors may do this."""


def router(talking: Talking, accounts: Accounts) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(prefix="/desk/calls/{call_id}/talk", include_in_schema=False)
    ask = Asking(accounts).ask

    @routes.post("")
    async def begin(request: Request, call_id: str, sdp: Offer) -> Response:
        async def join(user: User) -> Response:
            language = reader_language(request)
            answer = await talking.join(
                call_id, user.name, sdp, any_call=user.supervises, language=language
            )
            return JSONResponse({"type": "answer", "sdp": answer})

        return await ask(request, join)

    @routes.post("/return")
    async def give_back(request: Request, call_id: str, task: FlowName = None) -> Response:
        return await ask(request, lambda user: talking.give_back(call_id, user.name, task or None))

    @routes.post("/end")
    async def hang_up(request: Request, call_id: str) -> Response:
        return await ask(request, lambda user: talking.hang_up(call_id, user.name))

    return routes


def _problem(status: int, text: str) -> JSONResponse:
    return JSONResponse({"problem": text}, status)
