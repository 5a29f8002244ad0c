"""Arrival: a caller has reached us on some line; what every line hands to the call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pipecat.processors.frame_processor import FrameProcessor
from pipecat.transports.base_transport import BaseTransport

from bot.events import Language


@dataclass(frozen=True)
class Arrival:
    """One caller at the door. The line keeps the connection; the call runs the pipeline."""

    line: str
    """browser, twilio, ..."""
    call_id: str
    """Unique; the carrier's own id where it has one."""
    transport: BaseTransport
    """Where the caller's sound comes from and the bot's goes to."""
    caller_number: str | None = None
    """E.164, when the line tells it."""
    language: Language | None = None
    """Language the line asks for; the house's own when None."""
    sample_rate_out: int = 24000
    """Hz at which the line wants the bot's sound."""
    inbound: tuple[FrameProcessor, ...] = ()
    """The line's own processors, right after transport.input()."""
    outbound: tuple[FrameProcessor, ...] = ()
    """The line's own processors, right before transport.output(): captions, marks."""


Answer = Callable[[Arrival], Awaitable[None]]
"""Runs a whole call; returns when it is over. Never raises."""
