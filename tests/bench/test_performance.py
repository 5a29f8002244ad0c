"""The page tells what was measured; what was not says so."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from dictating import PAUSES_S, dictation, spoken_within
from interrupting import Trial
from interruptions import summary
from performance import TEMPLATE, draw, page
from scorecard import profile, rows

from bot.events import CallerSpoke, Event
from bot.line.robot_handset import RATE

HEARING = {
    "figures": {
        "seconds": {
            "Kalm": {"turns": 9, "mean_s": 0.21, "p95_s": 0.3},
            "stock": {"turns": 9, "mean_s": 1.05, "p95_s": 1.4},
        },
        "errors": [
            {
                "language": "nl",
                "rate": 8000,
                "clips": 40,
                "words": 300,
                "wer": 0.30,
                "peer_wer": 0.28,
                "low": -0.01,
                "high": 0.04,
            }
        ],
        "by_set": [],
        "loops": {"Kalm": 0, "stock": 1},
        "heard": {"Kalm": 80, "stock": 80},
        "inventions": {"Kalm": 0, "stock": 7},
        "noises": 22,
    }
}


def calls(bot: str, count: int, **other: Any) -> dict[str, Any]:
    return {
        "bot": bot,
        "calls": count,
        "languages": "nl+en",
        "p50_s": 0.5,
        "p95_s": 0.9,
        "answers_s": [0.5, 0.9],
        "unanswered": 0,
        "lost": [],
        "gaps_s": [],
        "greeting_p50_s": 0.4,
        "every_s": 8.0,
        "memory_mb": 800,
        "cores": 0.3,
        "callers_cores": 0.05,
        "stages": [],
        **other,
    }


def speed(*measured: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": "2026-11-22",
        "machine": "2 cores",
        "ready_s": {"Kalm": 7.5},
        "capacity": 9,
        "measured": list(measured),
    }


def test_what_was_not_measured_is_not_made_up(tmp_path: Path) -> None:
    """Without a measurement every bar says "not measured", and no chart is drawn."""
    found = rows({})
    assert found
    assert all(row.met is None and row.value == "not measured" for row in found)
    text = page({}, TEMPLATE.read_text(), "2026-11-22")
    assert "reached" not in text.split("## What each figure means")[0].split("## What must")[1][17:]
    draw({}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["performance-timeline.svg"]


@pytest.mark.parametrize(
    ("changed", "reached"),
    [
        ({}, True),
        ({"p50_s": 0.61}, False),
        ({"p95_s": 1.01}, False),
        ({"unanswered": 1}, False),
        ({"lost": ["the bot hung up"]}, False),
    ],
)
def test_one_call_is_fast_enough_or_not(changed: dict[str, Any], reached: bool) -> None:
    """A bar is reached by the figures alone, and never by a call that broke."""
    row = rows({"speed": speed(calls("Kalm", 1, **changed))})[0]
    assert row.met is reached


def test_the_peer_of_the_same_run_gives_the_ratio() -> None:
    """A quarter of the peer's median, or not reached."""
    results = {"speed": speed(calls("Kalm", 1), calls("stock pipecat", 1, p50_s=1.9))}
    assert [row.ratio for row in rows(results)[:2]] == ["0.26", "0.26"]
    assert rows(results)[1].met is False
    assert rows({"speed": speed(calls("Kalm", 1))})[1].met is None


def test_eight_calls_have_four_bars() -> None:
    """Answers, losses, stutters and memory are judged each by itself."""
    good = rows({"speed": speed(calls("Kalm", 8))})
    assert [row.met for row in good[3:7]] == [True] * 4
    bad = calls("Kalm", 8, p95_s=2.1, lost=["x"], gaps_s=[0.08], memory_mb=1001)
    assert [row.met for row in rows({"speed": speed(bad)})[3:7]] == [False] * 4


