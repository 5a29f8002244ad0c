"""A caller over Twilio Media Streams is heard, answered, and let go as Twilio documents it."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from pipecat.frames.frames import InputAudioRawFrame, InputDTMFFrame
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bot.line import twilio
from bot.line.door import Door
from bot.line.frames import MarkPlayedFrame
from bot.line.twilio_signature import ticket
from bot.settings import Settings
from tests.line.serving import CONNECTED, PATIENCE, ToneBot, key, send, served, start, until

SILENCE = base64.b64encode(b"\xff" * 160).decode()
MEDIA: dict[str, Any] = {
    "event": "media",
    "sequenceNumber": "3",
    "media": {"track": "inbound", "chunk": "1", "timestamp": "5", "payload": SILENCE},
    "streamSid": "MZ1",
}


@asynccontextmanager
async def line(
    bot: ToneBot, door: Door | None = None, start_within: float = 10, **settings: Any
) -> AsyncIterator[str]:
    app = FastAPI()
    app.include_router(
        twilio.router(bot, door or Door(), Settings(**settings), start_within=start_within)
    )
    async with served(app) as address:
        yield f"ws://{address}/lines/twilio"


@asynccontextmanager
async def calling(bot: ToneBot, *, call_sid: str = "CA1") -> AsyncIterator[ClientConnection]:
    async with line(bot) as url, connect(url) as socket:
        await send(socket, CONNECTED, start(call_sid))
        yield socket


async def messages_until(socket: ClientConnection, event: str) -> list[dict[str, Any]]:
    """Read up to and including the first message of a kind."""
    read: list[dict[str, Any]] = []
    while not read or read[-1]["event"] != event:
        async with asyncio.timeout(PATIENCE):
            read.append(json.loads(await socket.recv()))
    return read


async def closing_of(socket: ClientConnection) -> tuple[int | None, str | None]:
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                await socket.recv()
    except ConnectionClosed:
        return socket.close_code, socket.close_reason


async def test_the_start_message_tells_who_calls() -> None:
    """Call id, number and language reach the call as Twilio told them."""
    bot = ToneBot()
    async with line(bot) as url, connect(url) as socket:
        begin = start("CA77", **{"from": "+31612345678", "language": "en"})
        await send(socket, CONNECTED, begin)
        await bot.answered()
    arrival = bot.arrivals[0]
    assert (arrival.line, arrival.call_id) == ("twilio", "CA77")
    assert (arrival.caller_number, arrival.language) == ("+31612345678", "en")
    assert arrival.sample_rate_out == 8000


async def test_a_withheld_number_is_no_number() -> None:
    """What is not E.164 is not passed off as a telephone number."""
    bot = ToneBot()
    async with line(bot) as url, connect(url) as socket:
        await send(socket, CONNECTED, start(**{"from": "anonymous", "language": "tlh"}))
        await bot.answered()
    assert bot.arrivals[0].caller_number is None
    assert bot.arrivals[0].language is None


async def test_sound_comes_in_at_the_pipelines_rate() -> None:
    """Mu-law at 8 kHz becomes PCM16 at 16 kHz."""
    bot = ToneBot()
    async with calling(bot) as socket:
        tones = await bot.answered()
        for _ in range(10):
            await send(socket, MEDIA)
        frames = await tones.wait_for(InputAudioRawFrame, 10)
    assert all(
        isinstance(f, InputAudioRawFrame) and (f.sample_rate, len(f.audio)) == (16000, 640)
        for f in frames
    )


async def test_keys_arrive() -> None:
    """Each key of the telephone arrives as itself."""
    bot = ToneBot()
    async with calling(bot) as socket:
        tones = await bot.answered()
        await send(socket, *(key(each) for each in "0123467*#"))
        frames = await tones.wait_for(InputDTMFFrame, 9)
    keys = [str(f.button.value) for f in frames if isinstance(f, InputDTMFFrame)]
    assert "".join(keys) == "0123467*#"


async def test_a_mark_follows_the_sound_it_belongs_to() -> None:
    """All of a tone goes out, 20 ms a message, before its mark."""
    bot = ToneBot()
    async with calling(bot) as socket:
        await bot.answered()
        await send(socket, key("5"))
        *media, mark = await messages_until(socket, "mark")
    assert mark == {"event": "mark", "streamSid": "MZ1", "mark": {"name": "1"}}
    sizes = [len(base64.b64decode(message["media"]["payload"])) for message in media]
    assert sizes == [160] * 20
    assert {message["streamSid"] for message in media} == {"MZ1"}


async def test_played_is_known_from_the_echo_and_only_from_it() -> None:
    """A mark counts as played when Twilio sends it back; one we never sent counts for nothing."""
    bot = ToneBot()
    async with calling(bot) as socket:
        tones = await bot.answered()
        await send(socket, {"event": "mark", "mark": {"name": "1"}}, key("5"))
        *_, mark = await messages_until(socket, "mark")
        assert tones.of(MarkPlayedFrame) == []
        await send(socket, mark, mark, key("1"))
        await tones.wait_for(InputDTMFFrame, 2)
    assert [f.mark for f in tones.of(MarkPlayedFrame) if isinstance(f, MarkPlayedFrame)] == ["1"]


async def test_an_interruption_clears_what_twilio_still_holds() -> None:
    """After a barge-in comes `clear`, no more of the old sound, and its mark is not "played"."""
    bot = ToneBot()
    async with calling(bot) as socket:
        tones = await bot.answered()
        await send(socket, key("5"))
        *_, mark = await messages_until(socket, "mark")
        await send(socket, key("5"))
        await messages_until(socket, "media")
        await send(socket, key("8"))
        *_, clear = await messages_until(socket, "clear")
        assert clear == {"event": "clear", "streamSid": "MZ1"}
        await send(socket, mark)  # Twilio sends back what it cleared
        await send(socket, key("5"))
        *media, third = await messages_until(socket, "mark")
        assert third["mark"]["name"] == "3"
        assert 20 <= len(media) <= 21  # one message may be on its way when the clear is written
        await send(socket, third)
        await tones.wait_for(MarkPlayedFrame)
    assert [f.mark for f in tones.of(MarkPlayedFrame) if isinstance(f, MarkPlayedFrame)] == ["3"]


async def test_when_the_bot_is_done_the_websocket_closes() -> None:
    """After the last sound the stream is closed normally, so that Twilio goes on with the TwiML."""
    bot = ToneBot()
    async with calling(bot) as socket:
        await bot.answered()
        await send(socket, key("5"), key("9"))
        assert len(await messages_until(socket, "mark")) == 21
        assert (await closing_of(socket))[0] == 1000
    assert bot.over == ["CA1"]


async def test_the_last_words_are_played_before_the_websocket_closes() -> None:
    """Closing throws away what Twilio holds, so the end waits for the echo of the last mark."""
    bot = ToneBot()
    async with calling(bot) as socket:
        tones = await bot.answered()
        await send(socket, key("6"))
        *_, mark = await messages_until(socket, "mark")
        assert mark["mark"]["name"] == "say-2"
        await send(socket, key("9"))
        await tones.wait_for(InputDTMFFrame, 2)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await socket.recv()
        assert bot.over == []
        await send(socket, mark)
        assert (await closing_of(socket))[0] == 1000


@pytest.mark.parametrize("how", ["stop", "close", "vanish"])
async def test_a_hang_up_ends_the_call(how: str) -> None:
    """However the caller goes away, the call is over and its place is free."""
    bot = ToneBot()
    door = Door()
    async with line(bot, door) as url, connect(url) as socket:
        await send(socket, CONNECTED, start())
        await bot.answered()
        assert door.inside == {"CA1"}
        if how == "stop":
            await send(socket, {"event": "stop", "stop": {"callSid": "CA1"}, "streamSid": "MZ1"})
        elif how == "close":
            await socket.close()
        else:
            socket.transport.abort()
        await until(lambda: not door.inside)
    assert bot.over == ["CA1"]


async def test_without_a_start_the_websocket_is_closed() -> None:
    """Who does not say who calls is not kept waiting for ever, nor let in."""
    bot = ToneBot()
    async with line(bot, start_within=0.05) as url, connect(url) as socket:
        await send(socket, CONNECTED, MEDIA, key("5"))
        assert await closing_of(socket) == (4408, "no start message within 0.05 s")
    assert bot.arrivals == []


async def test_a_call_in_progress_is_not_disturbed_by_a_second_with_its_id() -> None:
    """The second stream of a call is refused; the first goes on."""
    bot = ToneBot()
    async with line(bot) as url, connect(url) as first, connect(url) as second:
        await send(first, CONNECTED, start("CA5"))
        tones = await bot.answered()
        await send(second, CONNECTED, start("CA5"))
        assert await closing_of(second) == (4409, "call CA5 is in progress")
        await send(first, key("1"))
        await tones.wait_for(InputDTMFFrame)
    assert len(bot.arrivals) == 1


async def test_two_calls_run_side_by_side() -> None:
    """Two ids, two calls, each with its own sound."""
    bot = ToneBot()
    async with line(bot) as url, connect(url) as first, connect(url) as second:
        await send(first, CONNECTED, start("CA1"))
        await send(second, CONNECTED, start("CA2"))
        await bot.answered(2)
        await send(first, key("5"))
        await send(second, key("9"))
        assert (await closing_of(second))[0] == 1000
        assert len(await messages_until(first, "mark")) == 21


async def test_while_models_load_a_stream_is_asked_to_come_back() -> None:
    """The websocket is closed with the standard's "try again later"."""
    bot = ToneBot()
    async with line(bot, Door(lambda: "loading")) as url, connect(url) as socket:
        await send(socket, CONNECTED, start())
        assert await closing_of(socket) == (1013, "no call can be taken now: loading")


