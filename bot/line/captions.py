"""Captions: what is said on both sides, and the keys of the page, over a browser's data channel.

Messages are small JSON objects with a `type`. To the page: caption, state,
ended. From the page: key.
"""

from typing import Any

from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InputDTMFFrame,
    InputTransportMessageFrame,
    OutputTransportMessageUrgentFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from bot.line.frames import HangUpFrame, SayFrame, UtteranceFrame

_KEYS = {str(entry.value): entry for entry in KeypadEntry}


class Captions(FrameProcessor):
    """Tells the page what is said, who is speaking, and how the call ended; outbound."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pass every frame on, and tell the page of those that a caller wants to know."""
        await super().process_frame(frame, direction)
        message = _message(frame, direction)
        if message is not None:
            await self.push_frame(OutputTransportMessageUrgentFrame(message=message))
        await self.push_frame(frame, direction)


def _message(frame: Frame, direction: FrameDirection) -> dict[str, Any] | None:
    # The transport tells twice, up and down the pipeline, when the bot speaks.
    up = direction is FrameDirection.UPSTREAM
    match frame:
        case UtteranceFrame(utterance=said):
            return _caption("caller", said.words, said.language)
        case SayFrame(say=say, skip=0.0):
            return _caption("bot", say.words, say.language)
        case BotStartedSpeakingFrame() if up:
            return {"type": "state", "state": "speaking"}
        case BotStoppedSpeakingFrame() if up:
            return {"type": "state", "state": "listening"}
        case UserStartedSpeakingFrame() if not up:
            return {"type": "state", "state": "hearing"}
        case UserStoppedSpeakingFrame() if not up:
            return {"type": "state", "state": "thinking"}
        case HangUpFrame(outcome=outcome):
            return {"type": "ended", "outcome": outcome}
    return None


def _caption(who: str, text: str, language: str) -> dict[str, Any]:
    return {"type": "caption", "who": who, "text": text, "language": language}


class PageKeys(FrameProcessor):
    """Turns a key pressed on the page into a key of a telephone; inbound."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pass every frame on, and a key after the message that tells of it."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if (
            isinstance(frame, InputTransportMessageFrame)
            and direction is FrameDirection.DOWNSTREAM
            and isinstance(frame.message, dict)
            and frame.message.get("type") == "key"
            and (entry := _KEYS.get(str(frame.message.get("key"))))
        ):
            await self.push_frame(InputDTMFFrame(entry))
