"""Speaks while the bot speaks: sentences that must silence it, and sounds that must not.

bot     ~~~~~~~~~~~~~~~~~~|                     ~~~~~~~~~~~|              ~~~~~~~~
caller            ~~~~~~~~~~~~~~~                    ~ja~
                  |<----->| silent                         |<- a hole ->|
a sentence: the bot must be silent soon              a nod: it must go on where it was
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bots import Bot
from caller import CallBroke, Caller
from sounds import Voice, Wave, cough, hum, softer, voices, wave

from bot.events import BargedIn, CallerSpoke, Event, Language
from bot.line.robot_handset import RATE

Kind = str
"""Of what is said over the bot: "sentence", "ja", "mm-hm", "oké", "yeah", "cough", "talk"."""

NODS: dict[Kind, dict[Language, str]] = {
    "ja": {"nl": "ja", "en": "yes"},
    "oké": {"nl": "oké", "en": "okay"},
    "yeah": {"nl": "jaja", "en": "yeah"},
}
SOUNDS: tuple[Kind, ...] = (*NODS, "mm-hm", "cough", "talk")
"""What must not stop the bot: nods, a hum and a cough made from numbers, talk in the room."""
SENTENCES: dict[Language, tuple[str, ...]] = {
    "nl": (
        "Nee wacht even, ik wil iets anders vragen.",
        "Mag ik u even onderbreken, ik heb een andere vraag.",
        "Ik wil graag weten of mijn betaling binnen is.",
        "Stop maar, ik wil liever een afspraak maken.",
    ),
    "en": (
        "No wait, I want to ask something else.",
        "Can I stop you there, I have another question.",
        "I would like to know whether my payment has arrived.",
        "Never mind that, I would rather make an appointment.",
    ),
}
TALK: dict[Language, tuple[str, ...]] = {
    "nl": ("Heb jij de sleutels gezien?", "Ik ga zo even boodschappen doen.", "Leg dat daar neer."),
    "en": (
        "Have you seen the keys?",
        "I am going to the shops later.",
        "Put that down over there.",
    ),
}
"""What somebody else in the room says."""
TALK_SOFTER_DB = 20.0
"""How much softer than the caller."""
QUESTIONS: dict[Language, tuple[str, ...]] = {
    "nl": ("Wat zijn uw openingstijden?", "Wat is het adres van uw kantoor?"),
    "en": ("What are your opening hours?", "What is the address of your office?"),
}
INTO_S = (0.5, 1.2)
"""Seconds of an answer after which it is spoken over."""
LEFT_S = 0.6
"""Seconds of an answer that must have been left for a trial to count."""
A_CALL = 6
"""Answers that are spoken over in one call."""
CALL_S = 150.0


@dataclass(frozen=True)
class Probe:
    """What is said over an answer."""

    kind: Kind
    language: Language
    voice: str
    said: str
    sound: Wave

    @property
    def interrupts(self) -> bool:
        """Whether the bot must stop for it."""
        return self.kind == "sentence"


@dataclass
class Trial:
    """What came of it."""

    kind: Kind
    language: Language
    voice: str
    said: str
    silent_s: float | None
    """From the caller's first sound until the bot was silent; None: it did not fall silent."""
    went_on: bool
    """Whether the bot said all that it was saying, in the end."""
    hole_s: float = 0.0
    """Silence that was heard in what went on."""
    heard: str = ""
    """What the bot made of it."""


def probes(language: Language, seed: int) -> Iterator[Probe]:
    """Yield what to say over the bot, endlessly, each kind as often and each voice in turn."""
    dice = random.Random(seed)
    people = voices(language)
    kinds = ["sentence", *SOUNDS]
    while True:
        dice.shuffle(kinds)
        for kind in kinds:
            voice = dice.choice(people)
            said, sound = _made(kind, language, voice, dice)
            yield Probe(kind, language, f"{voice.name} {voice.pitch}", said, sound)


def _made(kind: Kind, language: Language, voice: Voice, dice: random.Random) -> tuple[str, Wave]:
    if kind in ("cough", "mm-hm"):
        made = cough if kind == "cough" else hum
        return f"({kind})", made(dice.randrange(10_000))
    if kind == "talk":
        said = dice.choice(TALK[language])
        return said, softer(wave(said, voice), TALK_SOFTER_DB)
    said = dice.choice(SENTENCES[language]) if kind == "sentence" else NODS[kind][language]
    return said, wave(said, voice)


async def one_call(
    bot: Bot, queue: Iterator[Probe], language: Language, *, ends: float
) -> list[Trial]:
    """Call once, and speak over some answers; fewer come back when the call breaks.

    Args:
        bot: Who is called.
        queue: What to say over it.
        language: Of the call.
        ends: `time.monotonic()` from which nothing new is begun.
    """
    trials: list[Trial] = []
    voice = voices(language)[0]
    try:
        async with Caller.calling(bot, language, CALL_S) as caller:
            await caller.spoken_to(0)
            await caller.quiet()
            for number in range(A_CALL):
                if time.monotonic() >= ends:
                    break
                question = QUESTIONS[language][number % len(QUESTIONS[language])]
                probe = next(queue)
                trial = await _over_an_answer(caller, wave(question, voice), probe)
                if trial is not None:
                    trials.append(trial)
    except CallBroke:
        pass  # what was measured before stands; too few trials show in the count
    return trials


async def _over_an_answer(caller: Caller, question: Wave, probe: Probe) -> Trial | None:
    """Ask something and speak over the answer; None when the answer was over by then."""
    ear = caller.ear
    _, asked = caller.say(question)
    await caller.spoken_to(asked)
    await caller.wait(random.Random(asked).uniform(*INTO_S))
    before = await caller.events()
    begins, ends = caller.say(probe.sound)
    cleared = len(ear.cleared)
    await caller.wait((ends - begins) / RATE + LEFT_S)
    silenced = ear.cleared[cleared] if len(ear.cleared) > cleared else None
    left = silenced is not None or ear.playing or (ear.last_sound or 0) > caller.now - RATE // 5
    await caller.quiet()
    await caller.wait(1.5)  # a bot that goes on may first look whether more is said
    await caller.quiet()
    if not left:
        return None
    events = (await caller.events())[len(before) :]
    return Trial(
        kind=probe.kind,
        language=probe.language,
        voice=probe.voice,
        said=probe.said,
        silent_s=None if silenced is None else round((silenced - begins) / RATE, 3),
        went_on=not any(isinstance(event.body, BargedIn) for event in events),
        hole_s=0.0 if silenced is None else _hole(caller, silenced),
        heard=_heard(events),
    )


def _hole(caller: Caller, silenced: int) -> float:
    onset = caller.first(silenced)
    return 0.0 if onset is None else round((onset - silenced) / RATE, 3)


def _heard(events: Sequence[Event]) -> str:
    return " / ".join(e.body.words for e in events if isinstance(e.body, CallerSpoke))
