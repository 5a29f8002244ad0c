"""The browser line: a page with one button at `/`, and WebRTC under `/lines/browser`."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException
from fastapi import Path as PathPart
from fastapi.responses import FileResponse, JSONResponse
from loguru import logger
from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.smallwebrtc.request_handler import (
    SmallWebRTCRequest,
    SmallWebRTCRequestHandler,
)
from pipecat.transports.smallwebrtc.transport import (
    SmallWebRTCOutputTransport,
    SmallWebRTCTransport,
)
from pydantic import BaseModel, Field

from bot.events import Language
from bot.line.arrival import Answer, Arrival
from bot.line.captions import Captions, PageKeys
from bot.line.door import Door, NotOpen, Opening
from bot.line.frames import MarkFrame, MarkPlayedFrame
from bot.settings import Settings

STATIC = Path(__file__).parent / "static"
_PARTS = r"^[a-z]+\.(js|css|svg)$"
CONNECT_WITHIN = 20.0
"""Seconds that a browser has to connect after its offer."""
END_WITHIN = 5.0
"""Seconds that calls may take to end when the server stops."""
PAGE_HEADERS = {
    # Nothing from foreign servers, nor from within a foreign page.
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Permissions-Policy": "microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


class Status(BaseModel):
    """What the page tells its visitor before a call."""

    state: Opening
    company: str
    language: Language


class Offer(BaseModel):
    """A browser asks for a call."""

    sdp: str = Field(max_length=100_000)
    type: Literal["offer"]
    language: Language | None = None


class Accepted(BaseModel):
    """The call may begin."""

    sdp: str
    type: str
    call_id: str


def router(
    answer: Answer, door: Door, settings: Settings, *, connect_within: float = CONNECT_WITHIN
) -> APIRouter:
    """Build the line.

    Args:
        answer: Runs a call.
        door: Lets calls in.
        settings: The company's name and the language to begin with.
        connect_within: Seconds that a browser has to connect after its offer.
    """
    handler = SmallWebRTCRequestHandler()  # no STUN or TURN: localhost and the LAN need none
    calls: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        yield
        # No request holds these calls open: they are told here that it is over.
        await handler.close()
        if calls:
            await asyncio.wait(calls, timeout=END_WITHIN)

    routes = APIRouter(tags=["lines"], lifespan=lifespan)

    @routes.get("/", response_class=FileResponse, include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(STATIC / "index.html", headers=PAGE_HEADERS)

    @routes.get("/lines/browser/static/{name}", include_in_schema=False)
    async def static(
        name: Annotated[str, PathPart(pattern=r"^[a-z]+\.(js|css|svg)$")],
    ) -> FileResponse:
        if not (STATIC / name).is_file():
            raise HTTPException(404)
        return FileResponse(STATIC / name, headers=PAGE_HEADERS)

    @routes.get("/lines/browser/status")
    async def status() -> Status:
        """Tell whether a call can be taken now."""
        return Status(state=door.opening, company=settings.company_name, language=settings.language)

    @routes.post(
        "/lines/browser/offer",
        responses={400: {"description": "Not an offer"}, 503: {"model": Status}},
        response_model=Accepted,
    )
    async def offer(wanted: Offer) -> Any:
        """Begin a call: a WebRTC offer with all its candidates, for an answer."""
        call_id = f"web-{secrets.token_hex(6)}"
        place = ExitStack()
        try:
            place.enter_context(door.let_in(call_id))
        except NotOpen:
            return JSONResponse((await status()).model_dump(), 503)

        async def begin(connection: SmallWebRTCConnection) -> None:
            held = place.pop_all()
            call = _call(connection, call_id, wanted.language, answer, connect_within, held)
            task = asyncio.create_task(call, name=call_id)
            calls.add(task)
            task.add_done_callback(calls.discard)

        request = SmallWebRTCRequest(sdp=wanted.sdp, type=wanted.type)
        with place:
            try:
                accepted = await handler.handle_web_request(request, begin)
            except Exception as error:  # whatever a parser of SDP makes of nonsense
                raise HTTPException(400, "This is not an offer that we understand.") from error
        assert accepted is not None  # noqa: S101 - it raises otherwise
        return Accepted(sdp=accepted["sdp"], type=accepted["type"], call_id=call_id)

    return routes


async def _call(
    connection: SmallWebRTCConnection,
    call_id: str,
    language: Language | None,
    answer: Answer,
    connect_within: float,
    place: ExitStack,
) -> None:
    """Run a call and let go of the connection; close it when nobody comes."""

    async def close_unless_connected() -> None:
        await asyncio.sleep(connect_within)
        if connection.pc.connectionState != "connected":
            logger.info(f"call {call_id}: the browser never connected")
            await connection.disconnect()

    with place:
        waiting = asyncio.create_task(close_unless_connected(), name=f"{call_id} connects")
        try:
            await answer(
                Arrival(
                    line="browser",
                    call_id=call_id,
                    transport=BrowserTransport(connection),
                    language=language,
                    inbound=(PageKeys(),),
                    outbound=(Captions(),),
                )
            )
        finally:
            waiting.cancel()
            await connection.disconnect()


class _Output(SmallWebRTCOutputTransport):
    async def write_transport_frame(self, frame: Frame) -> None:
        """Tell that everything before a mark was sent: a browser has no echo, and no queue."""
        if isinstance(frame, MarkFrame):
            await self.push_frame(MarkPlayedFrame(frame.mark), FrameDirection.UPSTREAM)


class BrowserTransport(SmallWebRTCTransport):
    """One browser's connection."""

    def __init__(self, connection: SmallWebRTCConnection) -> None:
        """Take a connection whose offer has been answered."""
        super().__init__(
            connection,
            TransportParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                audio_out_10ms_chunks=2,
                audio_out_end_silence_secs=1,  # what the browser still holds is lost at the end
            ),
        )
        self._output = _Output(self._client, self._params, name=self._output_name)
