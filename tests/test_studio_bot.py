"""What the studio asks of the bot itself: likeness, comparison, and calls that nobody records."""

import io
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bot.clock import utc_now
from bot.edition import Edition, Intents, Press
from bot.encoder import SentenceEncoder
from bot.hearing.files import UnreadableSound, read_recording
from bot.hearing.pool import Recogniser
from bot.mood.model import Model
from bot.rehearsal import stage
from bot.studio.likeness import SentenceLikeness
from bot.studio.trial import EditionTrial
from bot.studio.workbench import DemoCall, DemoWorkbench, Parts
from handoff.studio.changes import Broken
from handoff.studio.folder import read_folder
from handoff.studio.nlu_file import add
from handoff.studio.tryout import NotReady
from handoff.studio.utterances import Spoken
from tests.hearing.test_pool import Written
from tests.intents_folder import small_intents

SENTENCE = "mijn buurman heeft geen licht"


@pytest.fixture(scope="module")
def press(encoder: SentenceEncoder, tmp_path_factory: pytest.TempPathFactory) -> Press:
    cache = tmp_path_factory.mktemp("cache")
    return Press(encoder, Model.load(), cache, stage.clock, stage.ZONE)


@pytest.fixture(scope="module")
def live(press: Press) -> Edition:
    return press.make(Intents.read(Path("intents")), 7)


@pytest.fixture
def bench(press: Press, live: Edition) -> Iterator[DemoWorkbench]:
    # Recordings are heard in a test with models; here nobody listens.
    deaf = Recogniser(Written("", ""), workers=1)
    parts = Parts(live, press, deaf, "Kalm Energie")
    made = DemoWorkbench(lambda: parts, utc_now, stage.ZONE)
    yield made
    made.close()
    deaf.close()


async def test_sentences_that_mean_the_same_are_together(encoder: SentenceEncoder) -> None:
    """Groups follow what is meant, over two languages, and every sentence is in one of them."""
    likeness = SentenceLikeness(lambda: encoder)
    sentences = [
        "mijn zonnepanelen doen het niet",
        "my solar panels are not working",
        "de zonnepanelen zijn stuk",
        "mag ik een nieuwe laadpaal",
        "kan ik een laadpaal krijgen",
        "wat is de hoofdstad van Frankrijk",
    ]
    groups = await likeness.groups(sentences)
    assert sorted(sorted(group) for group in groups) == [[0, 1, 2], [3, 4], [5]]
    assert await likeness.groups([]) == []
    assert await SentenceLikeness(lambda: None).groups(["a", "b"]) == [[0], [1]]


async def test_a_sentence_is_tried_on_what_is_live_and_on_the_draft(bench: DemoWorkbench) -> None:
    """What is live does not understand the sentence, the draft does, and each says why."""
    texts = read_folder(Path("intents"))
    call = await bench.call(texts, live=True, language="nl")
    assert isinstance(call, DemoCall)
    greeting = await call.begin()
    assert "Kalm Energie" in " ".join(greeting.says)
    before = await call.say(SENTENCE)
    assert before.intent == "out_of_scope"
    assert [one.likeness for one in before.near] == sorted(
        (one.likeness for one in before.near), reverse=True
    )
    await call.close()

    texts["nlu.nl.yml"] = add(texts["nlu.nl.yml"], "outage", SENTENCE)
    call = await bench.call(texts, live=False, language="nl")
    await call.begin()
    after = await call.say(SENTENCE)
    assert (after.intent, after.ranking[0].intent) == ("outage", "outage")
    assert (after.near[0].words, after.near[0].intent) == (SENTENCE, "outage")
    assert after.near[0].likeness == pytest.approx(1, abs=1e-3)
    assert after.says
    number = await call.say("mijn klantnummer is vier zeven een een nul negen")
    assert "471109" in [entity.value for entity in number.entities]
    await call.close()


async def test_a_draft_that_does_not_load_is_told_and_calls_wait_for_the_models(
    bench: DemoWorkbench,
) -> None:
    """Broken files are named with their line; before the models are there nothing is tried."""
    with pytest.raises(Broken, match=r"nlu.nl.yml:\d"):
        broken = {**read_folder(Path("intents")), "nlu.nl.yml": "nlu: ["}
        await bench.call(broken, live=False, language="nl")
    early = DemoWorkbench(lambda: None, utc_now, stage.ZONE)
    with pytest.raises(NotReady):
        await early.hear(b"", "nl")
    early.close()


async def test_a_comparison_tells_what_is_better_and_what_is_worse(
    press: Press, tmp_path: Path
) -> None:
    """What the draft learned is taken otherwise by it; a draft that does not load says where."""
    folder = small_intents(tmp_path)
    live = read_folder(folder)
    trial = EditionTrial(lambda: press, lambda: None)
    steps: list[tuple[int, int]] = []
    words = "de laadpaal is stuk"
    intent = "opening_hours"
    draft = {**live, "nlu.nl.yml": add(live["nlu.nl.yml"], intent, words)}
    real = [Spoken("c1", 2, utc_now(), words, "nl", 1.0)]
    found = await trial.compare(live, draft, real, lambda done, total: steps.append((done, total)))
    assert [(one.words, one.new) for one in found.real_moved] == [(words, intent)]
    assert found.pairs[0][2:] == (1, found.real_moved)
    assert found.real == 1
    assert steps[-1][0] == steps[-1][1] > 0
    with pytest.raises(Broken, match=r"^nlu.nl.yml:\d"):
        await trial.compare(live, {**live, "nlu.nl.yml": "nlu: ["}, [], lambda done, total: None)
    trial.close()


def test_a_recording_is_read_up_to_so_many_seconds() -> None:
    """Sound in memory becomes samples at 16 kHz; what is longer is cut, what is none is told."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        tone = np.sin(np.arange(48000 * 3) / 20) * 9000
        file.writeframes(tone.astype("<i2").tobytes())
    assert len(read_recording(out.getvalue(), 10)) == pytest.approx(48000, abs=200)
    assert len(read_recording(out.getvalue(), 1)) < 20000
    for broken in (b"", b"hello", out.getvalue()[:20]):
        with pytest.raises(UnreadableSound):
            read_recording(broken, 10)
