"""Whatever comes over the websocket is a message of Twilio's or it is refused, never a crash."""

import base64
import json

from hypothesis import given
from hypothesis import strategies as some
from pipecat.frames.frames import Frame, InputAudioRawFrame, InputDTMFFrame

from bot.line.frames import MarkPlayedFrame
from bot.line.twilio_messages import BadMessage, MediaMessage, read_inbound, read_outbound
from bot.line.twilio_transport import TwilioSerializer

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=8,
)
EVENTS = some.sampled_from(["connected", "start", "media", "mark", "dtmf", "stop", "clear", "x"])
ALMOST = some.fixed_dictionaries(
    {"event": EVENTS},
    optional={
        part: JSON | some.dictionaries(some.sampled_from(["payload", "name", "digit"]), JSON)
        for part in ("media", "start", "mark", "dtmf", "stop", "streamSid")
    },
)


async def _stopped() -> None: ...


@given(some.text() | some.binary() | JSON.map(json.dumps) | ALMOST.map(json.dumps))
async def test_any_message_gives_a_frame_of_the_three_kinds_or_nothing(data: str | bytes) -> None:
    """The serializer never raises, and lets nothing through but sound, keys and marks."""
    serializer = TwilioSerializer("MZ1", _stopped)
    serializer._sample_rate = 16000
    frame: Frame | None = await serializer.deserialize(data)
    assert frame is None or isinstance(frame, InputAudioRawFrame | InputDTMFFrame | MarkPlayedFrame)


@given(some.binary(max_size=2000))
def test_sound_survives_the_way_it_is_written(sound: bytes) -> None:
    """Base64 in, the same bytes out, in both directions."""
    media = {"event": "media", "media": {"payload": base64.b64encode(sound).decode()}}
    for read in (read_inbound, read_outbound):
        message = read(json.dumps(media))
        assert isinstance(message, MediaMessage)
        assert message.media.sound() == sound


@given(some.text() | JSON.map(json.dumps) | ALMOST.map(json.dumps))
def test_reading_raises_nothing_but_bad_message(data: str) -> None:
    """One kind of error, whatever is wrong, and its text fits on a line of a log."""
    for read in (read_inbound, read_outbound):
        try:
            read(data)
        except BadMessage as error:
            assert len(str(error)) < 500
