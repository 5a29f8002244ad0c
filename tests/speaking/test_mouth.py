"""The mouth says everything once, falls silent for the caller, and knows what was heard."""

import asyncio
from collections.abc import Iterator
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    EndFrame,
    EndWorkerFrame,
    Frame,
    InterruptionFrame,
    OutputAudioRawFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.tests.utils import run_test

from bot.line.frames import HangUpFrame, MarkFrame, MusicFrame, SaidFrame, SayFrame
from bot.say import Say
from bot.speaking.espeak import EspeakVoice
from bot.speaking.mouth import Mouth
from bot.speaking.sound import Piece, Sound
from tests.speaking.lines import LETTER_SECONDS, Call, ToneVoice, call, voices

FIRST = "Uw betaling is binnen."
SECOND = "Kan ik nog iets voor u doen?"


def say(words: str, seq: int = 1, spoken: str | None = None, slow: bool = False) -> SayFrame:
    return SayFrame(say=Say(seq, words, spoken or words, "nl", slow))


def letters(text: str) -> int:
    return len("".join(text.split()))


def outcomes(said: list[SaidFrame]) -> list[tuple[int, str, bool]]:
    return [(frame.say.seq, frame.heard, frame.interrupted) for frame in said]


async def test_says_are_played_in_order_and_reported_once() -> None:
    """Each Say is played in full, in order, and reported heard."""
    async with call() as running:
        await running.send(say(FIRST, 1), say(SECOND, 2))
        said = await running.said(2)
    assert outcomes(said) == [(1, FIRST, False), (2, SECOND, False)]
    assert running.head.said.empty()
    length = (letters(FIRST) + letters(SECOND)) * LETTER_SECONDS
    assert running.line.played == pytest.approx(length, abs=0.1)


async def test_the_line_sees_each_say_before_its_sound() -> None:
    """Captions get the words when they begin to sound, then the sound between its marks."""
    async with call() as running:
        await running.send(say(FIRST, 1), say(SECOND, 2))
        await running.said(2)
    kinds = (SayFrame, TTSStartedFrame, TTSAudioRawFrame, TTSStoppedFrame)
    seen = [type(frame) for frame in running.line.frames_seen if isinstance(frame, kinds)]
    once = [kind for kind, before in zip(seen, [None, *seen], strict=False) if kind is not before]
    assert once == [*kinds, *kinds]


async def test_barge_in_tells_what_was_heard() -> None:
    """An interruption stops the sound at once; heard is the part that was played."""
    async with call() as running:
        await running.line.allow(0)
        await running.send(say(FIRST, 1), say(SECOND, 2))
        # "Uw betaling" is ten letters; half of "is" is played as well.
        await running.line.allow(11 * LETTER_SECONDS)
        await running.line.has_played(0.52)
        await running.send(InterruptionFrame())
        said = await running.said(2)
        stopped_at = running.line.played
        await running.line.allow(1000)
    assert outcomes(said) == [(1, "Uw betaling", True), (2, "", True)]
    # The chunk that was being written may still go out, and no more.
    assert running.line.played <= stopped_at + 0.05


class ByLetter(ToneVoice):
    """Gives each letter's sound as it makes it, and tells no more of the rest."""

    def pieces(self, text: str, slow: bool = False) -> Iterator[Piece]:
        whole, count = self.synthesise(text, slow), letters(text)
        size = len(whole) // count
        for at in range(0, size * count, size):
            yield Piece(Sound(whole[at : at + size], self.sample_rate), 1 / count)


async def test_barge_in_tells_what_was_heard_of_pieces() -> None:
    """Of a sentence that came in pieces as much is heard as of one that came whole."""
    async with call(ByLetter()) as running:
        await running.line.allow(0)
        await running.send(say(FIRST, 1), say(SECOND, 2))
        await running.line.has_seen(TTSStoppedFrame)  # all pieces of the first
        await running.line.allow(11 * LETTER_SECONDS)
        await running.line.has_played(0.52)
        await running.send(InterruptionFrame())
        said = await running.said(2)
        await running.line.allow(1000)
    assert outcomes(said) == [(1, "Uw betaling", True), (2, "", True)]


async def test_pieces_are_played_as_one() -> None:
    """A sentence in pieces is reported once, heard in full, and lasts as long."""
    async with call(ByLetter()) as running:
        await running.send(say(FIRST, 1))
        assert outcomes(await running.said(1)) == [(1, FIRST, False)]
    assert running.line.played == pytest.approx(letters(FIRST) * LETTER_SECONDS, abs=0.1)


