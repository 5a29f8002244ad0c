"""The pool is fair: who says a little waits for a piece of what another says, never for all."""

import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest
from ctranslate2 import StorageView

from bot.events import Language
from bot.hearing import pool as pools
from bot.hearing.expectation import Expectation, Kind
from bot.hearing.heard import RATE, Audio
from bot.hearing.languages import LanguageTrack
from bot.hearing.pool import Recogniser
from bot.hearing.whisper import Care, Draft, Listened, Whisper


async def says(pool: Recogniser, who: float, parts: int) -> None:
    """Hand over what somebody says part by part, as the ears do."""
    for _ in range(parts):
        await pool.transcribe(np.full(RATE, who, np.float32), LanguageTrack("nl"))


async def test_a_long_monologue_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two parts of it everybody else has had their turn, first come first served."""
    pool = Recogniser(Whisper.__new__(Whisper), workers=1)  # nothing asks the model
    served: list[float] = []
    may_go_on = threading.Event()

    def serve(audio: Audio, *_told: object) -> None:
        may_go_on.wait()
        served.append(float(audio[0]))

    monkeypatch.setattr(pool, "recognise", serve)
    shouting = asyncio.create_task(says(pool, 0.0, 6))
    await asyncio.sleep(0)
    others = [asyncio.create_task(says(pool, who, 1)) for who in (1.0, 2.0, 3.0)]
    await asyncio.sleep(0)
    may_go_on.set()
    await asyncio.gather(shouting, *others)
    assert served[:4] == [0.0, 1.0, 2.0, 3.0]
    assert served[4:] == [0.0] * 5
    pool.close()


class Written(Whisper):
    """Writes down what the test says, with hints and without; nothing asks the model."""

    def __init__(self, told: str, free: str, ways: Sequence[Draft] = ()) -> None:
        self.told, self.free, self.ways = told, free, list(ways)
        self.score = -0.2
        self.signs: list[str] = []
        self.cares: list[Care] = []

    def listen(self, audio: Audio, *, full: bool = False) -> Listened:
        return Listened(audio, StorageView.from_array(np.zeros((1, 1), np.float32)))

    def languages(self, listened: Listened) -> dict[str, float]:
        return {"nl": 1.0}

    def draft(
        self, listened: Listened, language: Language, hints: str, care: Care = "careful"
    ) -> Draft:
        self.cares.append(care)
        return Draft(self.told if hints else self.free, self.score, 0.0, 1.0)

    def spelled(
        self, listened: Listened, language: Language, hints: str, signs: str
    ) -> list[Draft]:
        self.signs.append(signs)
        return self.ways


@pytest.mark.parametrize(
    ("told", "free", "heard"),
    [
        (
            "Mijn postcode is 2 8 5 0 S D, 9 1 4 7 S S.",
            "Kunt u dat herhalen?",
            "Kunt u dat herhalen?",
        ),
        ("1, 2, 1, 2, 1, 2, 1, 2.", "Kunt u dat herhalen?", "Kunt u dat herhalen?"),
        ("2850 AB", "2 8 5 0 a b", "2850 AB"),  # whose postcode begins like the hint's
        ("1234 AB", "Kunt u dat herhalen?", "1234 AB"),
    ],
)
def test_an_echo_of_the_hints_is_no_answer(
    told: str, free: str, heard: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Digits of the hints, or more than the time allows, count only if they come without hints."""
    monkeypatch.setattr(pools, "voiced_s", lambda audio: 1.2)
    pool = Recogniser(Written(told, free), workers=1)
    found = pool.recognise(
        np.zeros(2 * RATE, np.float32), LanguageTrack("nl"), Expectation("postcode")
    )
    assert found is not None
    assert found.words == heard
    pool.close()


def test_a_question_that_came_twice_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """More words than time, because the question was written down twice: it was asked all the same.

    Who asks something else in place of a postcode was met as if nobody had spoken.
    """
    monkeypatch.setattr(pools, "voiced_s", lambda audio: 1.6)
    asked = "What are your opening hour months are today?"
    twice = f"{asked} What are your opening hour months are?"
    pool = Recogniser(Written(twice, twice), workers=1)
    found = pool.recognise(
        np.zeros(2 * RATE, np.float32), LanguageTrack("nl"), Expectation("postcode")
    )
    assert found is not None
    assert found.words == asked
    pool.close()


