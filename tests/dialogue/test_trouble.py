"""The company is slow, down or wrong, or the caller hangs up: nothing is claimed or lost."""

import asyncio

import pytest

from bot.dialogue.content import Content
from bot.dialogue.state import fold
from bot.events import (
    ActionStarted,
    ActionTaken,
    Body,
    CallbackPromised,
    CallEnded,
    Event,
    HandoffRequested,
    Language,
    PromiseMade,
    Understood,
)
from bot.journal import JournalFull
from tests.dialogue.conftest import MakeStage
from tests.dialogue.stage import Stage

TALKS: dict[str, tuple[str | None, list[str]]] = {
    "check_payment": ("+31612345603", ["is mijn betaling binnen", "3072 AK", "ja", "ja", "nee"]),
    "open_invoices": ("+31612345611", ["welke facturen staan er open", "8232 JN", "ja", "nee"]),
    "payment_link": (
        "+31612345612",
        ["kunt u mij een betaallink sturen", "7511 PX", "ja", "nee"],
    ),
    "payment_plan": (
        "+31612345612",
        ["ik wil een betalingsregeling", "7511 PX", "drie maanden", "ja", "nee"],
    ),
    "book_appointment": (
        "+31612345602",
        ["ik wil graag een afspraak maken", "2311 VL", "advies", "de eerste", "ja", "nee"],
    ),
    "move_appointment": (
        "+31612345618",
        ["ik wil mijn afspraak verzetten", "2514 EA", "de eerste", "ja", "nee"],
    ),
    "cancel_appointment": (
        "+31612345618",
        ["ik wil mijn afspraak afzeggen", "2514 EA", "ja", "nee"],
    ),
    "check_appointment": ("+31612345618", ["wanneer is mijn afspraak", "2514 EA", "nee"]),
    "opening_hours": (None, ["wat zijn jullie openingstijden", "nee"]),
    "office_address": (None, ["wat is jullie adres", "nee"]),
    "person": ("+31612345601", ["mag ik een medewerker spreken", "ja"]),
}
CLAIMS = {"link_mailed", "link_texted", "plan_requested", "booked", "moved", "cancelled"}


def points() -> list[tuple[str, int]]:
    return [(name, at) for name, (_, lines) in TALKS.items() for at in range(len(lines))]


async def until(stage: Stage, lines: list[str], at: int) -> None:
    await stage.start()
    for line in lines[:at]:
        await stage.say(line)


@pytest.mark.parametrize("mood", ["down", "timeout", "invalid"])
@pytest.mark.parametrize(("talk", "at"), points())
async def test_a_failing_company_is_told_and_nothing_is_claimed(
    talk: str, at: int, mood: str, make_stage: MakeStage
) -> None:
    """From any turn on, in any flow, the caller hears it and is offered a person.

    No change is claimed that the company did not confirm.
    """
    number, lines = TALKS[talk]
    stage = make_stage("nl", number)
    await until(stage, lines, at)
    before = len(await stage.events())
    stage.company.mood = mood
    for line in lines[at:]:
        if not stage.over:
            await stage.say(line)
    events = (await stage.events())[before:]
    # Earlier contacts are looked up for the card, beside the talk: no caller waits for them.
    failed = [
        e.body
        for e in events
        if isinstance(e.body, ActionTaken)
        and e.body.result != "ok"
        and e.body.action != "find_contacts"
    ]
    answers = [answer for turn in stage.turns for answer in turn.answers]
    if failed:
        told = {"trouble_down", "trouble_slow", "trouble_doubt"}
        assert told & set(answers)
        assert "ask_want_person_trouble" in answers
    changed = {e.body.action for e in events if isinstance(e.body, ActionTaken)
               and e.body.idempotency_key and e.body.result == "ok"}  # fmt: skip
    claimed = CLAIMS & {a for turn in stage.turns[at + 1 :] for a in turn.answers}
    assert len(claimed) <= len(changed)
    assert stage.state.handoff != "failure"
    await stage.check()


@pytest.mark.parametrize(("talk", "at"), points())
async def test_a_caller_may_hang_up_anywhere(talk: str, at: int, make_stage: MakeStage) -> None:
    """After any turn of any flow the call ends once, with an outcome, and a fold that stands."""
    number, lines = TALKS[talk]
    stage = make_stage("nl", number)
    await until(stage, lines, at)
    await stage.hang_up()
    await stage.hang_up()
    ends = [body for body in await stage.bodies() if isinstance(body, CallEnded)]
    assert len(ends) == 1
    assert ends[0].outcome in ("abandoned", "resolved", "callback")
    assert fold(await stage.events()) == stage.state
    assert not (await stage.say("hallo")).says