async def test_what_comes_after_a_barge_in_is_said() -> None:
    """A Say that arrives after the interruption is said, one from just before is not."""
    async with call() as running:
        await running.send(say(FIRST, 1), InterruptionFrame(), say(SECOND, 2))
        said = await running.said(2)
    assert outcomes(said) == [(1, "", True), (2, SECOND, False)]


async def test_nothing_overtakes_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after it waits until it has gone on to the line, which drops what came before.

    Else the line loses a part of it, never tells that it has played all, and the bot is
    silent for seconds.
    """
    async with call() as running:
        may_pass, process = asyncio.Event(), running.mouth.process_frame

        async def late(frame: Frame, direction: FrameDirection) -> None:
            if isinstance(frame, InterruptionFrame):
                await may_pass.wait()
            await process(frame, direction)

        monkeypatch.setattr(running.mouth, "process_frame", late)
        await running.send(InterruptionFrame(), say(SECOND, 2))
        for _ in range(100):
            await asyncio.sleep(0)
        may_pass.set()
        said = await running.said(1)
    assert outcomes(said) == [(2, SECOND, False)]
    kinds = (InterruptionFrame, TTSStartedFrame)
    seen = [type(frame) for frame in running.line.frames_seen if isinstance(frame, kinds)]
    assert seen == [*kinds]


async def test_no_sound_follows_its_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was being said ends before the interruption goes on to the line.

    Else the line plays a scrap of it, takes the bot for speaking, and never tells when the
    next words begin.
    """
    async with call() as running:
        push, many = running.mouth.push_frame, asyncio.Event()
        count = 0

        async def slowly(frame: Frame, *way: FrameDirection) -> None:
            nonlocal count
            await push(frame, *way)
            if isinstance(frame, TTSAudioRawFrame | InterruptionFrame):
                count += 1
                if count == 3:
                    many.set()
                for _ in range(10):
                    await asyncio.sleep(0)

        monkeypatch.setattr(running.mouth, "push_frame", slowly)
        await running.line.allow(0)
        await running.send(say(f"{FIRST} {SECOND}", 1))
        await many.wait()
        await running.send(InterruptionFrame(), say(SECOND, 2))
        await running.line.allow(1000)
        said = await running.said(2)
    assert [(one.say.seq, one.interrupted) for one in said] == [(1, True), (2, False)]
    kinds = (InterruptionFrame, TTSStartedFrame, TTSAudioRawFrame)
    seen = [frame for frame in running.line.frames_seen if isinstance(frame, kinds)]
    cut = next(n for n, frame in enumerate(seen) if isinstance(frame, InterruptionFrame))
    assert isinstance(seen[cut + 1], TTSStartedFrame)


async def test_a_line_that_speaks_for_a_scrap_tells_no_second_beginning(
    warnings: list[str],
) -> None:
    """When the line took a dropped scrap for the bot's words, the next words end as they do."""
    async with call() as running:
        [sender] = running.line._media_senders.values()
        sender._bot_speaking = True
        await running.line.push_frame(BotStartedSpeakingFrame(), FrameDirection.UPSTREAM)
        await running.line.told.wait()
        await running.send(say(SECOND, 2))
        [said] = await running.said(1)
    assert said.heard == SECOND
    assert not warnings


async def test_what_was_cut_off_goes_on_where_it_was() -> None:
    """Said again from a letter on, only the rest sounds, and in the end all of it was heard."""
    async with call() as running:
        await running.send(
            SayFrame(
                say=Say(1, f"{FIRST} {SECOND}", f"{FIRST} {SECOND}", "nl"), skip=letters(FIRST) + 10
            )
        )
        said = await running.said(1)
    assert outcomes(said) == [(1, f"{FIRST} {SECOND}", False)]
    assert running.line.played == pytest.approx((letters(SECOND) - 10) * LETTER_SECONDS, abs=0.1)


async def test_what_was_heard_before_counts_when_it_is_cut_off_again() -> None:
    """An interruption of the rest tells the words of both times."""
    async with call() as running:
        await running.line.allow(0)
        await running.send(SayFrame(say=say(FIRST).say, skip=letters("Uw betaling")))
        await running.line.allow(5 * LETTER_SECONDS)
        await running.line.has_played(4 * LETTER_SECONDS)
        await running.send(InterruptionFrame())
        said = await running.said(1)
        await running.line.allow(1000)
    assert outcomes(said) == [(1, "Uw betaling is", True)]
    assert said[0].letters >= letters("Uw betaling is")