def test_a_point_above_the_peer_is_the_most() -> None:
    """Two points above in word errors is too many, whatever the interval."""
    by_measure = {row.measure: row for row in rows({"hearing": HEARING})}
    assert by_measure["word errors, nl, 8 kHz, 40 clips"].met is False
    assert by_measure["one turn of 1 to 6 s through recognition"].ratio == "0.20"
    assert by_measure["loops"].met is True
    assert by_measure["inventions on noise"].peer == "7 of 22"


def test_words_that_were_there_before_the_turn_was_over_cost_nothing() -> None:
    """Each stage is charged with what it was waited for; together they make the answer."""
    turn = {"pause": 0.2, "words": 0.3, "turn_end": 0.5, "meaning": 0.55, "decided": 0.6}
    shares = profile([{**turn, "sound": 0.6, "first_sound": 0.7}])
    assert shares["words"] == pytest.approx(0.1)
    assert shares["turn_end"] == pytest.approx(0.2)
    assert sum(shares.values()) == pytest.approx(0.7)
    assert profile([turn]) == {}, "an answer that was never heard tells nothing"


def test_the_page_and_its_pictures_hold_what_was_measured(tmp_path: Path) -> None:
    """All sections are there, figures as measured; pictures are whole and load nothing."""
    turn = {"pause": 0.2, "turn_end": 0.5, "words": 0.6, "first_sound": 0.9}
    results = {
        "speed": speed(calls("Kalm", 1, stages=[turn]), calls("Kalm", 8, p95_s=1.37)),
        "hearing": HEARING,
    }
    told = json.loads(json.dumps(results))
    text = page(told, TEMPLATE.read_text(), "2026-11-22")
    assert "1.37" in text
    assert "2 cores, measured on 2026-11-22" in text
    assert "$" not in text
    draw(told, tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
    for picture in tmp_path.iterdir():
        assert f"images/{picture.name}" in text
        root = ElementTree.fromstring(picture.read_text())  # noqa: S314 - we have just written it
        assert not [each for each in root.iter() if each.tag.endswith(("script", "image"))]


def test_interruptions_are_judged_by_kind() -> None:
    """Sentences are to silence the bot, the rest is not; a share knows its trials."""
    over = [
        Trial("sentence", "nl", "v", "nee wacht", 0.3, went_on=False),
        Trial("sentence", "nl", "v", "nee wacht", None, went_on=True),
        Trial("ja", "nl", "v", "ja", 0.3, went_on=True, hole_s=0.6),
        Trial("cough", "nl", "v", "(cough)", None, went_on=False),
    ]
    figures = summary(over, [])
    assert figures["barge_in"]["not_silenced"] == 1
    assert figures["goes_on"]["all"]["share"] == 0.5
    assert figures["goes_on"]["ja"]["share"] == 1
    assert {row.met for row in rows({"interruptions": {"figures": figures}})[-5:-3]} == {False}


@pytest.mark.parametrize("seed", range(5))
def test_a_number_is_dictated_whole(seed: int) -> None:
    """Whatever the groups, every digit is said once, in order, with pauses as announced."""
    said = dictation("postcode", "3581GA", "nl", random.Random(seed))  # noqa: S311 - a draw, no secret
    assert " ".join(said.groups) == "drie vijf acht een G A"
    assert len(said.pauses_s) == len(said.groups) - 1
    assert all(PAUSES_S[0] <= pause <= PAUSES_S[1] for pause in said.pauses_s)


def test_only_turns_within_the_number_count() -> None:
    """What was said before or after a number does not make it cut off."""
    spoken = [(0, 900), (1100, 2000), (2500, 3000), (4100, 4500)]
    events = [
        Event(
            call_id="CA1",
            seq=number,
            at=datetime(2026, 11, 22, tzinfo=UTC),
            body=CallerSpoke(words="x", language="nl", start_ms=start, end_ms=end),
        )
        for number, (start, end) in enumerate(spoken, 1)
    ]
    turns = spoken_within(events, 1 * RATE, 4 * RATE)
    assert [turn.start_ms for turn in turns] == [1100, 2500]
