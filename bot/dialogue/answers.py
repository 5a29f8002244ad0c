"""Answers: what the bot says, in each language and several wordings, from `intents/answers`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast, get_args

from bot.dialogue.slots import LANGUAGES, Slot
from bot.dialogue.source import Place, Table, one_of
from bot.events import Language
from bot.speaking.sentences import LONGER, sentences, uncut
from bot.speaking.spoken_forms import Form, spoken, written
from bot.speaking.values import ValueNotSpeakable

_HOLE = re.compile(r"\{([^{}]*)\}")
_BLANK = "\ufffc"
"""Stands for what is filled in; no text has it."""


class Unsayable(Exception):
    """An answer can't be said now: a slot is empty, or private and the caller not verified."""


@dataclass(frozen=True)
class Wording:
    """One way to say an answer: texts and slots with the form they are said in."""

    parts: tuple[str | tuple[str, Form], ...]

    @property
    def slots(self) -> frozenset[str]:
        """The slots whose values it says."""
        return frozenset(part[0] for part in self.parts if not isinstance(part, str))

    def spoken_but(self, language: Language, known: Mapping[str, Any]) -> str:
        """Return it as spoken, with a blank for each slot that is not `known` or can't be said."""
        sound = ""
        for part in self.parts:
            try:
                sound += (
                    part if isinstance(part, str) else spoken(part[1], known[part[0]], language)
                )
            except (KeyError, ValueNotSpeakable):
                sound += _BLANK
        return sound

    def render(
        self, values: Mapping[str, Any], language: Language, today: date | None = None
    ) -> tuple[str, str]:
        """Return the words as written and as spoken; raises Unsayable."""
        words, sound = "", ""
        for part in self.parts:
            if isinstance(part, str):
                words, sound = words + part, sound + part
                continue
            value = values.get(part[0])
            if value is None:
                raise Unsayable(f"slot {part[0]!r} is empty")
            try:
                words += written(part[1], value, language, today)
                sound += spoken(part[1], value, language, today)
            except ValueNotSpeakable as error:
                raise Unsayable(f"slot {part[0]!r}: {error}") from error
        return words, sound


@dataclass(frozen=True)
class Answer:
    """Something the bot can say."""

    name: str
    language: Language
    """Of the words; mostly that of the file."""
    wordings: tuple[Wording, ...]
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True)
class Line:
    """An answer as it will be said."""

    answer: str
    """With the wording's number: "greeting/0"."""
    words: str
    spoken: str
    language: Language


class Answers:
    """All answers in all languages."""

    def __init__(
        self, answers: Mapping[Language, Mapping[str, Answer]], slots: Mapping[str, Slot]
    ) -> None:
        self._answers = answers
        self._private = frozenset(slot.name for slot in slots.values() if slot.private)

    @property
    def names(self) -> frozenset[str]:
        """What can be said."""
        return frozenset(self._answers["nl"])

    def __contains__(self, name: str) -> bool:
        return name in self._answers["nl"]

    def fixed(self, language: Language, known: Mapping[str, Any] | None = None) -> list[str]:
        """Return the sentences and clauses, as spoken, that are the same in every call.

        Args:
            language: In which they are spoken.
            known: Slots that have the same value in every call.
        """
        wordings = [
            wording
            for table in self._answers.values()
            for answer in table.values()
            if answer.language == language
            for wording in answer.wordings
        ]
        texts = [wording.spoken_but(language, known or {}) for wording in wordings]
        cut = [sentence for text in texts for sentence in uncut(text, language)]
        # What comes before a blank is spoken by itself when all of it is long.
        clauses = [
            clause
            for each in cut
            for clause in sentences(each.replace(_BLANK, _BLANK * LONGER), language)
        ]
        whole = [each for each in cut if _BLANK not in each]
        return list(dict.fromkeys(each for each in (*whole, *clauses) if _BLANK not in each))

    def texts(self, name: str, language: Language) -> list[str]:
        """Return the wordings of an answer without what is filled in."""
        return [
            "".join(part for part in wording.parts if isinstance(part, str))
            for wording in self._answers[language][name].wordings
        ]

    def slots(self, name: str, language: Language) -> list[frozenset[str]]:
        """Return what each wording of an answer tells."""
        return [wording.slots for wording in self._answers[language][name].wordings]

    def line(
        self,
        name: str,
        language: Language,
        values: Mapping[str, Any],
        *,
        today: date | None = None,
        verified: bool,
        said_before: int,
        last_words: str,
    ) -> Line:
        """Choose a wording that differs from the last words spoken; raises Unsayable.

        Args:
            name: Of the answer.
            language: Of the call.
            values: Of the slots.
            today: When given, a date far away is told with its year.
            verified: Whether private slots may be spoken.
            said_before: How often this answer was said in this call.
            last_words: What the bot said last.
        """
        answer = self._answers[language][name]
        count = len(answer.wordings)
        for turn in range(count):
            number = (said_before + turn) % count
            wording = answer.wordings[number]
            if not verified and wording.slots & self._private:
                raise Unsayable(f"answer {name!r} tells a private fact to an unverified caller")
            words, sound = wording.render(values, answer.language, today)
            if words != last_words:
                return Line(f"{name}/{number}", words, sound, answer.language)
        raise Unsayable(f"answer {name!r} has no other wording than what was just said")


