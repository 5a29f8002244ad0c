"""Whatever a Rasa server does, an utterance gets one meaning in time: Rasa's intent with Kalm's
values, or Kalm's own and the word that it is; nobody waits for a Rasa that is away.
"""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AnyHttpUrl

from bot.dialogue.content import Content
from bot.events import Understood
from bot.rehearsal.stage import Stage, demo_company
from bot.running import Kalm
from bot.settings import Settings
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.meaning import OUT_OF_SCOPE, Understanding
from bot.understanding.rasa import RasaUnderstanding, engine, open_rasa
from bot.understanding.rasa_answer import FALLBACK, RANKED, RasaMistake, read_answer
from bot.understanding.rasa_server import (
    FIRST_PAUSE_S,
    LARGEST_ANSWER,
    LONGEST_PAUSE_S,
    TOLERATED,
    RasaServer,
)
from tests.understanding.conftest import INTENTS, NOW
from tests.understanding.rasa_double import RasaDouble, answer

SAID = "is mijn betaling van 84 euro 20 binnen"
PATIENT_S, BRIEF_S = 20.0, 0.1
"""Budgets: one that a busy machine does not overrun, one for tests that wait it out."""


class Pauses:
    """Virtual time between two looks for a server that is away."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[float] = asyncio.Queue()
        """How long each is, when it begins."""
        self._over = asyncio.Semaphore(0)

    async def sleep(self, seconds: float) -> None:
        self.begun.put_nowait(seconds)
        await self._over.acquire()

    def end_one(self) -> None:
        self._over.release()


@asynccontextmanager
async def asking(
    double: RasaDouble,
    trained: EmbeddedUnderstanding,
    pauses: Pauses | None = None,
    budget_s: float = PATIENT_S,
) -> AsyncIterator[tuple[RasaServer, RasaUnderstanding]]:
    sleep = (pauses or Pauses()).sleep
    async with RasaServer(double.url, budget_s=budget_s, sleep=sleep) as server:
        yield server, RasaUnderstanding(server, trained)


@pytest.fixture
async def double() -> AsyncIterator[RasaDouble]:
    double = RasaDouble()
    async with double.serving():
        yield double


async def until_back(server: RasaServer) -> None:
    while server.notice is not None:  # noqa: ASYNC110 - it tells nobody when it is back
        await asyncio.sleep(0)


async def test_the_intent_is_rasas_and_the_values_are_kalms(
    double: RasaDouble, trained: EmbeddedUnderstanding
) -> None:
    """Both engines give the same type, so that nobody downstream can tell which it was."""
    double.say(answer("complain", 0.7))
    async with asking(double, trained) as (server, rasa):
        understanding: Understanding = rasa
        meaning = await understanding.parse(SAID, "nl")
        own = await trained.parse(SAID, "nl")
    assert (meaning.intent, meaning.confidence, meaning.by) == ("complain", 0.7, "rasa")
    assert [one.intent for one in meaning.ranking] == ["complain", "greet"]
    assert meaning.entities == own.entities
    assert "84.20" in {one.value for one in meaning.entities}
    assert (own.intent, own.by) == ("check_payment", "embedded")
    assert double.asked[-1] == SAID
    assert server.notice is None


async def test_rasa_adds_what_it_has_learned_and_never_a_value(
    double: RasaDouble, trained: EmbeddedUnderstanding
) -> None:
    """An entity of Rasa's own comes along; numbers and dates are written by Kalm's rules only."""
    street = {"entity": "street", "start": 0, "end": 2, "value": "is", "confidence_entity": 0.9}
    date = {"entity": "date", "start": 3, "end": 7, "value": "2026-11-22T00:00:00.000+01:00"}
    outside = {"entity": "street", "start": 30, "end": 300, "value": "x"}
    nested = {"entity": "street", "start": 3, "end": 7, "value": {"from": 1}}
    double.say(answer("check_payment", entities=[street, date, outside, nested]))
    async with asking(double, trained) as (_, rasa):
        meaning = await rasa.parse(SAID, "nl")
        own = await trained.parse(SAID, "nl")
    [added] = [one for one in meaning.entities if one not in own.entities]
    assert (added.name, added.value, added.text, added.start) == ("street", "is", "is", 0)


async def test_who_is_not_sure_is_out_of_scope_and_keeps_what_is_likely(
    double: RasaDouble, trained: EmbeddedUnderstanding
) -> None:
    """The FallbackClassifier's doubt, and a trained out_of_scope, are Kalm's out_of_scope."""
    doubt = {"name": FALLBACK, "confidence": 0.4}
    likely = [{"name": "stop", "confidence": 0.35}, {"name": "deny", "confidence": 0.3}]
    async with asking(double, trained) as (_, rasa):
        double.say({"intent": doubt, "intent_ranking": [doubt, *likely]})
        unsure = await rasa.parse("doe maar niet of zo", "nl")
        double.say(answer(OUT_OF_SCOPE, 0.8))
        strange = await rasa.parse("kun je een gedicht schrijven", "nl")
    assert (unsure.intent, unsure.confidence, unsure.by) == (OUT_OF_SCOPE, 0.65, "rasa")
    assert [one.intent for one in unsure.ranking] == ["stop", "deny"]
    assert (strange.intent, strange.confidence) == (OUT_OF_SCOPE, 0.8)
    assert [one.intent for one in strange.ranking] == ["greet"]


HUGE = {"name": "greet", "confidence": 0.1, "padding": "x" * LARGEST_ANSWER}
MISFORTUNES: dict[str, dict[str, Any]] = {
    "an error": {"status": "500 Internal Server Error", "says": b'{"status":"failure"}'},
    "no model": {"status": "409 Conflict", "says": b'{"reason":"NoModelLoaded"}'},
    "elsewhere": {"status": "302 Found", "says": json.dumps(answer("greet")).encode()},
    "hung up": {"luck": "cut"},
    "half a JSON": {"says": json.dumps(answer("greet")).encode()[:40]},
    "no JSON": {"says": b"<html>It works!</html>"},
    "not UTF-8": {"says": b'{"intent": "\xff\xfe"}'},
    "nothing": {"says": b""},
    "a list": {"says": b"[]"},
    "no intent": {"says": b'{"intent": null, "intent_ranking": []}'},
    "no name": {"says": json.dumps(answer("")).encode()},
    "nothing but doubt": {
        "says": json.dumps({"intent": {"name": FALLBACK, "confidence": 1}}).encode()
    },
    "no number": {"says": b'{"intent": {"name": "greet", "confidence": NaN}}'},
    "too sure": {"says": json.dumps(answer("greet", 7.0)).encode()},
    "too much": {"says": json.dumps(answer("greet", intent_ranking=[HUGE])).encode()},
    "packed": {"says": gzip.compress(json.dumps(answer("greet")).encode())},
    "very deep": {"says": b'{"intent": ' + b"[" * 100_000},
    "an intent of another project": {"says": json.dumps(answer("order_pizza")).encode()},
}


@pytest.mark.parametrize("luck", MISFORTUNES.values(), ids=MISFORTUNES)
async def test_whatever_goes_wrong_kalm_answers_itself_and_says_so(
    double: RasaDouble, trained: EmbeddedUnderstanding, luck: dict[str, Any]
) -> None:
    """The meaning is the embedded engine's, whole; the next utterance is Rasa's again."""
    async with asking(double, trained) as (_, rasa):
        before = dict(vars(double))
        for name, value in luck.items():
            setattr(double, name, value)
        meaning = await rasa.parse(SAID, "nl")
        for name in luck:
            setattr(double, name, before[name])
        after = await rasa.parse(SAID, "nl")
    assert meaning == replace(await trained.parse(SAID, "nl"), by="embedded_instead")
    assert after.by == "rasa"


@pytest.mark.parametrize("luck", ["silent", "trickle"])
async def test_an_answer_that_does_not_come_in_time_is_not_waited_for(
    double: RasaDouble, trained: EmbeddedUnderstanding, luck: str
) -> None:
    """Neither silence nor a byte now and then holds up the caller's turn."""
    async with asking(double, trained, budget_s=BRIEF_S) as (_, rasa):
        double.luck = luck
        meaning = await rasa.parse(SAID, "nl")
    assert meaning == replace(await trained.parse(SAID, "nl"), by="embedded_instead")