async def test_a_stream_that_finds_no_place_is_asked_to_come_back() -> None:
    """So it is when every place is taken; who hangs up leaves a place for the next."""
    bot, door = ToneBot(), Door(most=1)
    async with line(bot, door) as url:
        async with connect(url) as first, connect(url) as second:
            await send(first, CONNECTED, start("CA1"))
            await bot.answered()
            await send(second, CONNECTED, start("CA2"))
            assert await closing_of(second) == (1013, "no call can be taken now: full")
            assert "CA2" in door.turned_away  # Twilio asks what to do with it now
        await until(lambda: not door.inside)
        async with connect(url) as third:
            await send(third, CONNECTED, start("CA2"))
            await bot.answered(2)
    assert not door.turned_away


@pytest.mark.parametrize(
    ("number", "shown", "taken"),
    [
        ("+31612345678", ticket("secret", "CA1", "+31612345678"), True),
        ("+31699999999", ticket("secret", "CA1", "+31612345678"), False),
        ("+31612345678", ticket("secret", "CA2", "+31612345678"), False),
        ("+31612345678", "", False),
        ("+31612345678", "é", False),
    ],
)
async def test_with_a_token_only_our_own_twiml_opens_a_stream(
    number: str, shown: str, taken: bool
) -> None:
    """A ticket is good for one call and one caller's number, so that no number can be made up."""
    bot = ToneBot()
    async with line(bot, twilio_auth_token="secret") as url, connect(url) as socket:
        await send(socket, CONNECTED, start(**{"from": number, "ticket": shown}))
        if taken:
            await bot.answered()
        else:
            assert (await closing_of(socket))[0] == 4403
    assert len(bot.arrivals) == taken


