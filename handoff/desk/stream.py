"""Stream: server-sent events that say also when there is nothing to say.

A page can't tell a server that has nothing to tell from one whose cable was pulled. So each
stream beats, and `stream.js` begins it anew when no beat comes.
"""

from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent

BEAT_S = 10
"""Seconds between two beats; `stream.js` waits for more than two of them."""


def response(stream: AsyncIterator[ServerSentEvent]) -> EventSourceResponse:
    """Answer with a stream of events."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventSourceResponse(stream, ping=BEAT_S, ping_message_factory=_beat, headers=headers)


def _beat() -> ServerSentEvent:
    return ServerSentEvent("{}", event="beat")
