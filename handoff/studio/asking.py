"""Asking: the wordings of an answer that are written together with the step that says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.events import Language
from handoff.desk.view import translator
from handoff.studio import wordings
from handoff.studio.checking import Checks
from handoff.studio.drafts import Draft
from handoff.studio.folder import Texts
from handoff.studio.parts import AnswerPart
from handoff.studio.showing import LANGUAGES, Wanted
from handoff.studio.splicing import NotEditable

FEWEST = 2
"""Wordings that an answer must have, so that nobody hears the same words twice in a row."""


@dataclass
class Asked:
    """An answer in both languages, as a form shows it."""

    answer: str
    was: str = ""
    """The answer whose wordings the form showed when it was opened."""
    words: dict[Language, str] = field(default_factory=dict)
    """One wording a line."""
    read_at: dict[Language, str] = field(default_factory=dict)

    @classmethod
    def sent(cls, draft: Draft, answer: str, form: Any) -> "Asked":
        """Return what a browser sent; where it sent nothing, what there is.

        Where another answer was chosen, its own words hold and not those of the one before, which
        are on the page still; but what was typed is never dropped (see `look_at_words`).
        """
        asked = find_answer(draft, answer)
        was = str(form.get("answer_was", ""))
        chosen = bool(asked.was) and was != answer
        before = find_answer(draft, was).words if chosen and was else {}
        for language in LANGUAGES:
            words = str(form.get(f"words_{language}", "")).replace("\r\n", "\n")
            if f"words_{language}" not in form or (
                chosen and same(words, before.get(language, ""), asked.words[language], "")
            ):
                continue
            asked.was = was
            asked.words[language] = words
            asked.read_at[language] = str(form.get(f"read_{language}", ""))
        return asked


def same(words: str, *others: str) -> bool:
    """Tell whether words, one wording a line, are those of one of the others."""
    return _lines(words) in [_lines(other) for other in others]


def find_answer(draft: Draft, answer: str) -> Asked:
    """Return the wordings of an answer; empty ones where there is none."""
    asked = Asked(answer, answer if answer in wordings.names(draft.texts) else "")
    for language in LANGUAGES:
        path = wordings.path_of(language)
        asked.read_at[language] = draft.read_at(path)
        try:
            asked.words[language] = AnswerPart(answer).read(draft.texts.get(path, ""))
        except NotEditable:
            asked.words[language] = ""
    return asked


def look_at_words(
    checks: Checks, files: Texts, asked: Asked, language: Language
) -> tuple[dict[Language, str], dict[str, str]]:
    """Look at wordings before they are saved.

    Args:
        checks: The bot's.
        files: The draft.
        asked: As it was sent.
        language: In which to tell.

    Returns:
        The wordings that are other than in the draft, by language, and what is wrong by field.
    """
    t = translator(language)
    changed: dict[Language, str] = {}
    wrong: dict[str, str] = {}
    for side in LANGUAGES:
        try:
            there = wordings.read(files.get(wordings.path_of(side), "")).get(asked.answer)
        except NotEditable:
            wrong[f"words_{side}"] = t("studio", "refused", "not_editable")
            continue
        lines = _lines(asked.words.get(side, ""))
        if there is not None and [" ".join(each.split()) for each in there.texts] == lines:
            continue
        if there is not None and asked.was != asked.answer:
            # It is said elsewhere too, and nobody has seen here how.
            said = there.texts[0] if there.texts else ""
            told = t("studio", "steps", "refused", "words_exist", name=asked.answer, words=said)
            wrong[f"words_{side}"] = told
            continue
        changed[side] = "\n".join(lines)
        if len(set(lines)) < FEWEST:
            wrong[f"words_{side}"] = t("studio", "steps", "refused", "wordings")
            continue
        spoken: Language = "en" if there and there.language == "en" else side
        for line in lines:
            heard = checks.heard(files, line, spoken)
            if heard.problem is not None:
                wrong[f"words_{side}"] = f"“{line}” {heard.problem.say(language)}"
                break
    return changed, wrong


def words_wanted(asked: Asked, words: Mapping[Language, str]) -> list[Wanted]:
    """Return what is to be saved of an answer, as `look_at_words` found it."""
    return [
        Wanted(
            wordings.path_of(language),
            AnswerPart(asked.answer),
            text,
            asked.read_at.get(language, ""),
            language,
        )
        for language, text in words.items()
    ]


def _lines(words: str) -> list[str]:
    return [line for each in words.splitlines() if (line := " ".join(each.split()))]
