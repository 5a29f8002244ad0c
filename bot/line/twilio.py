"""The Twilio line: `POST /lines/twilio/answer` for the TwiML, `WS /lines/twilio` for the sound."""

import asyncio
import re
from contextlib import suppress
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
        attempt = request.query_params.get("attempt", "1")
        return Response(
            _twiml(
                base,
                dict(fields),
                door,
                token=token,
                language=language,
                first=language or settings.language,
                attempt=int(attempt) if attempt.isdecimal() and len(attempt) < 4 else ATTEMPTS,
            ),
            media_type="application/xml",
        )

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


def _twiml(
    base: str,
    fields: dict[str, str],
    door: Door,
    *,
    token: str | None,
    language: Language | None,
    first: Language,
    attempt: int,
) -> str:
    if door.opening == "full":
        return twiml.refuse(twiml.BUSY, first)
    if door.opening == "failed" or (door.opening == "loading" and attempt >= ATTEMPTS):
        return twiml.refuse(twiml.SORRY, first)
    asked = {"language": language} if language else {}
    if door.opening == "loading":
        again = urlencode({**asked, "attempt": str(attempt + 1)})
        return twiml.wait(first, f"{base}/lines/twilio/answer?{again}")
    number = _number(fields.get("From"))
    parameters: dict[str, str] = {**asked}
    if number is not None:
        parameters["from"] = number
    if token is not None:
        parameters["ticket"] = ticket(token, fields.get("CallSid", ""), number)
    return twiml.connect(re.sub("^http", "ws", base) + "/lines/twilio", parameters)


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