async def test_a_slow_company_is_waited_for_aloud(make_stage: MakeStage) -> None:
    """After two seconds the caller hears that it takes a moment, and then gets the answer."""
    stage = make_stage("nl", "+31612345603")
    await until(stage, TALKS["check_payment"][1], 1)
    stage.company.mood = "slow"
    stage.slept.clear()
    turn = await stage.say("3072 AK")
    assert turn.answers[:2] == ["one_moment", "still_busy"]
    assert "payment_missing_overdue" in turn.answers
    assert stage.slept[0] == 2.0


async def test_what_led_to_a_slow_answer_is_on_record_meanwhile(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the company takes its time, what was understood is stored: a crash loses nothing."""
    stage = make_stage("nl", None)
    await stage.start()
    office = stage.company.office

    async def when_it_is_stored() -> object:
        async with asyncio.timeout(10):
            async for event in stage.journal.follow("call"):
                if isinstance(event.body, Understood):
                    break
        return await office()

    monkeypatch.setattr(stage.company, "office", when_it_is_stored, raising=False)
    turn = await stage.say("wat zijn jullie openingstijden")
    assert turn.answers[0] == "hours"


async def test_what_is_answered_at_once_is_one_write(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller waits for the disk twice: for the words to be kept, and for the answer."""
    stage = make_stage("nl", None)
    await stage.start()
    writes: list[list[str]] = []
    append = stage.journal.append

    async def written(call_id: str, *bodies: Body) -> list[Event]:
        writes.append([body.kind for body in bodies])
        return list(await append(call_id, *bodies))

    monkeypatch.setattr(stage.journal, "append", written)
    await stage.say("wat zijn jullie openingstijden")
    assert writes[0] == ["CallerSpoke"]
    assert {"Understood", "ActionTaken", "BotSpoke"} <= set(writes[1])


async def test_a_change_is_on_record_before_it_is_sent(make_stage: MakeStage) -> None:
    """ActionStarted with its key comes first; ActionTaken has the same key, as has the request."""
    number, lines = TALKS["book_appointment"]
    stage = make_stage("nl", number)
    await until(stage, lines, 5)
    bodies = await stage.bodies()
    [started] = [body for body in bodies if isinstance(body, ActionStarted)]
    [taken] = [b for b in bodies if isinstance(b, ActionTaken) and b.action == "book"]
    assert bodies.index(started) < bodies.index(taken)
    assert started.idempotency_key == taken.idempotency_key == stage.company.keys[0]
    assert started.arguments == taken.arguments


async def test_a_repeated_wish_after_a_timeout_keeps_its_key(make_stage: MakeStage) -> None:
    """Whether the first try arrived is unknown, so the same booking is sent under the same key."""
    number, lines = TALKS["book_appointment"]
    stage = make_stage("nl", number)
    await until(stage, lines, 4)
    stage.company.mood = "timeout"
    turn = await stage.say("ja")
    assert "trouble_doubt" in turn.answers
    stage.company.mood = "well"
    await stage.say("nee")
    for line in lines[0:1] + lines[2:5]:
        await stage.say(line)
    assert len(stage.company.keys) == 2
    assert len(set(stage.company.keys)) == 1


async def test_the_same_wish_anew_has_a_new_key(make_stage: MakeStage) -> None:
    """Booked, cancelled and booked again is a second booking."""
    number, lines = TALKS["book_appointment"]
    stage = make_stage("nl", number)
    await until(stage, lines, 5)
    for line in ("ik wil mijn afspraak afzeggen", "ja", lines[0], lines[2], lines[3], "ja"):
        await stage.say(line)
    started = [b for b in await stage.bodies() if isinstance(b, ActionStarted)]
    books = [body for body in started if body.action == "book"]
    assert [body.arguments for body in books] == [books[0].arguments] * 2
    assert books[0].idempotency_key != books[1].idempotency_key


async def test_a_slot_that_is_gone_leads_to_others(
    make_stage: MakeStage,
) -> None:
    """When someone was faster, the caller hears it and is offered what is still free."""
    number, lines = TALKS["book_appointment"]
    stage = make_stage("nl", number)
    await until(stage, lines, 4)
    slot = str(stage.state.slots["free_slot"])
    await stage.company.book("471109", slot, "advice", "another-caller")
    turn = await stage.say("ja")
    assert turn.answers[0] == "slot_taken"
    assert turn.answers[-1].startswith("ask_")
    assert slot not in [row["id"] for row in stage.state.found["offered_slots"]]


async def test_a_hang_up_waits_for_what_is_on_its_way(make_stage: MakeStage) -> None:
    """A booking that was sent is finished and recorded, though nobody listens any more."""
    number, lines = TALKS["book_appointment"]
    stage = make_stage("nl", number)
    await until(stage, lines, 4)
    stage.company.mood = "slow"
    turn = asyncio.ensure_future(stage.say("ja"))
    async for event in stage.journal.follow("call"):
        if isinstance(event.body, ActionStarted):
            break
    turn.cancel()
    ending = asyncio.ensure_future(stage.hang_up())
    stage.company.waited.set()
    await ending
    kinds = [body.kind for body in await stage.bodies()]
    assert kinds[-1] == "CallEnded"
    assert [b.result for b in await stage.bodies() if isinstance(b, ActionTaken)][-1] == "ok"


async def test_a_turn_that_was_broken_off_is_not_done_twice(make_stage: MakeStage) -> None:
    """When a turn is cancelled in the midst of a booking, the next turn books nothing again."""
    number, lines = TALKS["book_appointment"]
    stage = make_stage("nl", number)
    await until(stage, lines, 4)
    stage.company.mood = "slow"
    turn = asyncio.ensure_future(stage.say("ja"))
    async for event in stage.journal.follow("call"):
        if isinstance(event.body, ActionStarted):
            break
    turn.cancel()
    stage.company.waited.set()
    stage.company.mood = "well"
    assert (await stage.say("hallo")).says
    await stage.hang_up()
    assert len(stage.company.keys) == 1
    assert stage.state.outcome is not None


async def test_a_person_needs_no_identification(make_stage: MakeStage) -> None:
    """The card is requested at once, once; the promise has the number that the caller agreed to."""
    stage = make_stage("nl", "+31612345601")
    await until(stage, TALKS["person"][1], 2)
    await stage.say("ik wil een mens")
    bodies = await stage.bodies()
    assert [b.reason for b in bodies if isinstance(b, HandoffRequested)] == ["caller_asked"]
    assert [b.number for b in bodies if isinstance(b, CallbackPromised)] == ["+31612345601"]
    assert [b.what for b in bodies if isinstance(b, PromiseMade)] == ["callback"]
    await stage.check()


async def test_a_full_disk_says_nothing(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be stored is not said: JournalFull reaches the one who runs the call."""
    stage = make_stage()
    await stage.start()

    async def full(*_: object) -> None:
        raise JournalFull

    monkeypatch.setattr(stage.journal, "append", full)
    with pytest.raises(JournalFull):
        await stage.say("is mijn betaling binnen")
    assert stage.conversation.apology().words


async def test_a_mistake_of_ours_fetches_a_person(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in the dialogue costs the caller a person, not the call; the second time it ends."""
    stage = make_stage("nl", "+31612345601")
    await stage.start()

    async def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(stage.conversation._understanding, "parse", broken)
    turn = await stage.say("hallo daar")
    assert turn.answers[:2] == ["our_mistake", "person_is_coming"]
    assert stage.state.handoff == "failure"
    turn = await stage.say("hallo daar")
    assert turn.end is not None
    assert turn.answers == ["our_mistake", "goodbye"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_answer_can_be_heard_twice(content: Content, language: Language) -> None:
    """What asks, helps or excuses has two wordings at least, different in each language."""
    for name in content.answers.names:
        answer = content.answers._answers[language][name]
        assert len({wording.parts for wording in answer.wordings}) >= 2


async def test_earlier_promises_are_on_record_once_the_caller_is_proven(
    make_stage: MakeStage,
) -> None:
    """What colleagues promised before is looked up once, after two factors and not before."""
    stage = make_stage("nl", "+31612345601")
    await stage.start()
    await stage.say("is mijn betaling binnen")
    assert "find_contacts" not in [body.action for body in await _taken(stage)]
    await stage.say("3581 GA")
    await stage.say("en wat zijn de openingstijden")
    await stage.hang_up()
    found = [body for body in await _taken(stage) if body.action == "find_contacts"]
    assert [body.result for body in found] == ["ok"]
    assert "Sem" in str(found[0].facts)


async def _taken(stage: Stage) -> list[ActionTaken]:
    return [body for body in await stage.bodies() if isinstance(body, ActionTaken)]
