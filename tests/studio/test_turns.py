"""What went wrong in a call is told once, with why, and without what is private."""

from bot.events import (
    Body,
    BotSpoke,
    CallerSilent,
    CallerSpoke,
    CallStarted,
    Entity,
    FlowChanged,
    HandoffRequested,
    IncidentReported,
    MessageLeft,
    SlotFilled,
    StepReached,
    Understood,
)
from handoff.studio.turns import masked, missed, turns
from tests.handoff.calls import nl, told

START = CallStarted(line="chat", language="nl")


def understood(of: int, intent: str, confidence: float = 0.9, *entities: Entity) -> Understood:
    return Understood(of=of, intent=intent, confidence=confidence, entities=entities)


def wrong(*bodies: Body) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.turn.spoke.words, one.why) for one in missed(told([START, *bodies]))]


def test_what_nobody_has_an_answer_for_is_not_understood() -> None:
    """An utterance out of scope is in the inbox; one that was understood and acted upon is not."""
    assert wrong(
        nl("mijn zonnepanelen doen niks"),
        understood(2, "out_of_scope", 0.7),
        StepReached(flow="call", step="first_wish", tries=1),
        nl("is mijn betaling binnen"),
        understood(5, "check_payment"),
        FlowChanged(flow="check_payment", change="started"),
    ) == [("mijn zonnepanelen doen niks", ("not_understood", "asked_again"))]


def test_an_answer_that_filled_what_was_asked_went_well() -> None:
    """Whatever the intent of a bare answer, it is no mistake when it told what was asked."""
    assert (
        wrong(
            nl("die van elf"),
            understood(2, "out_of_scope", 0.9),
            SlotFilled(slot="invoice", value="2026-011", by="caller"),
        )
        == []
    )


def test_low_confidence_without_effect_is_unsure() -> None:
    """Words that were guessed at, and of which nothing came, are in the inbox."""
    assert wrong(nl("tja de meter hè"), understood(2, "greet", 0.31)) == [
        ("tja de meter hè", ("unsure",))
    ]


def test_sorry_is_asked_again_however_sure_the_bot_was() -> None:
    """A turn after which the bot says sorry is in the inbox."""
    assert wrong(
        nl("dat staat toch op die brief"),
        understood(2, "complain", 0.8),
        BotSpoke(words="Sorry, dat begreep ik niet.", language="nl", answer="sorry/0"),
    ) == [("dat staat toch op die brief", ("asked_again",))]


def test_a_wish_that_the_caller_takes_back_was_misunderstood() -> None:
    """Not "no, I don't mean that" is to be learned from, but what was said before it."""
    assert wrong(
        nl("ik wil het verzetten"),
        understood(2, "book_appointment"),
        FlowChanged(flow="book_appointment", change="started"),
        nl("nee dat bedoel ik niet"),
        understood(5, "deny"),
        StepReached(flow="verify", step="number", tries=1),
    ) == [("ik wil het verzetten", ("corrected",))]


def test_a_caller_who_gives_up_later_corrects_nothing() -> None:
    """A flow that is stopped after it went on for a while was the right one."""
    assert (
        wrong(
            nl("ik wil het verzetten"),
            understood(2, "move_appointment"),
            FlowChanged(flow="move_appointment", change="started"),
            nl("471109"),
            understood(5, "inform"),
            SlotFilled(slot="customer_number", value="471109", by="caller"),
            nl("laat maar"),
            understood(8, "stop"),
            FlowChanged(flow="move_appointment", change="cancelled"),
        )
        == []
    )


def test_handing_over_because_of_not_understanding_says_so() -> None:
    """The utterance after which a person is fetched for it is marked as such."""
    assert wrong(
        nl("fiets"),
        understood(2, "out_of_scope"),
        StepReached(flow="call", step="first_wish", tries=3),
        HandoffRequested(reason="not_understood"),
    ) == [("fiets", ("handed_over",))]


def test_a_silence_is_nobodys_words() -> None:
    """What the bot repeats after a silence is not blamed on what was said before."""
    assert (
        wrong(
            nl("moment"),
            understood(2, "hold_on"),
            CallerSilent(seconds=8),
            StepReached(flow="call", step="first_wish", tries=1),
        )
        == []
    )


def test_messages_and_threats_are_not_for_owners() -> None:
    """Words left for a colleague, and words that a supervisor looks at, stay out of the inbox."""
    assert (
        wrong(
            nl("zeg maar tegen Sem dat het lek is"),
            understood(2, "out_of_scope"),
            MessageLeft(of=(2,)),
            nl("ik steek de boel in brand"),
            understood(5, "out_of_scope"),
            IncidentReported(of=5, sign="threat", urgent=True),
        )
        == []
    )


def test_bare_values_are_not_for_owners() -> None:
    """A number that was heard wrongly is mended by no example."""
    digits = Entity(name="digits", value="4711", text="4711", start=0, end=4)
    again = StepReached(flow="verify", step="number", tries=1)
    assert wrong(nl("4711"), understood(2, "inform", 0.9, digits), again) == []


def test_what_is_private_is_masked() -> None:
    """Digits, postcodes, mail addresses and spelled numbers that were recognised are left out."""
    assert masked("klant 47 11-09, 1234 AB Utrecht, bel 06-12345678 of jan@huis.nl") == (
        "klant …, … Utrecht, bel … of …"
    )
    said = "mijn nummer is vier zeven elf"
    digits = Entity(name="digits", value="4711", text="vier zeven elf", start=15, end=29)
    [turn] = turns(told([nl(said), understood(1, "out_of_scope", 0.9, digits)]))
    assert turn.masked == "mijn nummer is …"
    assert isinstance(turn.spoke, CallerSpoke)