async def test_a_ranking_of_thousands_is_cut_short(
    double: RasaDouble, trained: EmbeddedUnderstanding
) -> None:
    """A large model's whole ranking costs no more than the few that anybody looks at."""
    many: list[dict[str, Any]] = [
        {"name": name, "confidence": 0.5 / (n + 1)} for n, name in enumerate(trained.intents)
    ]
    double.say(answer(many[0]["name"], 0.5, intent_ranking=many * 60))
    async with asking(double, trained) as (_, rasa):
        meaning = await rasa.parse(SAID, "nl")
    assert meaning.by == "rasa"
    assert [one.intent for one in meaning.ranking] == [one["name"] for one in many[:RANKED]]


async def test_rasa_trained_on_something_else_is_noticed_until_it_is_not(
    double: RasaDouble, trained: EmbeddedUnderstanding
) -> None:
    """The operator is told which intent the project lacks; calls go on with Kalm's own."""
    double.say(answer("order_pizza"))
    async with asking(double, trained) as (server, rasa):
        for _ in range(TOLERATED + 1):  # it answers: that is no reason to give it up
            assert (await rasa.parse(SAID, "nl")).by == "embedded_instead"
        assert server.notice is not None and "order_pizza" in server.notice
        double.say(answer("check_payment"))
        assert (await rasa.parse(SAID, "nl")).by == "rasa"
        assert server.notice is None