async def test_an_amount_counts_as_heard_when_it_was_spoken() -> None:
    """Heard words are the written ones, though other words were spoken."""
    words = "Er staat € 84,20 open, mevrouw."
    spoken = "Er staat vierentachtig euro twintig open, mevrouw."
    async with call() as running:
        await running.line.allow(0)
        await running.send(say(words, 1, spoken))
        heard = letters("Er staat vierentachtig euro twintig open,") * LETTER_SECONDS
        await running.line.allow(heard + 0.05)
        await running.line.has_played(heard)
        await running.send(InterruptionFrame())
        said = await running.said(1)
        await running.line.allow(1000)
    assert outcomes(said) == [(1, "Er staat € 84,20 open,", True)]


async def test_hanging_up_waits_for_the_last_sound() -> None:
    """The call ends by itself, after all was played and reported."""
    async with call() as running:
        await running.send(say(FIRST, 1), HangUpFrame(outcome="resolved"))
        assert running.over
        await running.over
    assert outcomes([running.head.said.get_nowait()]) == [(1, FIRST, False)]
    assert running.line.played >= letters(FIRST) * LETTER_SECONDS
    kinds = [type(frame) for frame in running.line.frames_seen]
    assert kinds.index(HangUpFrame) > kinds.index(TTSStoppedFrame)
    assert kinds.index(EndFrame) > kinds.index(HangUpFrame)


async def test_hanging_up_survives_a_barge_in() -> None:
    """A caller who speaks over the goodbye still gets the end that was decided."""
    async with call() as running:
        await running.line.allow(0.2)
        await running.send(say(FIRST, 1), HangUpFrame(outcome="resolved"))
        await running.line.has_played(0.2)
        await running.send(InterruptionFrame())
        said = await running.said(1)
        await running.line.allow(1000)
        assert running.over
        await running.over
    assert outcomes(said) == [(1, "Uw", True)]


async def test_a_caller_who_hangs_up_has_heard_only_so_much() -> None:
    """What was heard can be asked for when the call is torn down."""
    async with call() as running:
        await running.line.allow(0.2)
        await running.send(say(FIRST, 1), say(SECOND, 2))
        await running.line.has_played(0.2)
        assert outcomes(running.mouth.cut_short()) == [(1, "Uw", True), (2, "", True)]
        await running.worker.cancel()
        assert running.over
        await running.over


async def test_heard_in_full_is_no_interruption() -> None:
    """A caller who answers at the very last sound has heard all of it."""
    async with call() as running:
        await running.line.allow(0)
        await running.send(say("Ja.", 1))
        await running.line.allow(3 * LETTER_SECONDS + 0.05)
        await running.line.has_played(3 * LETTER_SECONDS)
        await running.send(InterruptionFrame())
        assert outcomes(await running.said(1)) == [(1, "Ja.", False)]


class Gone(ToneVoice):
    """Fails in a way that no voice should."""

    def synthesise(self, text: str, slow: bool = False) -> bytes:
        raise MemoryError


async def test_a_broken_voice_does_not_break_the_call() -> None:
    """With a voice that always fails the caller still hears something, and the call ends."""
    async with call(Gone()) as running:
        await running.send(say(FIRST, 1), HangUpFrame(outcome="resolved"))
        assert running.over
        await running.over
    assert running.line.played > 0.5


class SecondSentenceWaits(ToneVoice):
    """Can't make the second sentence before the test has seen the first one played."""

    def __init__(self) -> None:
        self.first_was_played = Event()

    def synthesise(self, text: str, slow: bool = False) -> bytes:
        if text.startswith("Kan"):
            assert self.first_was_played.wait(10)
        return super().synthesise(text, slow)


async def test_the_first_sentence_does_not_wait_for_the_second() -> None:
    """The first sentence is heard while the second is still being made."""
    voice = SecondSentenceWaits()
    async with call(voice) as running:
        await running.send(say(f"{FIRST} {SECOND}"))
        await running.line.has_played(0.5)
        voice.first_was_played.set()
        assert outcomes(await running.said(1)) == [(1, f"{FIRST} {SECOND}", False)]


async def test_slow_takes_longer() -> None:
    """A caller who asked for it is spoken to slowly."""
    async with call() as running:
        await running.send(say(FIRST, 1, slow=True))
        await running.said(1)
    assert running.line.played == pytest.approx(2 * letters(FIRST) * LETTER_SECONDS, abs=0.1)


async def test_nothing_to_pronounce_is_said_at_once() -> None:
    """A Say without a letter makes no sound and does not hold up the next."""
    async with call() as running:
        await running.send(say("...", 1), say(FIRST, 2))
        assert outcomes(await running.said(2)) == [(1, "...", False), (2, FIRST, False)]


