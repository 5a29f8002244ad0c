"""Benign conversations: callers of every temper, none of whom may have the call ended on them.

A conversation is drawn by a seed: a script of the everyday ones, mixed with what benign
callers say when they are upset, ill, in tears or quoting someone, and with what else comes
down a line: silence, keys, children, a television, noise, the bot's own words.
"""

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from math import exp
from pathlib import Path
from random import Random
from typing import Literal

from ruamel.yaml import YAML

from bot.dialogue.content import Content
from bot.events import (
    BotSpoke,
    BoundarySet,
    CallEnded,
    CallerSpoke,
    Event,
    IncidentReported,
    Language,
    Prosody,
    WarningGiven,
)
from bot.mood.impression import ABUSE, Words
from bot.mood.norms import NORMS
from bot.mood.state import MoodSense
from bot.mood.voice import Baseline
from bot.mood.voice_cues import CUES
from bot.understanding.meaning import Understanding
from tests.dialogue.scripts import written
from tests.dialogue.stage import Stage, demo_company
from tests.mood.suites import suite

EVERYDAY = frozenset(
    {
        "book_appointment", "cancel_appointment", "check_appointment", "check_payment",
        "company_trouble", "complain", "move_appointment", "office_address", "open_invoices",
        "opening_hours", "payment_link", "payment_plan", "person", "small_talk", "who_calls",
    }
)  # fmt: skip
"""Files of conversations in which nobody is abusive."""

Temper = Literal["calm", "angry", "upset", "shouting", "home", "echo", "silent"]
TEMPERS: tuple[Temper, ...] = ("calm", "angry", "upset", "shouting", "home", "echo", "silent")
WEIGHTS = (2, 5, 4, 2, 2, 2, 1)

OWN: dict[Temper, tuple[str, ...]] = {
    "calm": ("calm", "homograph", "love", "diagnosis", "negation"),
    "angry": ("things", "anger", "accusation", "insult_company", "pressure", "quotation", "self"),
    "upset": ("vulnerable", "diagnosis", "anger", "quotation", "negation", "misheard"),
    "shouting": ("things", "anger", "insult_company"),
    "home": ("calm", "love", "self"),
    "echo": ("calm", "things"),
    "silent": ("calm",),
}
"""Kinds of sentences of the suites that a caller of this temper says."""

FOUND: dict[Temper, tuple[str, ...]] = {
    "calm": ("small", "corrections"),
    "angry": ("shouting", "corrections", "small"),
    "upset": ("small", "noise"),
    "shouting": ("shouting",),
    "home": ("children", "television", "others", "noise"),
    "echo": ("small", "noise"),
    "silent": ("noise", "small"),
}
"""Lists of benign.yml that are heard in such a call."""

EXCITED: dict[Temper, float] = {
    "calm": 0.5, "angry": 3.0, "upset": 2.0, "shouting": 4.0, "home": 1.0, "echo": 0.5,
    "silent": 0.5,
}  # fmt: skip
"""How far a voice may be from rest, in standard deviations of every cue of anger."""

SHOUTS = 60
"""Five minutes of it."""


@dataclass(frozen=True)
class Act:
    """One thing that happens in a call."""

    do: Literal["say", "keys", "silence", "agent", "company", "echo"]
    what: str = ""
    language: Language = "nl"
    confidence: float = 1.0


@dataclass(frozen=True)
class Talk:
    """One call, before it is played."""

    seed: int
    language: Language
    temper: Temper
    number: str | None
    acts: tuple[Act, ...]


@dataclass(frozen=True)
class Course:
    """What the bot made of a benign call: every count of it should be zero."""

    talk: Talk
    ended_for_abuse: bool
    warnings: int
    boundaries: int
    incidents: int
    """Of abuse, which there is none of."""
    crises: int
    """Calm callers who were named a helpline; not cruel, but wrong too."""
    utterances: int
    transcript: tuple[str, ...]


@cache
def _found(language: Language) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = YAML(typ="safe").load(Path(__file__).with_suffix(".yml"))[
        language
    ]
    return lists


@cache
def _scripts(language: Language) -> list[tuple[str | None, tuple[Act, ...]]]:
    """Return the everyday scripts as acts, each with the number it comes from."""
    found = []
    for one in written():
        script = one.script
        if one.language != language or one.file.stem not in EVERYDAY:
            continue
        acts = []
        for step in script.steps:
            if step.caller is not None:
                acts.append(Act("say", step.caller, step.language or language))
            elif step.key is not None:
                acts.append(Act("keys", step.key))
            elif step.agent is not None:
                acts.append(Act("agent", step.agent))
            elif step.company is not None:
                acts.append(Act("company", step.company))
            else:
                acts.append(Act("silence"))
        found.append((script.number, tuple(acts)))
    return found


def draw(seed: int) -> Talk:
    """Return the conversation of a seed."""
    dice = Random(seed)  # noqa: S311 - a test's dice
    language: Language = dice.choice(("nl", "nl", "en"))
    temper = dice.choices(TEMPERS, WEIGHTS)[0]
    number, script = dice.choice(_scripts(language))
    acts: list[Act] = []
    for act in script:
        acts += _between(dice, language, temper)
        if act.do == "say" and temper in ("angry", "shouting") and dice.random() < 0.3:
            act = Act("say", f"{dice.choice(_found(language)['shouting'])}, {act.what}", language)
        acts.append(act)
    if temper == "shouting":
        shouts = [_aside(dice, language, temper) for _ in range(SHOUTS)]
        at = dice.randint(0, len(acts))
        acts[at:at] = shouts
    acts += [_aside(dice, language, temper) for _ in range(dice.randint(0, 4))]
    return Talk(seed, language, temper, number, tuple(acts))


