"""The whole folder: every check, file by file, so that one mistake does not hide the next."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.checks.finding import Finding, error
from bot.checks.likeness import near_duplicates
from bot.checks.loops import loops
from bot.checks.names import nameless
from bot.checks.patterns import explosive
from bot.checks.texts import hidden_signs, unsayable
from bot.dialogue.content import Content
from bot.dialogue.flow_loader import load_flows
from bot.dialogue.slots import LANGUAGES, load_slots
from bot.dialogue.source import Place, one_of, read
from bot.edition import BROKEN
from bot.encoder import Encoder, plain
from bot.mood.vocabulary import Vocabulary
from bot.rehearsal import script
from bot.understanding.cache import Cache
from bot.understanding.meaning import OUT_OF_SCOPE
from bot.understanding.training_data import Example, TrainingData, load, mistakes, too_many
from handoff.studio.folder import NotText, read_folder

FEW = 10
"""Utterances below which an intent is hard to understand."""
HELD_OUT = "understanding*.yml"
"""In `tests/`: utterances that training never sees."""

KALMS_OWN = frozenset(
    {
        "affirm", "are_you_human", "ask_person", "change_language", "complain", "correct",
        "deny", "dont_know", "goodbye", "greet", "help", "hold_on", "inform", "repeat",
        "slower", "stop", "thanks", OUT_OF_SCOPE,
    }
)  # fmt: skip
"""Intents to which Kalm reacts without a flow."""

T = TypeVar("T")


@dataclass
class Checked:
    """What was found, and what could be read."""

    findings: list[Finding] = field(default_factory=list)
    content: Content | None = None
    training_data: TrainingData | None = None

    @property
    def errors(self) -> list[Finding]:
        """What keeps the folder from being published."""
        return [finding for finding in self.findings if finding.level == "error"]

    @property
    def warnings(self) -> list[Finding]:
        """What is worth a look."""
        return [finding for finding in self.findings if finding.level == "warning"]

    def attempt(self, work: Callable[[], T]) -> T | None:
        """Do what may find a mistake; None when it did."""
        try:
            return work()
        except (*BROKEN, NotText) as mistake:
            found = error(mistake)
            if found not in self.findings:
                self.findings.append(found)
            return None

    def warn(self, place: Place, problem: str, cure: str) -> None:
        """Tell something that is worth a look."""
        self.findings.append(Finding("warning", place.file, place.line, problem, cure))


def check(folder: Path, encoder: Encoder | None, cache: Path) -> Checked:
    """Check an intents folder; never raises for what is in it.

    Args:
        folder: Of the product owners.
        encoder: Finds utterances that mean nearly the same; None looks at their words only.
        cache: Where vectors of utterances are remembered.

    Returns:
        All findings, by file and line.
    """
    checked = Checked()
    _texts(folder, checked)
    _content(folder, checked)
    _training(folder, checked)
    _tests(folder, checked)
    if (folder / "mood").is_dir():
        checked.attempt(lambda: Vocabulary.load(folder / "mood"))
    if checked.training_data is not None:
        _intents(checked.training_data, checked)
        _domain(folder, checked.training_data, checked)
        checked.findings += explosive(folder, checked.training_data)
        examples = checked.training_data.examples
        if encoder is not None and too_many(checked.training_data) is None:
            checked.findings += near_duplicates(examples, encoder, Cache(cache))
    checked.findings.sort(key=lambda found: (str(found.file), found.line, found.level))
    return checked


def _texts(folder: Path, checked: Checked) -> None:
    for path, text in (checked.attempt(lambda: read_folder(folder)) or {}).items():
        checked.findings += hidden_signs(folder / path, text)


def _content(folder: Path, checked: Checked) -> None:
    """Read each file by itself, then all of them together."""
    slots = checked.attempt(lambda: load_slots(read(folder / "flows" / "slots.yml")))
    for language in LANGUAGES:
        file = folder / "answers" / f"{language}.yml"
        checked.findings += checked.attempt(lambda: list(unsayable(read(file)))) or []  # noqa: B023
    for file in sorted((folder / "flows").glob("*.yml")):
        if file.name != "slots.yml" and slots is not None:
            checked.attempt(lambda: load_flows(read(file), slots))  # noqa: B023  # called at once
    checked.attempt(lambda: read(folder / "ladder.yml"))
    if slots is not None:
        checked.content = checked.attempt(lambda: Content.load(folder))
    if checked.content is not None:
        checked.findings += loops(checked.content.flows)
        checked.findings += nameless(folder, checked.content)


def _training(folder: Path, checked: Checked) -> None:
    found = [error(mistake) for mistake in mistakes(folder)]
    checked.findings += found
    if not found:
        checked.training_data = checked.attempt(lambda: load(folder))


def _tests(folder: Path, checked: Checked) -> None:
    files = dict[str, list[Path]]()
    for language, file in script.files(folder):
        files.setdefault(file.name, []).append(file)
        for written in checked.attempt(lambda: script.load_file(file, language)) or ():  # noqa: B023
            _expected(written, checked)
    for twins in files.values():
        if len(twins) < len(LANGUAGES):
            place, cure = Place(twins[0], 1), "write the same conversation in the other language"
            checked.warn(place, "this file of conversations exists in one language only", cure)
    for file in sorted((folder / "tests").glob(HELD_OUT)):
        checked.findings += [error(mistake) for mistake in mistakes(file)]


def _expected(written: script.Written, checked: Checked) -> None:
    """Tell of answers and slots that a conversation waits for in vain."""
    if checked.content is None:
        return
    for step, line in zip(written.script.steps, written.lines, strict=True):
        says = [step.says] if isinstance(step.says, str) else step.says
        for kind, names, known in (
            ("answer", says, checked.content.answers.names),
            ("slot", list(step.slots), checked.content.slots),
        ):
            for name in names:
                if name not in known:
                    mistake = Place(written.file, line).error(
                        f"Unknown {kind} {name!r}.", one_of(name, known)
                    )
                    checked.findings.append(error(mistake))


def _intents(data: TrainingData, checked: Checked) -> None:
    """Tell of intents that lack utterances, a language, or something that comes of them."""
    by_intent: dict[str, list[Example]] = defaultdict(list)
    for example in data.examples:
        by_intent[example.intent].append(example)
    if checked.content is not None:
        for flow in checked.content.flows.values():
            for intent in sorted(set(flow.triggers) - set(by_intent)):
                checked.warn(
                    flow.place,
                    f"intent {intent!r} starts flow {flow.name!r}, but has no utterances",
                    one_of(intent, by_intent) + " Or add utterances to nlu.nl.yml and nlu.en.yml.",
                )
        for intent in sorted(set(by_intent) - set(checked.content.triggers) - KALMS_OWN):
            checked.warn(
                _place(by_intent[intent]),
                f"nothing comes of intent {intent!r}: no flow is started by it",
                "name it under `nlu_trigger` of a flow, or take it out",
            )
    spoken = sorted({example.language for example in data.examples if example.language})
    for intent, examples in by_intent.items():
        told = all(example.language for example in examples)
        for language in spoken if told else ():
            said = [example for example in examples if example.language == language]
            _enough(intent, said, language, _place(examples), checked)
    for example in data.examples:
        if not plain(example.text):
            problem = f"{example.text!r} holds no words: it teaches nothing"
            checked.warn(_place([example]), problem, "write what people say, or take it out")
    if (mistake := too_many(data)) is not None:
        checked.findings.append(error(mistake))


def _enough(
    intent: str, examples: list[Example], language: str, elsewhere: Place, checked: Checked
) -> None:
    if not examples:
        problem = f"intent {intent!r} has no utterances in {language!r}"
        checked.warn(elsewhere, problem, f"add some to nlu.{language}.yml")
    elif len(examples) < FEW:
        problem = f"intent {intent!r} has {len(examples)} utterances in {language!r}"
        checked.warn(_place(examples), problem, f"write {FEW} or more, as people say them")


def _domain(folder: Path, data: TrainingData, checked: Checked) -> None:
    """Tell of intents that Rasa would not know: it wants each in `domain.yml`."""
    file = folder / "domain.yml"
    table = checked.attempt(lambda: read(file)) if file.exists() else None
    listed = table.data.get("intents") if table is not None else None
    if table is None or not isinstance(listed, list):
        return
    names = {str(next(iter(one), "")) if isinstance(one, dict) else str(one) for one in listed}
    for intent in sorted(set(data.intents) - names):
        cure = f"add `- {intent}` under intents"
        checked.warn(table.place("intents"), f"intent {intent!r} is not declared for Rasa", cure)
    for intent in sorted(names - set(data.intents)):
        cure = "add utterances, or take it out here"
        checked.warn(table.place("intents"), f"intent {intent!r} has no utterances", cure)


def _place(examples: Sequence[Example]) -> Place:
    return Place(examples[0].file, examples[0].line)
