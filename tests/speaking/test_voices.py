"""A sentence always becomes sound: by its voice, by another, or by the apology made before."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.models import Models
from bot.settings import Settings
from bot.speaking import voices as room
from bot.speaking.cache import SpeechCache
from bot.speaking.sound import Piece, Sound
from bot.speaking.voices import Voices
from tests.speaking.lines import ToneVoice


class Nowhere:
    """No model is on this machine."""

    def path(self, name: str) -> Path:
        raise FileNotFoundError(f"{name} is not on this machine")


class Counting(ToneVoice):
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.threads: set[str] = set()

    def synthesise(self, text: str, slow: bool = False) -> bytes:
        self.texts.append(text)
        self.threads.add(threading.current_thread().name)
        return super().synthesise(text, slow)


class Broken(ToneVoice):
    name = "broken"

    def synthesise(self, text: str, slow: bool = False) -> bytes:
        raise RuntimeError("out of memory")


class Mute(ToneVoice):
    name = "mute"

    def synthesise(self, text: str, slow: bool = False) -> bytes:
        return b""


def files(folder: Path) -> list[Path]:
    return list(folder.rglob("*"))


def house(voice: Any, cache: Path | None = None) -> Voices:
    return Voices({"nl": voice, "en": voice}, SpeechCache(cache))


def test_without_models_espeak_stands_in_and_says_so(tmp_path: Path, warnings: list[str]) -> None:
    """With no Piper model both languages are spoken, and the log tells by whom."""
    loaded = Voices.load(Nowhere(), tmp_path)
    assert loaded.voice("nl").stand_in
    assert loaded.voice("en").stand_in
    assert len([line for line in warnings if "stands in" in line]) == 2
    loaded.close()


async def test_a_fixed_sentence_is_made_once(tmp_path: Path) -> None:
    """The second time a fixed sentence comes from the cache, also after a restart."""
    voice = Counting()
    for _ in range(2):
        started = house(voice, tmp_path)
        started.keep_on_disk(["Goedemorgen. Waarmee kan ik u helpen?"], "nl")
        sounds = [await started.sound("Goedemorgen.", "nl") for _ in range(2)]
        assert sounds[0] == sounds[1]
    assert voice.texts == ["Goedemorgen."]


async def test_what_may_be_said_is_made_once_however_it_ends() -> None:
    """Who gets ready may be cut off, who speaks meanwhile waits for the same sound."""

    class Slow(Counting):
        def synthesise(self, text: str, slow: bool = False) -> bytes:
            assert go_on.wait(10)
            return super().synthesise(text, slow)

    go_on, voice = threading.Event(), Slow()
    started = house(voice)
    ahead = asyncio.create_task(started.get_ready("Het is € 84,20. Tot ziens.", "nl"))
    speaking = asyncio.create_task(started.sound("Het is € 84,20.", "nl"))
    await asyncio.sleep(0)
    ahead.cancel()
    go_on.set()
    sound = await speaking
    assert sound == await started.sound("Het is € 84,20.", "nl")
    assert len(voice.texts) == 1


async def test_private_facts_never_reach_the_disk(tmp_path: Path) -> None:
    """A sentence with something filled in is kept in memory, and forgotten at the end."""
    voice = Counting()
    started = house(voice, tmp_path)
    started.keep_on_disk(["Goedemorgen."], "nl")
    for _ in range(2):
        await started.sound("Mevrouw De Vries, er staat € 84,20 open.", "nl")
    assert len(voice.texts) == 1
    assert not files(tmp_path)


async def test_what_never_changes_is_spoken_before_a_caller_waits_for_it(tmp_path: Path) -> None:
    """Each fixed sentence is made once, only while it is quiet; a restart makes none anew."""
    voice, quiet = Counting(), False
    looked: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal quiet
        looked.append(seconds)
        assert not voice.texts
        quiet = len(looked) == 3

    for _ in range(2):
        started = house(voice, tmp_path)
        started.keep_on_disk(["Goedemorgen. Waarmee kan ik u helpen?"], "nl")
        assert started.left_to_make == 2
        await started.make_ahead(lambda: quiet, sleep)
        assert started.left_to_make == 0
    assert voice.texts == ["Goedemorgen.", "Waarmee kan ik u helpen?"]
    assert len(looked) == 3
    await started.sound("Goedemorgen.", "nl")
    assert len(voice.texts) == 2


async def test_a_voice_that_fails_ahead_costs_only_that_sentence(
    tmp_path: Path, warnings: list[str]
) -> None:
    """What can't be spoken ahead is told, and the rest is spoken."""

    class Choking(Counting):
        def synthesise(self, text: str, slow: bool = False) -> bytes:
            if "morgen" in text:
                raise RuntimeError("out of memory")
            return super().synthesise(text, slow)

    voice = Choking()
    started = house(voice, tmp_path)
    started.keep_on_disk(["Goedemorgen. Waarmee kan ik u helpen?"], "nl")
    await started.make_ahead(lambda: True)
    assert voice.texts == ["Waarmee kan ik u helpen?"]
    assert any("Goedemorgen" in line for line in warnings)


