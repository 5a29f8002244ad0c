"""What a supervisor decided about a caller is carried out and told, and never hurts the call."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.dialogue.agreed import PATIENCE_S
from bot.dialogue.content import Content
from bot.events import BotSpoke, HandoffRequested, Language, MeasureApplied
from bot.measures import Measure, MeasureKind
from tests.dialogue.judges import MarkedIntents, marked_mood
from tests.dialogue.stage import Stage, demo_company

SINCE = datetime(2026, 11, 1, tzinfo=UTC)


class Known:
    """Implements `bot.measures.Measures` for one number and one customer."""

    def __init__(
        self,
        kind: MeasureKind = "trained_team",
        *,
        number: str | None = None,
        customer: str | None = None,
        fails: bool = False,
        never: bool = False,
    ) -> None:
        self.measure = Measure(kind, "incident-7", SINCE)
        self.number, self.customer = number, customer
        self.fails, self.never = fails, never
        self.asked: list[tuple[str | None, str | None]] = []

    async def find(self, *, number: str | None, customer: str | None) -> Measure | None:
        self.asked.append((number, customer))
        if self.fails:
            raise ConnectionError("as the test wants it")
        if self.never:
            await asyncio.Event().wait()
        known = (number and number == self.number) or (customer and customer == self.customer)
        return self.measure if known else None


def stage(
    content: Content,
    folder: Path,
    measures: Known,
    number: str | None = "+31612345601",
    language: Language = "nl",
) -> Stage:
    return Stage(
        content, MarkedIntents(), demo_company(folder), number=number, language=language,
        mood=marked_mood(), measures=measures,
    )  # fmt: skip


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_known_number_goes_to_the_trained_team(
    content: Content, tmp_path: Path, language: Language
) -> None:
    """Greeted, told why in one sentence, and a person is asked for; all of it on record first."""
    known = Known(number="+31612345601")
    call = stage(content, tmp_path, known, language=language)
    turn = await call.start()
    assert turn.answers[0] == "greeting"
    assert turn.answers[2:4] == ["ladder_measure", "person_is_coming"]
    assert "ask_wish" not in turn.answers
    bodies = await call.bodies()
    assert [b.incident for b in bodies if isinstance(b, MeasureApplied)] == ["incident-7"]
    assert [b.reason for b in bodies if isinstance(b, HandoffRequested)] == ["measure"]
    kinds = [(b.answer or "").split("/")[0] if isinstance(b, BotSpoke) else b.kind for b in bodies]
    assert kinds.index("MeasureApplied") < kinds.index("ladder_measure")
    await call.check()


async def test_a_caller_who_turns_out_to_be_known_does_too(
    content: Content, tmp_path: Path
) -> None:
    """Verified as a customer with a measure: asked again, and told before the next question."""
    known = Known(customer="471109")
    call = stage(content, tmp_path, known)
    await call.start()
    turn = await call.say("<check_payment> is mijn betaling binnen")
    assert "ladder_measure" not in turn.answers
    turn = await call.say("3581 GA")
    assert "ladder_measure" in turn.answers
    assert known.asked == [("+31612345601", None), ("+31612345601", "471109")]
    await call.say("<affirm> ja")
    told = [answer for t in call.turns for answer in t.answers if answer == "ladder_measure"]
    assert len(told) == 1


async def test_nobody_else_hears_of_it(content: Content, tmp_path: Path) -> None:
    """Without a measure the call is as any other."""
    call = stage(content, tmp_path, Known(number="+31699999999"))
    turn = await call.start()
    assert turn.answers[-1] == "ask_wish"
    assert not [b for b in await call.bodies() if isinstance(b, MeasureApplied)]


async def test_who_was_warned_in_writing_is_treated_as_anyone(
    content: Content, tmp_path: Path
) -> None:
    """It is on record for whoever takes over, and not spoken of."""
    call = stage(content, tmp_path, Known("warning_on_file", number="+31612345601"))
    turn = await call.start()
    assert turn.answers[-1] == "ask_wish"
    assert [b.measure for b in await call.bodies() if isinstance(b, MeasureApplied)] == [
        "warning_on_file"
    ]
    assert call.state.handoff is None


async def test_a_lookup_that_fails_is_nothing(content: Content, tmp_path: Path) -> None:
    """The desk's database is down: the caller does not notice."""
    call = stage(content, tmp_path, Known(fails=True))
    assert (await call.start()).answers[-1] == "ask_wish"
    assert (await call.say("<opening_hours> open")).answers[0] == "hours"


async def test_a_lookup_that_never_comes_back_is_not_waited_for(
    content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a second, once; then the call goes on, and the look-up is given up with it."""
    call = stage(content, tmp_path, Known(never=True))
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if seconds != PATIENCE_S:  # the company answers in time
            await asyncio.Event().wait()

    monkeypatch.setattr(call.conversation._talk, "sleep", sleep)
    assert (await call.start()).answers[-1] == "ask_wish"
    assert (await call.say("<opening_hours> open")).answers[0] == "hours"
    assert slept.count(PATIENCE_S) == 1
    await call.hang_up()


@pytest.mark.parametrize("told", [True, False])
async def test_the_caller_is_told_that_the_tone_is_heard(
    content: Content, tmp_path: Path, told: bool
) -> None:
    """One sentence after the greeting, exactly when the voice is looked at."""
    company = demo_company(tmp_path)
    call = Stage(content, MarkedIntents(), company, tone_is_heard=told)
    turn = await call.start()
    assert (turn.answers[1] == "tone_is_heard") is told
    assert turn.answers.count("tone_is_heard") == told