def _between(dice: Random, language: Language, temper: Temper) -> list[Act]:
    """Return what comes between two steps of a script."""
    return [_aside(dice, language, temper) for _ in range(dice.choice((0, 1, 1, 2)))]


def _aside(dice: Random, language: Language, temper: Temper) -> Act:
    roll = dice.random()
    if temper == "echo" and roll < 0.5:
        return Act("echo", language=language)
    if roll < (0.5 if temper == "silent" else 0.04):
        return Act("silence")
    if roll > 0.97:
        return Act("keys", dice.choice("123456789*#"))
    if roll > 0.94:
        return Act("echo", language=language)
    if dice.random() < 0.5:
        kinds = OWN[temper]
        own = dice.choice([one for one in suite(language) if one.benign and one.kind in kinds])
        return Act("say", own.text, language, own.confidence)
    words = dice.choice(_found(language)[dice.choice(FOUND[temper])])
    # What a far-off voice or a noise says is not recognised with much confidence.
    unclear = temper in ("home", "silent") and dice.random() < 0.6
    return Act("say", words, language, round(dice.uniform(0.3, 0.6), 2) if unclear else 1.0)


class _Caller:
    """A caller who acts on a stage, with a voice of their own."""

    def __init__(self, stage: Stage, talk: Talk, dice: Random) -> None:
        self._stage = stage
        self._dice = dice
        self._voice = {name: dice.gauss(0, norm.between) for name, norm in NORMS.items()}
        self._excited = EXCITED[talk.temper]

    async def act(self, act: Act) -> None:
        stage = self._stage
        do: dict[str, Callable[[], Awaitable[object]]] = {
            "say": lambda: self._speak(act.what, act),
            "echo": lambda: self._speak(self._echo(), act),
            "keys": lambda: stage.keys(act.what),
            "silence": stage.silence,
            "agent": lambda: stage.accept(act.what),
        }
        if act.do == "company":
            stage.company.mood = act.what
        else:
            await do[act.do]()

    async def _speak(self, words: str, act: Act) -> None:
        await self._stage.hear(
            CallerSpoke(
                words=words,
                language=act.language,
                confidence=act.confidence,
                prosody=self._prosody(words),
            )
        )

    def _prosody(self, words: str) -> Prosody:
        """Return how it sounds: this caller's own voice, raised as the temper is."""
        raised = self._dice.uniform(0, self._excited)
        values = {}
        for name, norm in NORMS.items():
            weight = CUES[name].weight if name in CUES else 0.0
            up = raised * norm.within * ((weight > 0) - (weight < 0))
            value = norm.mean + self._voice[name] + self._dice.gauss(0, norm.within) + up
            values[name] = exp(value) if norm.ratio else value
        return Prosody(speech_s=max(0.3, len(words) / 14), features=values)

    def _echo(self) -> str:
        """Return what the bot said last, the whole or a piece of it."""
        said = self._stage.turns[-1].words.split() or ["hallo"]
        start = self._dice.randrange(len(said)) if self._dice.random() < 0.5 else 0
        return " ".join(said[start:])


async def play(talk: Talk, content: Content, understanding: Understanding, words: Words) -> Course:
    """Play a conversation, and return what came of it.

    When the bot has said goodbye before the caller was done, the caller calls again.
    """
    dice = Random(talk.seed)  # noqa: S311 - a test's dice
    events: list[Event] = []
    left = list(talk.acts)
    while left:
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage(
                content,
                understanding,
                demo_company(Path(folder)),
                language=talk.language,
                number=talk.number,
                mood=MoodSense(words, Baseline()),
            )
            await stage.start()
            caller = _Caller(stage, talk, dice)
            while left and not stage.over:
                await caller.act(left.pop(0))
            await stage.hang_up()
            events += await stage.events()
    return _course(talk, events)


def _course(talk: Talk, events: list[Event]) -> Course:
    bodies = [event.body for event in events]
    transcript = []
    for body in bodies:
        match body:
            case CallerSpoke():
                transcript.append(f"caller ({body.confidence}): {body.words}")
            case BotSpoke():
                transcript.append(f"bot: {body.words}")
            case BoundarySet() | WarningGiven() | IncidentReported():
                transcript.append(f"{body.kind}: {body.sign}")
            case CallEnded():
                transcript.append(f"ended: {body.outcome}")
    return Course(
        talk=talk,
        ended_for_abuse=any(
            isinstance(body, CallEnded) and body.outcome == "ended_for_abuse" for body in bodies
        ),
        warnings=sum(isinstance(body, WarningGiven) for body in bodies),
        boundaries=sum(isinstance(body, BoundarySet) for body in bodies),
        incidents=sum(isinstance(body, IncidentReported) and body.sign in ABUSE for body in bodies),
        crises=sum(isinstance(body, IncidentReported) and body.sign == "crisis" for body in bodies),
        utterances=sum(isinstance(body, CallerSpoke) for body in bodies),
        transcript=tuple(transcript),
    )