async def test_nothing_said_is_nothing_asked(
    double: RasaDouble, trained: EmbeddedUnderstanding
) -> None:
    """Silence and dots don't leave the process."""
    async with asking(double, trained) as (_, rasa):
        asked = len(double.asked)
        for text in ("", "   ", "...", "\N{SLIGHTLY SMILING FACE}"):
            assert (await rasa.parse(text, "nl")).intent == OUT_OF_SCOPE
        assert len(double.asked) == asked


@pytest.mark.parametrize("text", ["\ud800 hallo", "\0", "x" * 100_000, "{{7*7}}", "\u202edag"])
async def test_no_text_is_too_odd_to_be_asked_about(
    double: RasaDouble, trained: EmbeddedUnderstanding, text: str
) -> None:
    """Half a character, a very long story or another direction of writing raise nothing."""
    async with asking(double, trained) as (_, rasa):
        assert (await rasa.parse(text, "nl")).text == text
    assert all(len(asked) < 10_000 for asked in double.asked)


async def test_connections_are_kept_and_few(
    double: RasaDouble, trained: EmbeddedUnderstanding
) -> None:
    """Turns that follow each other share one connection; a rush shares eight."""
    async with asking(double, trained) as (_, rasa):
        for _ in range(5):
            await rasa.parse(SAID, "nl")
        assert double.connections == 1
        await asyncio.gather(*(rasa.parse(SAID, "nl") for _ in range(40)))
        assert double.connections <= 8
        assert double.most_at_once <= 8


async def test_nobody_waits_for_a_rasa_that_is_away(
    double: RasaDouble, trained: EmbeddedUnderstanding
) -> None:
    """After a few failures in a row utterances no longer ask it, and the operator is told."""
    async with asking(double, trained, budget_s=BRIEF_S) as (server, rasa):
        double.luck = "silent"
        for _ in range(TOLERATED):
            assert (await rasa.parse(SAID, "nl")).by == "embedded_instead"
        asked = len(double.asked)
        for _ in range(10):
            assert (await rasa.parse(SAID, "nl")).by == "embedded_instead"
        assert len(double.asked) == asked
        assert server.notice is not None
        assert double.url in server.notice and "no answer in time" in server.notice


async def test_one_hiccup_is_none_of_the_operators_business(
    double: RasaDouble, trained: EmbeddedUnderstanding
) -> None:
    """A failure between two answers leaves Rasa in charge, however often it happens."""
    async with asking(double, trained) as (server, rasa):
        for status in ("503 Service Unavailable", "200 OK") * 3:
            double.status = status
            await rasa.parse(SAID, "nl")
        assert server.notice is None
        assert (await rasa.parse(SAID, "nl")).by == "rasa"


async def test_it_is_found_back_by_one_seeker_that_asks_ever_less_often(
    double: RasaDouble, trained: EmbeddedUnderstanding
) -> None:
    """However many calls there are, one question at a time looks for it; then it answers again."""
    pauses = Pauses()
    async with asking(double, trained, pauses) as (server, rasa):
        double.status = "503 Service Unavailable"
        await asyncio.gather(*(rasa.parse(SAID, "nl") for _ in range(50)))
        double.asked.clear()
        for looked in range(8):
            pause, usual = await pauses.begun.get(), min(FIRST_PAUSE_S * 2**looked, LONGEST_PAUSE_S)
            assert 0.75 * usual <= pause <= 1.25 * usual
            await rasa.parse(SAID, "nl")
            assert pauses.begun.empty() and len(double.asked) == looked
            pauses.end_one()
        await pauses.begun.get()
        double.status = "200 OK"
        pauses.end_one()
        await until_back(server)
        assert set(double.asked) != {SAID}  # a caller's words are no probe
        assert (await rasa.parse(SAID, "nl")).by == "rasa"


