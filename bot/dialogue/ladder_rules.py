"""LadderRules: how a company wants anger and abuse met, from `intents/ladder.yml`.

What protects a caller can't be set away: there is always a boundary before a
warning and a heard warning before an end, anger alone reaches neither, and in
a crisis nothing ends the call. The loader refuses what would change that.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Literal, cast, get_args

from bot.dialogue.answers import Answers
from bot.dialogue.slots import LANGUAGES
from bot.dialogue.source import Table, one_of
from bot.events import Language
from bot.speaking.spoken_forms import Form, spoken
from bot.speaking.values import ValueNotSpeakable

Topic = Literal[
    "reminder_paid", "double_charge", "payment", "reminder", "visit_late", "visit_missed",
    "costs", "amount", "again", "waiting", "not_understood", "company_down", "any",
]  # fmt: skip
"""What went wrong for the caller."""
TOPICS: tuple[Topic, ...] = get_args(Topic)

Ending = Literal["hang_up", "hand_over"]
AfterThreat = Literal["continue", "end"]

_WHOLE: dict[str, tuple[str, int, int, str]] = {
    "person_offered_at": ("anger", 2, 5, "Anger is acknowledged first, and a person offered soon."),
    "insults_taken_lightly": ("abuse", 1, 5, "One insult is no reason, and nobody is a doormat."),
    "steps_down_after": ("abuse", 1, 5, "Who has calmed down must be able to start afresh."),
}
NUMBERS: dict[str, Form] = {
    "helpline": "digits", "helpline_free": "phone", "emergency": "digits", "gas_line": "phone",
}  # fmt: skip
"""Numbers to call in danger, and the form in which answers say them."""


@dataclass(frozen=True)
class Says:
    """The answer that each step of the ladder says."""

    ask_again: str
    ask_safe: str
    soothe: str
    apology: str
    apology_short: str
    pressure: str
    light: str
    boundary: str
    boundary_discrimination: str
    boundary_sexual_harassment: str
    boundary_blackmail: str
    warning: str
    end: str
    hand_over: str
    threat: str
    threat_warning: str
    thanks: str
    vulnerable: str
    crisis_life: str
    crisis_emergency: str
    crisis_gas: str
    crisis_fire: str
    crisis_unclear: str
    crisis_stay: str
    crisis_number: str
    crisis_number_emergency: str
    crisis_answer_yes: str
    crisis_answer_no: str
    crisis_colleague: str
    measure: str


SAYS: tuple[str, ...] = tuple(field.name for field in fields(Says))

_MUST_NAME: dict[str, tuple[str, ...]] = {
    "crisis_life": ("helpline|helpline_free", "emergency"),
    "crisis_emergency": ("emergency",),
    "crisis_gas": ("emergency",),
    "crisis_fire": ("emergency",),
    "crisis_unclear": ("helpline|helpline_free", "emergency"),
    "crisis_number": ("helpline|helpline_free",),
    "crisis_number_emergency": ("emergency",),
    "crisis_answer_no": ("emergency",),
}
"""Numbers that an answer can't leave out, `|` between those of which one is enough."""


@dataclass(frozen=True)
class Clue:
    """Words by which a caller tells what went wrong."""

    topic: Topic
    words: Mapping[Language, tuple[tuple[str, ...], ...]]
    """Any of these; of one, all parts: "herinnering + betaald"."""

    def found(self, text: str) -> bool:
        """Whether a text has them, in any language; callers mix them."""
        text = text.lower()
        return any(
            all(re.search(rf"\b{re.escape(part)}", text) for part in parts)
            for options in self.words.values()
            for parts in options
        )


@dataclass(frozen=True)
class LadderRules:
    """One company's settings of the ladder."""

    person_offered_at: int
    """Angry turn at which Kalm apologises and offers a person."""
    insults_taken_lightly: int
    """Insults that are answered kindly before the boundary."""
    steps_down_after: int
    """Calm turns in a row that bring a caller one step down."""
    ending: Ending
    """After a heard warning: the call ends, or a trained colleague takes it."""
    after_threat: AfterThreat
    """`end`: what is said on a threat is the warning, and the next abuse ends the call."""
    says: Says
    acknowledge: Mapping[Topic, str]
    """The answer that tells a caller what went wrong for them."""
    clues: tuple[Clue, ...]
    """In the order in which they are looked for."""
    numbers: Mapping[str, str]
    ending_words: Mapping[Language, tuple[str, ...]]
    """Words by which a warning says that the call will end; who heard one was warned."""