NONSENSE: list[str | bytes] = [
    "",
    "not json",
    "[]",
    "null",
    "7",
    '{"event": "media"}',
    '{"event": "media", "media": null}',
    '{"event": "media", "media": {"payload": "***"}}',
    '{"event": "media", "media": {"payload": "A"}}',
    '{"event": "media", "media": {"payload": 5}}',
    '{"event": "media", "media": {"payload": ""}}',
    '{"event": "dtmf", "dtmf": {"digit": "12"}}',
    '{"event": "dtmf", "dtmf": {"digit": ["1"]}}',
    '{"event": "mark", "mark": {}}',
    '{"event": "start", "start": {}}',
    '{"event": "hello", "media": {}}',
    '{"event": "media", "media": {"payload": "/w=="}, "n": ' + "9" * 5000 + "}",
    "[" * 60_000,
    '{"event": "media", "media": {"payload": "' + "A" * 200_000 + '"}}',
    '{"event": "mark", "mark": {"name": "\\ud800"}}',
    b"\x00\xff\xfe binary",
    b'{"event": "stop"}',
]


@pytest.mark.parametrize("begun", [False, True])
async def test_nonsense_is_passed_over_and_the_call_goes_on(
    begun: bool, warnings: list[str]
) -> None:
    """No malformed message ends a call, before its start or after; one warning tells of all."""
    bot = ToneBot()
    async with line(bot) as url, connect(url) as socket:
        if begun:
            await send(socket, CONNECTED, start())
        await send(socket, *NONSENSE)
        if not begun:
            await send(socket, CONNECTED, start())
        tones = await bot.answered()
        await send(socket, key("5"))
        assert len(await messages_until(socket, "mark")) == 21
        assert len(tones.of(InputDTMFFrame)) == 1
    assert len(warnings) == 1


async def test_odd_sizes_of_sound_are_heard() -> None:
    """Twilio sends 160 bytes a message; any other number is sound as well."""
    bot = ToneBot()
    async with calling(bot) as socket:
        tones = await bot.answered()
        for size in (1, 3, 159, 161, 8000):
            payload = base64.b64encode(b"\xff" * size).decode()
            await send(socket, {"event": "media", "media": {"payload": payload}})
        frames = await tones.wait_for(InputAudioRawFrame, 5)
    sizes = [len(f.audio) for f in frames if isinstance(f, InputAudioRawFrame)]
    assert sizes == [4, 12, 636, 644, 32000]