async def test_never_on_the_event_loop() -> None:
    """The voice works in a thread of the pool."""
    voice = Counting()
    await house(voice).sound("Goedemorgen.", "nl")
    assert threading.current_thread().name not in voice.threads
    assert len(voice.threads) == 1


async def test_no_voice_meets_a_digit() -> None:
    """Digits and symbols that are left in a text are said in words."""
    voice = Counting()
    await house(voice).sound("Om 14.30 uur, € 5,50.", "nl")
    assert voice.texts == ["Om half drie, vijf euro vijftig."]


@pytest.mark.parametrize("voice", [Broken(), Mute()])
async def test_another_voice_takes_over(voice: ToneVoice, warnings: list[str]) -> None:
    """When a voice fails or gives no sound, espeak-ng says the sentence, and it is logged."""
    sound = await house(voice).sound("Goedemorgen, mevrouw.", "nl")
    assert sound.seconds > 0.5
    assert any(voice.name in line for line in warnings)


async def test_a_voice_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A voice that takes too long is not waited for."""
    release = threading.Event()
    came_back: list[str] = []

    class Hanging(ToneVoice):
        def synthesise(self, text: str, slow: bool = False) -> bytes:
            release.wait(10)
            came_back.append(text)
            return b""

    monkeypatch.setattr(room, "_PATIENCE", 0.05)
    slow_room = house(Hanging())
    monkeypatch.setattr(room, "_ESPEAK", {"nl": ToneVoice(), "en": ToneVoice()})
    sound = await slow_room.sound("Goedemorgen.", "nl")
    assert sound.seconds > 0.1
    assert not came_back
    release.set()


class InPieces(ToneVoice):
    """Speaks a sentence in four pieces, as far as the test lets it; may fail after some."""

    name = "in pieces"

    def __init__(self, fails_after: int = 4) -> None:
        self.may_make = threading.Semaphore(0)
        self.fails_after = fails_after
        self.sentences = 0

    def pieces(self, text: str, slow: bool = False) -> Iterator[Piece]:
        self.sentences += 1
        whole = self.synthesise(text, slow)
        for count in range(4):
            assert self.may_make.acquire(timeout=10)
            if count == self.fails_after:
                raise RuntimeError("out of memory")
            begin, end = (len(whole) // 8 * each * 2 for each in (count, count + 1))
            yield Piece(Sound(whole[begin : end if count < 3 else None], self.sample_rate), 0.25)


async def test_a_sentence_is_heard_while_it_is_made(tmp_path: Path) -> None:
    """The first piece is there when the second is not yet made; joined they are kept as one."""
    voice = InPieces()
    speaking = house(voice, tmp_path)
    heard: list[Piece] = []
    voice.may_make.release()
    async for piece in speaking.pieces("Er staat een factuur open.", "nl", sample_rate=8000):
        heard.append(piece)
        voice.may_make.release()
    assert len(heard) >= 4
    assert sum(piece.share for piece in heard) == pytest.approx(1)
    again = await speaking.sound("Er staat een factuur open.", "nl", sample_rate=8000)
    assert voice.sentences == 1
    assert sum(piece.sound.seconds for piece in heard) == pytest.approx(again.seconds, abs=0.001)


async def test_what_is_foreseen_and_then_said_is_made_once() -> None:
    """A sentence that is got ready when its turn comes is heard from its start, made by one."""
    voice = InPieces()
    speaking = house(voice)
    ready = asyncio.create_task(speaking.get_ready("Er staat een factuur open.", "nl"))
    voice.may_make.release()
    pieces = aiter(speaking.pieces("Er staat een factuur open.", "nl"))
    first = await anext(pieces)
    voice.may_make.release(3)
    rest = [piece async for piece in pieces]
    await ready
    assert voice.sentences == 1
    whole = ToneVoice().synthesise("Er staat een factuur open.")
    assert b"".join(piece.sound.pcm for piece in [first, *rest]) == whole


async def test_a_voice_that_fails_in_the_middle(
    monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    """Another voice says the whole sentence, from its start: no word of it is lost."""
    voice = InPieces(fails_after=2)
    monkeypatch.setattr(room, "_ESPEAK", {"nl": ToneVoice(), "en": ToneVoice()})
    voice.may_make.release(4)
    sound = await house(voice).sound("Er staat een factuur open.", "nl")
    whole = len(ToneVoice().synthesise("Er staat een factuur open."))
    assert len(sound.pcm) == pytest.approx(1.5 * whole, abs=8)
    assert any("in pieces" in line for line in warnings)


async def test_a_voice_that_hangs_in_the_middle(
    monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    """Who has heard a beginning is not left in silence: another voice says it all."""
    monkeypatch.setattr(room, "_PATIENCE", 0.05)
    monkeypatch.setattr(room, "_ESPEAK", {"nl": ToneVoice(), "en": ToneVoice()})
    voice = InPieces()
    voice.may_make.release(2)
    sound = await house(voice).sound("Er staat een factuur open.", "nl")
    whole = len(ToneVoice().synthesise("Er staat een factuur open."))
    assert len(sound.pcm) == pytest.approx(1.5 * whole, abs=8)
    assert any("TimeoutError" in line for line in warnings)
    voice.may_make.release(2)  # its thread may end


async def test_with_no_voice_at_all_the_apology_is_heard(
    monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    """When nobody can speak any more, what was made at the start is played, not silence."""

    class FailsLater(ToneVoice):
        def synthesise(self, text: str, slow: bool = False) -> bytes:
            if "Excuus" not in text and "Sorry" not in text:
                raise RuntimeError("out of memory")
            return super().synthesise(text, slow)

    monkeypatch.setattr(room, "_ESPEAK", {"nl": Broken(), "en": Broken()})
    late = house(FailsLater())
    late.prepare_apologies()
    sound = await late.sound("Goedemorgen.", "nl")
    assert sound.seconds > 1
    assert max(sound.pcm) > 0
    assert any("no voice works" in line for line in warnings)


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
async def test_resampled(rate: int) -> None:
    """A sound lasts as long at the line's rate as at the voice's own."""
    own = await house(ToneVoice()).sound("Goedemorgen.", "nl")
    at_rate = await house(ToneVoice()).sound("Goedemorgen.", "nl", sample_rate=rate)
    assert at_rate.sample_rate == rate
    assert at_rate.seconds == pytest.approx(own.seconds, abs=0.001)


async def test_two_calls_at_once() -> None:
    """Two calls are spoken to side by side."""
    both = house(ToneVoice())
    sounds = await asyncio.gather(*(both.sound(text, "nl") for text in ("Een.", "Twee.") * 10))
    assert [sound.seconds for sound in sounds] == pytest.approx([0.2, 0.25] * 10)


def loudness(sound: Sound) -> float:
    return float(np.abs(np.frombuffer(sound.pcm, np.int16).astype(float)).mean())


@pytest.mark.models
async def test_piper_speaks_english_beside_espeak(tmp_path: Path) -> None:
    """The real English model speaks, slower when asked, in one process with espeak-ng."""
    loaded = Voices.load(Models(Settings()), tmp_path)
    assert not loaded.voice("en").stand_in
    said = (
        "Good morning, this is the digital assistant of Kalm Energie.",
        "What is your customer number? It has six digits.",
        "I have found your payment of the twelfth of November.",
        "A colleague will call you back as soon as someone is free.",
        "Shall I make an appointment for Tuesday at half past two?",
        "Your invoice is open, and is due at the end of the month.",
        "We are open on weekdays from eight until six.",
        "Thank you for calling, and have a pleasant day.",
    )
    dutch, *spoken = await asyncio.gather(
        loaded.sound("Goedemorgen, waarmee kan ik u helpen?", "nl", sample_rate=8000),
        *(loaded.sound(words, "en", sample_rate=8000) for words in said),
        *(loaded.sound(words, "en", slow=True, sample_rate=8000) for words in said),
    )
    english, slow = spoken[: len(said)], spoken[len(said) :]
    assert all(1.5 < sound.seconds < 6 for sound in english)
    assert 1 < dutch.seconds < 5
    # Piper never says a sentence twice alike: one can come out 8 % longer, eight together can't.
    assert sum(s.seconds for s in slow) > 1.1 * sum(s.seconds for s in english)
    assert min(map(loudness, (dutch, *spoken))) > 200
    loaded.close()


def test_a_sound_begins_at_once() -> None:
    """The silence that a voice puts first is cut, but for a breath; silence alone stays."""
    tone = np.full(2205, 5000, np.int16)
    led = np.concatenate([np.zeros(1000, np.int16), tone])
    begun = Sound(led.tobytes(), 22050).at_once()
    assert len(led) - len(begun.pcm) // 2 == 1000 - 220
    assert begun.pcm.endswith(tone.tobytes())
    for quiet in (b"", bytes(2000)):
        assert Sound(quiet, 22050).at_once().pcm == quiet