async def test_a_real_voice_without_a_line_that_tells() -> None:
    """With espeak-ng and no transport the playback clock decides; EndFrame waits for it."""
    mouth = Mouth(voices(EspeakVoice("nl")))
    down, up = await run_test(mouth, frames_to_send=[say("Ja.", 1), say("Nee.", 2)])
    audio = [frame for frame in down if isinstance(frame, TTSAudioRawFrame)]
    assert max(max(frame.audio) for frame in audio) > 0
    assert outcomes([frame for frame in up if isinstance(frame, SaidFrame)]) == [
        (1, "Ja.", False),
        (2, "Nee.", False),
    ]


async def test_hanging_up_asks_the_worker_upstream() -> None:
    """The whole pipeline ends, the ears too: the worker is asked, from which EndFrame comes."""
    mouth = Mouth(voices())
    _, up = await run_test(
        mouth, frames_to_send=[HangUpFrame(outcome="resolved")], send_end_frame=False
    )
    assert [type(frame) for frame in up] == [EndWorkerFrame]


@settings(max_examples=20, deadline=None)
@given(
    script=st.lists(st.sampled_from(["say", "say", "interrupt"]), min_size=1, max_size=8),
    play=st.floats(0, 6),
)
def test_every_say_is_reported_exactly_once(script: list[str], play: float) -> None:
    """Whatever is said and interrupted when: one SaidFrame a Say, heard a prefix of its words."""

    async def run() -> list[SaidFrame]:
        async with call() as running:
            await running.line.allow(play)
            seq = 0
            for step in script:
                if step == "say":
                    seq += 1
                    await running.send(say(f"{FIRST} {SECOND}", seq))
                else:
                    await running.send(InterruptionFrame())
            await running.line.allow(1000)
            said = await running.said(seq)
        assert running.head.said.empty()
        return said

    said = asyncio.run(run())
    count = script.count("say")
    assert [frame.say.seq for frame in said] == list(range(1, count + 1))
    for frame in said:
        whole = frame.say.words.split()
        assert frame.heard.split() == whole[: len(frame.heard.split())]
        assert frame.interrupted or frame.heard == frame.say.words


def music_played(running: Call) -> float:
    """Return the seconds of music that reached the line."""
    return sum(
        len(frame.audio) / 2 / frame.sample_rate
        for frame in running.line.frames_seen
        if type(frame) is OutputAudioRawFrame
    )


async def test_music_plays_until_words_are_to_be_said() -> None:
    """It is marked as music, it is no speech, and it is over before the words begin."""
    async with call() as running:
        await running.line.allow(0)
        running.line.told.set()  # music is no speech, of which the line tells nothing
        await running.send(MusicFrame(play=True))
        await running.line.allow(1.0)
        await running.line.has_played(0.9)
        await running.line.allow(1000)
        running.line.told.clear()
        await running.send(say(FIRST, 1))
        said = await running.said(1)
    assert outcomes(said) == [(1, FIRST, False)]
    assert music_played(running) > 0.9
    seen = [f for f in running.line.frames_seen if isinstance(f, MarkFrame | TTSStartedFrame)]
    names = [f.mark if isinstance(f, MarkFrame) else "words" for f in seen]
    assert names == ["music/1", "music/1/over", "words"]


async def test_music_falls_silent_for_the_caller_at_once() -> None:
    """A caller who speaks hears no more of it, and nothing of it is reported as said."""
    async with call() as running:
        running.line.told.set()
        await running.line.allow(0.5)
        await running.send(MusicFrame(play=True))
        await running.line.has_played(0.4)
        await running.send(InterruptionFrame())
        stopped_at = running.line.played
        await running.line.allow(1000)
        running.line.told.clear()
        await running.send(say(FIRST, 1))
        assert outcomes(await running.said(1)) == [(1, FIRST, False)]
        letters_s = letters(FIRST) * LETTER_SECONDS
        assert running.line.played <= stopped_at + letters_s + 0.15
    assert running.head.said.empty()


async def test_music_does_not_hold_up_the_end_of_a_call() -> None:
    """When the pipeline ends, or the bot hangs up, there is no waiting for music."""
    async with call() as running:
        running.line.told.set()
        await running.send(MusicFrame(play=True))
        await running.line.has_played(0.3)
    async with call() as running:
        running.line.told.set()
        await running.send(MusicFrame(play=True))
        await running.line.has_played(0.3)
        await running.send(HangUpFrame(outcome="callback"))
        assert running.over
        await running.over


async def test_no_music_where_words_wait_or_music_was_called_off() -> None:
    """A Say that is on its way, and a second thought, both go first."""
    async with call() as running:
        await running.send(say(FIRST, 1), MusicFrame(play=True))
        await running.said(1)
        running.line.told.set()
        await running.send(MusicFrame(play=True), MusicFrame(play=False))
    assert music_played(running) < 1
