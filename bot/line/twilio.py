"""The Twilio line: `POST /lines/twilio/answer` for the TwiML, `WS /lines/twilio` for the sound."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request, Response, WebSocket, WebSocketDisconnect
from loguru import logger
from pydantic import AnyHttpUrl
from starlette.websockets import WebSocketState

from bot.events import Language
from bot.line import twiml
from bot.line.arrival import Answer, Arrival
from bot.line.door import CallInProgress, Door, NotOpen
from bot.line.twilio_messages import BadMessage, Start, StartMessage, read_inbound
from bot.line.twilio_signature import is_signed, is_ticket, ticket
from bot.line.twilio_transport import RATE, Marks, TwilioTransport
from bot.settings import Settings

START_WITHIN = 10.0
"""Seconds in which `start` must come."""
ATTEMPTS = 24
"""Times that a caller is asked for patience while models load: two minutes and a bit."""
FULL_ATTEMPTS = 9
"""Times that a caller is asked to stay while every place is taken: about three minutes."""
FULL_PAUSE = 10
"""Seconds between two of those, besides the sentences."""
TOOK_IT = {"completed", "answered"}
"""How a dialled call ended when a person has spoken with the caller."""

NOT_ALLOWED = 4403
NO_START = 4408
IN_USE = 4409
TRY_AGAIN = 1013
"""Codes with which the websocket is closed; the last is the standard's own."""


