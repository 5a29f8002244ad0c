"""Twilio's messages: what Twilio Media Streams says over its websocket, as it is documented.

https://www.twilio.com/docs/voice/media-streams/websocket-messages. Only what
Kalm reads is checked; Twilio may add fields.
"""

import base64
import binascii
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

LARGEST = 65_536
"""Characters of a message; Twilio's own are under 500, and 6 s of sound fit."""

Sid = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""Ids end up in addresses of pages, so no other characters are taken."""


class BadMessage(ValueError):
    """Not a message that Twilio sends; the text says what is wrong with it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Start(_Part):
    """Who calls, and how the sound is written down."""

    streamSid: Sid
    callSid: Sid
    customParameters: dict[str, str] = Field(default_factory=dict)
    """The `<Parameter>`s of our own TwiML."""


class Media(_Part):
    """A piece of sound, mu-law at 8 kHz."""

    payload: str
    """Base64."""
    track: str = "inbound"

    def sound(self) -> bytes:
        """Return the mu-law bytes; raises BadMessage."""
        try:
            return base64.b64decode(self.payload, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadMessage(f"media.payload is not base64: {error}") from error


class Mark(_Part):
    """A name that comes back once everything before it was played."""

    name: str


class Dtmf(_Part):
    """A key of the caller's telephone."""

    digit: Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]


class ConnectedMessage(_Part):
    """The websocket is Twilio's."""

    event: Literal["connected"]


class StartMessage(_Part):
    """The call begins."""

    event: Literal["start"]
    start: Start


class MediaMessage(_Part):
    """Sound, to us or from us."""

    event: Literal["media"]
    media: Media


class MarkMessage(_Part):
    """From us: put a mark here. To us: the mark was played, or cleared."""

    event: Literal["mark"]
    mark: Mark


class DtmfMessage(_Part):
    """The caller pressed a key."""

    event: Literal["dtmf"]
    dtmf: Dtmf


class StopMessage(_Part):
    """The caller has hung up, or the TwiML goes on elsewhere."""

    event: Literal["stop"]


class ClearMessage(_Part):
    """From us: throw away what has not been played."""

    event: Literal["clear"]


Inbound = ConnectedMessage | StartMessage | MediaMessage | MarkMessage | DtmfMessage | StopMessage
"""What Twilio sends."""
Outbound = MediaMessage | MarkMessage | ClearMessage
"""What Twilio takes."""

_INBOUND: TypeAdapter[Inbound] = TypeAdapter(Annotated[Inbound, Field(discriminator="event")])
_OUTBOUND: TypeAdapter[Outbound] = TypeAdapter(Annotated[Outbound, Field(discriminator="event")])
_Message = TypeVar("_Message")


def read_inbound(data: str | bytes) -> Inbound:
    """Read what Twilio sent; raises BadMessage."""
    return _read(_INBOUND, data)


def read_outbound(data: str | bytes) -> Outbound:
    """Read what a bot sent, as Twilio would; raises BadMessage."""
    return _read(_OUTBOUND, data)


def _read(adapter: TypeAdapter[_Message], data: str | bytes) -> _Message:
    if isinstance(data, bytes):
        raise BadMessage("a binary message")
    if len(data) > LARGEST:
        raise BadMessage(f"a message of {len(data)} characters")
    try:
        return adapter.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadMessage(f"{where}: {first['msg']}" if where else first["msg"]) from error
    except ValueError as error:  # characters that no UTF-8 has
        raise BadMessage(str(error)) from error
