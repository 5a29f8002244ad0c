"""Private facts are told after two factors only, whatever a flow forgets."""

import itertools
import shutil
from pathlib import Path

import pytest

from bot.company.demo_data import PEOPLE
from bot.dialogue.answers import Unsayable
from bot.dialogue.content import Content
from bot.events import ActionTaken, CallerIdentified, CallerVerified
from bot.understanding.meaning import Understanding
from tests.dialogue.conftest import MakeStage
from tests.dialogue.stage import INTENTS, Stage, demo_company

DE_VRIES, EL_AMRANI = PEOPLE[0].customer, PEOPLE[2].customer
LINES = {"own": DE_VRIES.phone, "another's": EL_AMRANI.phone, "unknown": "+31699999999"}
NUMBERS = {"right": DE_VRIES.id, "wrong": "999999"}
POSTCODES = {"right": DE_VRIES.postcode, "wrong": "1234AB"}


@pytest.mark.parametrize(
    ("line", "number", "postcode"), list(itertools.product(LINES, NUMBERS, POSTCODES))
)
async def test_two_right_factors_verify_and_fewer_do_not(
    line: str, number: str, postcode: str, make_stage: MakeStage
) -> None:
    """Of number on the line, customer number and postcode, any two of one customer are enough."""
    stage = make_stage("nl", LINES[line])
    await stage.start()
    await stage.say("is mijn betaling binnen")
    for _ in range(3):
        if stage.state.verified or stage.state.handoff:
            break
        question = stage.conversation._talk.question
        asked = question[2].name if question else ""
        await stage.say(NUMBERS[number] if asked == "customer_number" else POSTCODES[postcode])
    held = {
        "number_on_line": line == "own",
        "customer_number": number == "right",
        "postcode": postcode == "right",
    }
    verified = [b for b in await stage.bodies() if isinstance(b, CallerVerified)]
    for event in verified:
        assert event.customer_id == DE_VRIES.id
        assert all(held[factor] for factor in event.factors)
        assert len(set(event.factors)) >= 2
    if sum(held.values()) < 2:
        assert not verified


async def test_what_exists_is_not_told(make_stage: MakeStage) -> None:
    """A customer number that exists and one that does not lead to the same words."""
    heard = []
    for number in (DE_VRIES.id, "999999"):
        stage = make_stage()
        await stage.start()
        await stage.say("is mijn betaling binnen")
        words = [(await stage.say(number)).words.replace(number, "N")]
        words.append((await stage.say("1234 AB")).words)
        heard.append(words)
    assert heard[0] == heard[1]


async def test_two_customers_on_one_line_are_not_guessed(make_stage: MakeStage) -> None:
    """Nobody is identified by a number that two customers share."""
    stage = make_stage("nl", "+31205550190")
    await stage.start()
    await stage.say("is mijn betaling binnen")
    assert not [b for b in await stage.bodies() if isinstance(b, CallerIdentified)]


async def test_a_flow_that_forgets_to_verify_is_made_to(
    tmp_path: Path, understanding: Understanding
) -> None:
    """Without `call: verify` in a flow, its private actions still wait for two factors."""
    intents = tmp_path / "intents"
    for part in ("flows", "answers"):
        shutil.copytree(INTENTS / part, intents / part)
    shutil.copy(INTENTS / "ladder.yml", intents)
    file = intents / "flows" / "payments.yml"
    text = file.read_text(encoding="utf-8")
    assert "      - call: verify\n" in text
    file.write_text(text.replace("      - call: verify\n", ""), encoding="utf-8")
    company = demo_company(tmp_path / "demo")
    stage = Stage(Content.load(intents), understanding, company, number=DE_VRIES.phone)
    await stage.start()
    turn = await stage.say("is mijn betaling binnen")
    assert turn.answers == ["ask_postcode"]
    taken = [b.action for b in await stage.bodies() if isinstance(b, ActionTaken)]
    assert "find_invoices" not in taken
    turn = await stage.say("3581 GA")
    assert "payment_arrived_crossed" in turn.answers
    await stage.check()


@pytest.mark.parametrize("verified", [True, False])
def test_a_private_answer_is_refused_to_the_unverified(content: Content, verified: bool) -> None:
    """Even when a flow would say it: an answer with a private slot needs a verified caller."""
    values = {"customer_name": "mevrouw De Vries"}

    def line() -> str:
        return content.answers.line(
            "verified", "nl", values, verified=verified, said_before=0, last_words=""
        ).words

    if verified:
        assert "De Vries" in line()
    else:
        with pytest.raises(Unsayable):
            line()


def test_every_fact_of_a_customer_is_private(content: Content) -> None:
    """Slots that name money, invoices, appointments or people are marked private."""
    telling = ("amount", "invoice", "due", "paid", "reminder_sent", "appointment", "customer_name")
    public = {"reminder_crossed", "more_invoices"}
    for name, slot in content.slots.items():
        if any(word in name for word in telling) and slot.type != "yes_no":
            assert slot.private or name in public, name