def router(
    answer: Answer, door: Door, settings: Settings, *, start_within: float = START_WITHIN
) -> APIRouter:
    """Build the line.

    Args:
        answer: Runs a call.
        door: Lets calls in.
        settings: The public address, the auth token, the language to begin with.
        start_within: Seconds in which a websocket must say who calls.
    """
    routes = APIRouter(prefix="/lines/twilio", tags=["lines"])

    @routes.post("/answer", response_class=Response)
    async def twiml_for_a_call(request: Request) -> Response:
        """Tell Twilio where to send the sound of a call; its webhook for incoming calls."""
        form = [(name, value) for name, value in (await request.form()).multi_items()]
        fields = [(name, value) for name, value in form if isinstance(value, str)]
        base = _public_url(request, settings.public_url)
        query = f"?{request.url.query}" if request.url.query else ""
        token = settings.twilio_auth_token
        if token is not None and not is_signed(
            token,
            base + request.url.path + query,
            fields,
            request.headers.get("x-twilio-signature", ""),
        ):
            raise HTTPException(403, "This request does not carry Twilio's signature.")
        language = _language(request.query_params.get("language"))
        asked = _Asked(
            url=f"{base}/lines/twilio/answer",
            fields=dict(fields),
            query=dict(request.query_params),
            language=language,
            first=language or settings.language,
        )
        return Response(_twiml(asked, door, settings), media_type="application/xml")

    @routes.websocket("")
    async def call(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            async with asyncio.timeout(start_within):
                start = await _wait_for_start(websocket)
        except TimeoutError:
            await _close(websocket, NO_START, f"no start message within {start_within:g} s")
            return
        except WebSocketDisconnect:
            return
        number = _number(start.customParameters.get("from"))
        token = settings.twilio_auth_token
        shown = start.customParameters.get("ticket", "")
        if token is not None and not is_ticket(token, start.callSid, number, shown):
            logger.warning(f"refused a stream for call {start.callSid} without our ticket")
            await _close(websocket, NOT_ALLOWED, "no valid ticket from /lines/twilio/answer")
            return
        try:
            with door.let_in(start.callSid):
                await answer(
                    Arrival(
                        line="twilio",
                        call_id=start.callSid,
                        transport=TwilioTransport(websocket, start.streamSid),
                        caller_number=number,
                        language=_language(start.customParameters.get("language")),
                        sample_rate_out=RATE,
                        outbound=(Marks(),),
                    )
                )
        except CallInProgress:
            await _close(websocket, IN_USE, f"call {start.callSid} is in progress")
        except NotOpen as error:
            await _close(websocket, TRY_AGAIN, f"no call can be taken now: {error.opening}")
        finally:
            # The pipeline closes it; this is for calls that broke before they had one.
            await _close(websocket)

    return routes


@dataclass(frozen=True)
class _Asked:
    """Twilio's question what to do with a call."""

    url: str
    """To which it was put."""
    fields: dict[str, str]
    query: dict[str, str]
    language: Language | None
    first: Language
    """What is said to the caller is said in this language first."""

    @property
    def call_id(self) -> str:
        return self.fields.get("CallSid", "")

    def times(self, name: str, most: int) -> int:
        """Return how often the caller has heard something; too often when it makes no sense."""
        told = self.query.get(name, "1")
        return int(told) if told.isdecimal() and len(told) < 4 else most

    def next(self, **query: str) -> str:
        """Return the address for the next question about this call."""
        language = {"language": self.language} if self.language else {}
        return f"{self.url}?{urlencode({**language, **query})}"


def _twiml(asked: _Asked, door: Door, settings: Settings) -> str:
    first = asked.first
    if "dialled" in asked.query:
        took_it = asked.fields.get("DialCallStatus") in TOOK_IT
        return twiml.hang_up() if took_it else twiml.refuse(twiml.SORRY, first)
    if "after" in asked.query and asked.call_id not in door.turned_away:
        return twiml.hang_up()  # the call was held, and is over
    attempt = asked.times("attempt", ATTEMPTS)
    match door.opening:
        case "full":
            return _when_full(asked, door, settings)
        case "loading" if attempt < ATTEMPTS:
            return twiml.wait(first, asked.next(attempt=str(attempt + 1)))
        case "loading" | "failed":
            return twiml.refuse(twiml.SORRY, first)
    parameters: dict[str, str] = {"language": asked.language} if asked.language else {}
    number = _number(asked.fields.get("From"))
    if number is not None:
        parameters["from"] = number
    if settings.twilio_auth_token is not None:
        parameters["ticket"] = ticket(settings.twilio_auth_token, asked.call_id, number)
    stream = re.sub("^http", "ws", asked.url).removesuffix("/answer")
    return twiml.connect(stream, parameters, asked.next(after="1"))


def _when_full(asked: _Asked, door: Door, settings: Settings) -> str:
    """Bring the caller to a person, or let them wait for a place, or say that there is none."""
    door.turn_away(asked.call_id)
    if settings.when_full_dial is not None:
        return twiml.dial(asked.first, settings.when_full_dial, asked.next(dialled="1"))
    times = asked.times("full", FULL_ATTEMPTS)
    if times >= FULL_ATTEMPTS:
        return twiml.refuse(twiml.BUSY, asked.first)
    again = asked.next(full=str(times + 1))
    return twiml.wait(asked.first, again, sentences=twiml.STAY, seconds=FULL_PAUSE)


async def _wait_for_start(websocket: WebSocket) -> Start:
    """Read until Twilio says who calls; what comes before is passed over."""
    complained = False
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        try:
            read = read_inbound(message.get("text") or message.get("bytes") or "")
        except BadMessage as error:
            if not complained:
                logger.warning(f"a stream begins with nonsense: {error}")
            complained = True
            continue
        if isinstance(read, StartMessage):
            return read.start


async def _close(websocket: WebSocket, code: int = 1000, reason: str = "") -> None:
    """Close, unless that was done before or nobody is there any more."""
    if websocket.application_state is WebSocketState.CONNECTED:
        with suppress(WebSocketDisconnect):
            await websocket.close(code, reason)


def _public_url(request: Request, public_url: AnyHttpUrl | None) -> str:
    """Return the address by which Twilio reached us, without a slash at the end."""
    if public_url is not None:
        return str(public_url).rstrip("/")
    headers = request.headers
    scheme = headers.get("x-forwarded-proto", request.url.scheme).split(",")[0].strip()
    host = headers.get("x-forwarded-host", request.url.netloc).split(",")[0].strip()
    return f"{scheme}://{host}"


def _number(said: str | None) -> str | None:
    """Return a caller's number if it is one: not "anonymous", not "client:anna"."""
    return said if said and re.fullmatch(r"\+[1-9]\d{6,14}", said) else None


def _language(asked: str | None) -> Language | None:
    return next((language for language in get_args(Language) if language == asked), None)