@pytest.mark.parametrize(("shorter", "perhaps"), [(-0.1, True), (-0.9, False)])
def test_a_number_that_may_go_on_is_told_with_the_words(
    shorter: float, perhaps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for the end of the turn learns that a whole number may be a part."""
    monkeypatch.setattr(pools, "voiced_s", lambda audio: 1.9)
    ways = [Draft("7 6 7 9 1 3", -0.2, 0.0, 1.0), Draft("7 6 7 9", shorter, 0.0, 1.0)]
    whisper = Written("7 6 7 9 1 3", "7 6 7 9 1 3", ways)
    pool = Recogniser(whisper, workers=1)
    six = Expectation(
        "digits", answers=lambda text, _: "whole" if len(text.split()) == 6 else "part"
    )
    found = pool.recognise(np.zeros(2 * RATE, np.float32), LanguageTrack("nl"), six)
    assert found is not None
    assert (found.words, found.perhaps_part) == ("7 6 7 9 1 3", perhaps)
    assert whisper.signs == ["0123456789"]
    pool.close()


def test_a_postcode_is_spelled_with_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for a postcode, digits and letters are listened for, and one that is whole is taken."""
    monkeypatch.setattr(pools, "voiced_s", lambda audio: 1.9)
    way = Draft("9 4 9 3 G M", -0.2, 0.0, 1.0)
    whisper = Written("9493, G, M and", "9493, G, M and", [way])
    pool = Recogniser(whisper, workers=1)
    asked = Expectation(
        "postcode", answers=lambda text, _: "whole" if text == way.words else "part"
    )
    found = pool.recognise(np.zeros(2 * RATE, np.float32), LanguageTrack("nl"), asked)
    assert found is not None
    assert found.words == way.words
    assert whisper.signs == ["0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    pool.close()


def test_a_sentence_in_place_of_a_number_is_written_down_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who can't tell the number waits for no decoding in digits."""
    monkeypatch.setattr(pools, "voiced_s", lambda audio: 1.9)
    whisper = Written("I don't know that exactly.", "", [Draft("8 8 8 8 8 8", -0.1, 0.0, 1.0)])
    pool = Recogniser(whisper, workers=1)
    found = pool.recognise(
        np.zeros(2 * RATE, np.float32), LanguageTrack("nl"), Expectation("digits")
    )
    assert found is not None
    assert found.words == whisper.told
    assert whisper.signs == []
    pool.close()


@pytest.mark.parametrize(
    ("kind", "score", "cares"),
    [
        ("anything", -0.2, ["quick"]),
        ("anything", -0.5, ["quick", "careful"]),
        ("digits", -0.2, ["dictation"]),
        ("digits", -0.5, ["dictation", "careful"]),
    ],
)
def test_only_a_first_try_is_quick(
    kind: Kind, score: float, cares: list[Care], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was heard poorly, and a number, of which each sign counts, is heard with care."""
    monkeypatch.setattr(pools, "voiced_s", lambda audio: 1.9)
    whisper = Written("I want to know something.", "I want to know something.")
    whisper.score = score
    pool = Recogniser(whisper, workers=1)
    pool.recognise(np.zeros(2 * RATE, np.float32), LanguageTrack("nl"), Expectation(kind))
    assert whisper.cares == cares
    pool.close()


class Patient(Written):
    """Writes with hints, poorly, once it was asked to write without; else, in time, well."""

    def __init__(self, turns: int, waits_s: float) -> None:
        super().__init__("Ik wil een ansprak.", "Ik wil een afspraak.")
        self.free_begun = threading.Event()
        self.waits_s = waits_s
        self.all_there = threading.Barrier(turns, timeout=20)

    def listen(self, audio: Audio, *, full: bool = False) -> Listened:
        self.all_there.wait()
        return super().listen(audio, full=full)

    def draft(
        self, listened: Listened, language: Language, hints: str, care: Care = "careful"
    ) -> Draft:
        if not hints:
            self.free_begun.set()
            return Draft(self.free, -0.2, 0.0, 1.0)
        begun = self.free_begun.wait(self.waits_s)
        return Draft(self.told, -0.6 if begun else -0.2, 0.0, 1.0)


async def test_a_second_try_goes_beside_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller whom nobody else keeps waiting is not kept waiting by a first try that was poor."""
    monkeypatch.setattr(pools, "voiced_s", lambda audio: 1.9)
    whisper = Patient(turns=1, waits_s=20)
    pool = Recogniser(whisper, workers=2)
    found = await pool.transcribe(np.zeros(2 * RATE, np.float32), LanguageTrack("nl"))
    assert found is not None
    assert found.words == whisper.free
    pool.close()


async def test_others_come_before_a_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """While others are heard, nothing is written that may not be needed."""
    monkeypatch.setattr(pools, "voiced_s", lambda audio: 1.9)
    whisper = Patient(turns=2, waits_s=0.2)
    pool = Recogniser(whisper, workers=2)
    turns = (pool.transcribe(np.zeros(2 * RATE, np.float32), LanguageTrack("nl")) for _ in range(2))
    found = await asyncio.gather(*turns)
    assert [heard and heard.words for heard in found] == [whisper.told] * 2
    assert not whisper.free_begun.is_set()
    pool.close()