async def test_a_rasa_that_starts_later_is_found(trained: EmbeddedUnderstanding) -> None:
    """Kalm may start first: nobody waits, and Rasa answers from when it is there."""
    double, pauses = RasaDouble(), Pauses()
    async with double.serving():
        port = int(double.url.rsplit(":", 1)[1])
    async with asking(double, trained, pauses) as (server, rasa):
        assert server.notice is not None and "nobody listens there" in server.notice
        assert (await rasa.parse(SAID, "nl")).by == "embedded_instead"
        async with double.serving(port):
            pauses.end_one()
            await until_back(server)
            assert (await rasa.parse(SAID, "nl")).by == "rasa"


async def test_a_call_goes_on_when_rasa_falls_away_and_its_events_tell(
    double: RasaDouble, trained: EmbeddedUnderstanding, tmp_path: Path
) -> None:
    """The caller notices nothing; who reads the call later sees who understood what."""
    async with asking(double, trained) as (_, rasa):
        stage = Stage(Content.load(INTENTS), rasa, demo_company(tmp_path), number="+31612345601")
        await stage.start()
        double.say(answer("opening_hours"))
        await stage.say("wanneer zijn jullie open")
        double.luck = "cut"
        await stage.say("is mijn betaling binnen")
    understood = [
        (event.body.intent, event.body.by)
        for event in await stage.journal.read("call")
        if isinstance(event.body, Understood)
    ]
    assert understood == [("opening_hours", "rasa"), ("check_payment", "embedded_instead")]


async def test_an_operator_who_asked_for_rasa_is_told_that_it_is_away(tmp_path: Path) -> None:
    """/healthz and the desk carry the notice; without the wish nothing is opened or said."""
    free = RasaDouble()
    async with free.serving():
        url = free.url
    wanted = Settings(data=tmp_path, nlu="rasa", rasa_url=AnyHttpUrl(url))
    kalm = Kalm(wanted, lambda: NOW, lambda: False)
    assert kalm.rasa is not None
    async with kalm.rasa:
        assert any(url in notice and "make rasa" in notice for notice in kalm.health().notices)
    assert open_rasa(Settings(data=tmp_path)) is None


@pytest.mark.parametrize("token", [None, "another", "a b&c"])
async def test_a_rasa_with_a_token_answers_those_who_know_it(
    double: RasaDouble, token: str | None
) -> None:
    """The token goes where Rasa looks for it; the operator is told that it is missing or wrong."""
    double.token = "a+b%26c"  # as it is written in an address
    double.say(answer("check_payment"))
    async with RasaServer(double.url, token=token, budget_s=PATIENT_S) as server:
        found = await server.ask("is mijn betaling binnen")
        if token == "a b&c":
            assert found is not None
            assert server.notice is None
        else:
            assert found is None
            assert server.notice is not None
            assert "401" in server.notice
            assert "KALM_RASA_TOKEN" in server.notice


def test_the_token_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """KALM_RASA_TOKEN reaches the server's requests; without it none is sent."""
    monkeypatch.setenv("KALM_RASA_TOKEN", "secret")
    assert Settings(data=tmp_path).rasa_token == "secret"
    monkeypatch.delenv("KALM_RASA_TOKEN")
    assert Settings(data=tmp_path).rasa_token is None


def test_without_a_wish_the_embedded_engine_stays_alone(trained: EmbeddedUnderstanding) -> None:
    assert engine(None)(trained) is trained


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "intent",
                    "name",
                    "confidence",
                    "intent_ranking",
                    "entities",
                    "entity",
                    "start",
                    "end",
                ]
            )
            | st.text(max_size=4),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(
    text=st.text(max_size=20), body=ANYTHING.map(lambda one: json.dumps(one).encode()) | st.binary()
)
def test_any_bytes_are_an_answer_or_a_mistake(text: str, body: bytes) -> None:
    """Nothing else is ever raised, and what is believed lies within its bounds."""
    try:
        found = read_answer(text, body)
    except RasaMistake as mistake:
        assert "\n" not in str(mistake)
        return
    assert 1 <= len(found.ranking) <= RANKED
    assert all(text[one.start : one.end] == one.text != "" for one in found.entities)