def load_ladder(table: Table, answers: Answers) -> LadderRules:
    """Return the settings of `ladder.yml`; raises ContentError."""
    table.only("anger", "abuse", "threat", "numbers", "ending_words", "acknowledge", "says")
    table.table("anger").only("person_offered_at")
    table.table("abuse").only("insults_taken_lightly", "steps_down_after", "ending")
    ending = _choice(table.table("abuse"), "ending", get_args(Ending))
    after_threat = _choice(table, "threat", get_args(AfterThreat))
    topics = dict(_topics(table.table("acknowledge"), answers))
    rules = LadderRules(
        person_offered_at=_whole(table, "person_offered_at"),
        insults_taken_lightly=_whole(table, "insults_taken_lightly"),
        steps_down_after=_whole(table, "steps_down_after"),
        ending=cast(Ending, ending),
        after_threat=cast(AfterThreat, after_threat),
        says=_says(table.table("says"), answers),
        acknowledge={topic: answer for topic, (answer, _) in topics.items()},
        clues=tuple(clue for _, clue in topics.values() if any(clue.words.values())),
        numbers=_numbers(table.table("numbers")),
        ending_words=_ending_words(table.table("ending_words")),
    )
    _warns(rules, answers, table.table("says"))
    _names_numbers(rules, answers, table.table("says"))
    return rules


def _whole(table: Table, name: str) -> int:
    section, least, most, why = _WHOLE[name]
    within = table.table(section)
    value = within.whole(name, least)
    if not least <= value <= most:
        raise within.error(
            f"{name!r} is {value}; it can be {least} to {most}. {why}",
            f"Write {name}: {max(least, min(most, value))}",
            name,
        )
    return value


def _choice(within: Table, key: str, known: tuple[str, ...]) -> str:
    value = within.text(key)
    if value not in known:
        raise within.error(f"Unknown {key} {value!r}.", one_of(value, known), key)
    return value


def _says(within: Table, answers: Answers) -> Says:
    within.only(*SAYS)
    return Says(**{step: _answer(within, step, answers) for step in SAYS})


def _answer(within: Table, key: str, answers: Answers) -> str:
    if key not in within:
        raise within.error(
            f"{key!r} is missing; the ladder can't go without it.",
            f"Write {key}: and the name of an answer.",
        )
    name = within.text(key)
    if name not in answers:
        cure = one_of(name, answers.names) + " Or add it to intents/answers."
        raise within.error(f"Unknown answer {name!r}.", cure, key)
    return name


def _numbers(within: Table) -> dict[str, str]:
    within.only(*NUMBERS)
    numbers = {}
    for name, form in NUMBERS.items():
        numbers[name] = within.text(name)
        try:
            spoken(form, numbers[name], "nl")
        except ValueNotSpeakable as error:
            cure = 'Write the digits in quotes, such as "112".'
            raise within.error(f"{name!r} is no number: {error}.", cure, name) from error
    return numbers


def _ending_words(within: Table) -> dict[Language, tuple[str, ...]]:
    within.only(*LANGUAGES)
    words: dict[Language, tuple[str, ...]] = {}
    for language in LANGUAGES:
        words[language] = tuple(word.lower() for word in within.texts(language))
        if not words[language]:
            raise within.error(
                f"No words in {language!r} that say the call will end.",
                "Write those that the warnings use: [beëindig, ophangen]",
            )
    return words


def _topics(within: Table, answers: Answers) -> Iterator[tuple[Topic, tuple[str, Clue]]]:
    """Yield the topics in the order of the file, each with its answer and its words."""
    within.only(*TOPICS)
    for topic in TOPICS:
        if topic not in within:
            raise within.error(f"Topic {topic!r} is missing.", f"Write {topic}: {{answer: ...}}")
    for name, row in within.tables():
        row.only("answer", *LANGUAGES)
        topic = cast(Topic, name)
        words = {lang: tuple(_parts(text) for text in row.texts(lang)) for lang in LANGUAGES}
        yield topic, (_answer(row, "answer", answers), Clue(topic, words))


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in text.split("+"))


def _warns(rules: LadderRules, answers: Answers, within: Table) -> None:
    """See that every warning says what happens next: nobody is cut off unannounced."""
    for step in ("warning", "threat_warning"):
        name = getattr(rules.says, step)
        for language in LANGUAGES:
            for text in answers.texts(name, language):
                if not any(word in text.lower() for word in rules.ending_words[language]):
                    raise within.error(
                        f"Answer {name!r} warns without saying that the call will end: {text!r}.",
                        f"Use one of the ending_words: {', '.join(rules.ending_words[language])}.",
                        step,
                    )


def _names_numbers(rules: LadderRules, answers: Answers, within: Table) -> None:
    """See that a caller in danger is named whom to call."""
    for step, needed in _MUST_NAME.items():
        name = getattr(rules.says, step)
        for language in LANGUAGES:
            for slots in answers.slots(name, language):
                for either in needed:
                    if not set(either.split("|")) & slots:
                        raise within.error(
                            f"Answer {name!r} is said to a caller in danger without a number.",
                            f"Let every wording hold {{{either.split('|')[0]}:...}}.",
                            step,
                        )
