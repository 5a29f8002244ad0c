"""Dictates numbers with pauses, and notes whether the bot let the caller finish.

caller  vier zeven  . .  een een  . .  nul negen|
bot                                             |<- answer ->|~~~~
                    pauses of 0.4 to 1.2 s       1.0 s at most
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bots import Bot
from caller import CallBroke, Caller
from people import People
from sounds import PEAK, Voice, Wave, joined, silence, voices, wave

from bot.company.demo_data import PEOPLE
from bot.events import BotSpoke, CallerSpoke, Event, Language
from bot.line.robot_handset import RATE

What = Literal["customer number", "postcode", "telephone"]

PAUSES_S = (0.4, 1.2)
DIGITS: dict[Language, tuple[str, ...]] = {
    "nl": ("nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
}
ASKS: dict[What, str] = {
    "customer number": "ask_customer_number",
    "postcode": "ask_postcode",
    "telephone": "ask_callback_number",
}
"""How the answers are named that ask for it."""
OPENINGS: dict[Language, dict[What, tuple[str, ...]]] = {
    "nl": {
        "customer number": ("Is mijn betaling binnen?",),
        "telephone": ("Ik wil graag een medewerker spreken.", "U mag mij terugbellen."),
    },
    "en": {
        "customer number": ("Has my payment arrived?",),
        "telephone": ("I would like to talk to a person.", "You may call me back."),
    },
}
"""What leads the bot to ask for it; the rest is said only when the bot has not asked yet."""
CALL_S = 90.0
_SHAPES: dict[What, tuple[tuple[int, ...], ...]] = {
    "customer number": ((2, 2, 2), (3, 3), (2, 4), (1, 2, 3)),
    "postcode": ((2, 2), (4,), (1, 3)),
    "telephone": ((2, 2, 2, 2, 2), (2, 4, 4), (3, 3, 2, 2), (2, 8)),
}


@dataclass(frozen=True)
class Dictation:
    """A number as it is said."""

    what: What
    number: str
    """Digits, and the letters of a postcode."""
    groups: tuple[str, ...]
    """Words that are said in one breath."""
    pauses_s: tuple[float, ...]
    """Between the groups."""

    def by_voice(self, voice: Voice) -> list[Wave]:
        """Return its groups as a synthetic voice says them."""
        return [wave(group, voice) for group in self.groups]

    def by_people(
        self, people: People, name: str, dice: random.Random, *, loud: float = PEAK
    ) -> list[Wave]:
        """Return its groups as said by people, who know digits alone."""
        rest, said = self.number, []
        for group in self.groups:
            digits, rest = rest[: len(group.split())], rest[len(group.split()) :]
            said.append(people.group(name, digits, dice, rate=RATE, loud=loud))
        return said

    def with_pauses(self, groups: Sequence[Wave]) -> Wave:
        """Return the sound of its first groups, with the pauses between them."""
        parts = [groups[0]]
        for pause, group in zip(self.pauses_s, groups[1:], strict=False):
            parts += [silence(pause), group]
        return joined(parts)


@dataclass
class Dictated:
    """What came of it."""

    what: What
    language: Language
    voice: str
    said: str
    pauses_s: tuple[float, ...]
    cut_off: bool
    """Whether the bot spoke, or took the turn for over, before the caller was done."""
    answer_s: float | None
    """From the caller's last sound to the bot's first; None when cut off, or not answered."""
    heard: str
    understood: bool
    """Whether recognition got the number right."""


def dictation(what: What, number: str, language: Language, dice: random.Random) -> Dictation:
    """Draw how a number is said: in which groups, with which pauses."""
    groups: list[str] = []
    rest = number[:4] if what == "postcode" else number
    for size in dice.choice(_SHAPES[what]):
        digits, rest = rest[:size], rest[size:]
        groups.append(" ".join(DIGITS[language][int(digit)] for digit in digits))
    if what == "postcode":
        groups.append(" ".join(number[4:]))
    pauses = tuple(round(dice.uniform(*PAUSES_S), 2) for _ in groups[1:])
    return Dictation(what, number, tuple(groups), pauses)


def mobile(dice: random.Random) -> str:
    """Draw a Dutch mobile number that there can be: from 061 to 065, or of 068."""
    return "06" + dice.choice("123458") + "".join(str(dice.randrange(10)) for _ in range(7))


async def one_call(
    bot: Bot, first: What, language: Language, seed: int, people: People | None = None
) -> list[Dictated]:
    """Call once and dictate what the bot asks for; nothing comes back when it never asks.

    Args:
        bot: Who is called.
        first: What to be asked for.
        language: Of the call.
        seed: Of the number, its groups and its pauses.
        people: Who say English digits, where recordings of them are there.
    """
    dice = random.Random(seed)
    voice = dice.choice(voices(language)[: 2 if language == "nl" else 3])
    customer = dice.choice([each.customer for each in PEOPLE])
    numbers: dict[What, str] = {
        "customer number": customer.id,
        "postcode": customer.postcode,
        "telephone": mobile(dice),
    }
    done: list[Dictated] = []
    try:
        async with Caller.calling(bot, language, CALL_S) as caller:
            await caller.spoken_to(0)
            await caller.quiet()
            for line in OPENINGS[language][first]:
                _, ended = caller.say(wave(line, voice))
                await caller.spoken_to(ended)
                await caller.quiet()
                if await _asks(caller, first):
                    break
            wanted: Sequence[What] = (first, "postcode") if first == "customer number" else (first,)
            for what in wanted:
                if not await _asks(caller, what):
                    break
                said = dictation(what, numbers[what], language, dice)
                by, groups = f"{voice.name} {voice.pitch}", said.by_voice(voice)
                if people and people.names and language == "en" and what != "postcode":
                    by = dice.choice(people.names)
                    groups = said.by_people(people, by, dice)
                done.append(await _dictate(caller, said, by, said.with_pauses(groups)))
    except CallBroke:
        pass  # what was measured before stands; too few show in the count
    return done


async def _asks(caller: Caller, what: What) -> bool:
    """Tell whether the last thing that the bot said asks for it."""
    asked = [e.body.answer or "" for e in await caller.events() if isinstance(e.body, BotSpoke)]
    return bool(asked) and asked[-1].startswith(ASKS[what])


async def _dictate(caller: Caller, said: Dictation, by: str, sound: Wave) -> Dictated:
    before = len(await caller.events())
    begins, ends = caller.say(sound)
    answered: int | None = None
    try:
        answered = await caller.spoken_to(begins)
        await caller.wait(max(0.0, (ends - caller.now) / RATE) + 0.5)
        await caller.quiet()
    except CallBroke:
        if caller.phone.bot_hung_up:
            raise
    events = (await caller.events())[before:]
    turns = spoken_within(events, begins, ends)
    cut_off = (answered is not None and answered < ends) or len(turns) > 1
    first = caller.first(ends)
    heard = " / ".join(turn.words for turn in turns)
    return Dictated(
        what=said.what,
        language=caller.language,
        voice=by,
        said=" ... ".join(said.groups),
        pauses_s=said.pauses_s,
        cut_off=cut_off,
        answer_s=None if cut_off or first is None else round((first - ends) / RATE, 3),
        heard=heard,
        understood=_letters(heard) == _letters(said.number),
    )


def spoken_within(events: Sequence[Event], begins: int, ends: int) -> list[CallerSpoke]:
    """Return the turns that the bot took a stretch of the caller's sound for, in samples."""
    bodies = [event.body for event in events]
    return [
        body
        for body in bodies
        if isinstance(body, CallerSpoke)
        and body.start_ms * RATE < ends * 1000
        and body.end_ms * RATE > begins * 1000
    ]


def _letters(text: str) -> str:
    return "".join(each for each in text.lower() if each.isalnum())