def load_answers(tables: Mapping[Language, Table], slots: Mapping[str, Slot]) -> Answers:
    """Return the answers of all languages; raises ContentError."""
    loaded: dict[Language, dict[str, Answer]] = {}
    for language, table in tables.items():
        table.only("answers", "topics")
        within = table.table("answers")
        loaded[language] = {n: _answer(n, within, language, slots) for n in within.keys()}  # noqa: SIM118
    for language in LANGUAGES:
        for other in LANGUAGES:
            for name, answer in loaded[language].items():
                if name not in loaded[other]:
                    raise answer.place.error(
                        f"Answer {name!r} exists in {language!r} only.",
                        f"Add it to {tables[other].file}.",
                    )
    return Answers(loaded, slots)


def _answer(name: str, table: Table, language: Language, slots: Mapping[str, Slot]) -> Answer:
    place = table.place(name)
    spoken_in: Language = language
    if isinstance(table.data[name], dict):
        inner = table.table(name)
        inner.only("language", "wordings")
        if inner.text("language", language) not in LANGUAGES:
            raise inner.error("Unknown language.", one_of("", LANGUAGES), "language")
        spoken_in = cast(Language, inner.text("language", language))
        texts = inner.texts("wordings")
    else:
        texts = table.texts(name)
    if len(set(texts)) < 2:
        raise place.error(
            f"Answer {name!r} has fewer than two wordings.",
            "Add another, so that nobody hears the same words twice in a row.",
        )
    wordings = tuple(read_wording(text, place, slots) for text in texts)
    if len({wording.slots for wording in wordings}) > 1 and _differ(wordings):
        raise place.error(
            f"The wordings of answer {name!r} tell different slots.",
            "Let each wording have the same placeholders, so that none tells less.",
        )
    return Answer(name, spoken_in, wordings, place)


def _differ(wordings: tuple[Wording, ...]) -> bool:
    """Whether wordings differ in facts; to leave out the company's name is no loss."""
    return len({wording.slots - {"company_name"} for wording in wordings}) > 1


def read_wording(text: str, place: Place, slots: Mapping[str, Slot]) -> Wording:
    """Return a wording with its placeholders; raises ContentError at the place given."""
    parts: list[str | tuple[str, Form]] = []
    end = 0
    for hole in _HOLE.finditer(text):
        parts += [text[end : hole.start()]] if hole.start() > end else []
        parts.append(_placeholder(hole[1], place, slots))
        end = hole.end()
    parts += [text[end:]] if end < len(text) else []
    if any(isinstance(part, str) and set(part) & {"{", "}"} for part in parts):
        raise place.error(f"A brace that is not closed in {text!r}.", "Write {slot:form}.")
    return Wording(tuple(parts))


def _placeholder(inside: str, place: Place, slots: Mapping[str, Slot]) -> tuple[str, Form]:
    name, _, form = inside.partition(":")
    if name not in slots:
        raise place.error(f"Unknown slot {name!r} in {{{inside}}}.", one_of(name, slots))
    if form not in get_args(Form):
        raise place.error(
            f"Placeholder {{{inside}}} has no known form.",
            f"Write {{{name}:text}}, or in place of text: {', '.join(get_args(Form))}.",
        )
    return name, cast(Form, form)
