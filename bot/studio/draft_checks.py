"""Draft checks: what the bot finds in texts that owners work on, before anybody hears them."""

import difflib
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from bot.checks.finding import Finding, error, sentence
from bot.checks.folder import check
from bot.checks.messages import translated
from bot.checks.texts import TAG, TEMPLATE
from bot.dialogue import flows as steps
from bot.dialogue.actions import ACTION_NAMES
from bot.dialogue.answers import read_wording
from bot.dialogue.flow_loader import load_flows
from bot.dialogue.slots import Slot, load_slots
from bot.dialogue.source import ContentError, Place, read
from bot.encoder import Encoder
from bot.events import Language
from bot.mistake import FileMistake
from bot.speaking.spoken_forms import Form, written
from bot.speaking.values import ValueNotSpeakable
from handoff.studio.checking import FlowStep, Heard, Known, Problem, StepKind, Unreadable, Way
from handoff.studio.folder import Texts, write_folder

SLOTS = "flows/slots.yml"
FOLDER = "draft"
_NAMES = re.compile(r"\{([^{}:]*)")

SAMPLES: Mapping[Form, Any] = {
    "money": "84.20",
    "date": "2026-11-24",
    "time": "14:30",
    "moment": "2026-11-24T14:30:00+01:00",
    "digits": "471109",
    "invoice": "2026-118",
    "phone": "+31612345678",
    "postcode": "2011AB",
    "count": 3,
    "ordinal": 2,
    "name": "J. de Vries",
    "days": {"mon": ["08:30", "17:30"], "tue": ["08:30", "17:30"], "sat": None},
}
"""Made up, so that an owner hears how an answer sounds."""


class DraftChecks:
    """Implements `handoff.studio.checking.Checks`.

    Args:
        encoder: Returns what finds utterances that mean nearly the same; None for as long as it
            is being loaded: then their words only are looked at.
        cache: Where vectors of utterances are remembered.
    """

    def __init__(self, encoder: Callable[[], Encoder | None], cache: Path) -> None:
        self._encoder = encoder
        self._cache = cache

    def check(self, files: Texts) -> list[Problem]:
        """Return everything that `kalm intents check` finds; takes a second or two."""
        with _written(files) as folder:
            found = check(folder, self._encoder(), self._cache).findings
            return [_problem(finding, folder) for finding in found]

    def heard(self, files: Texts, wording: str, language: Language) -> Heard:
        """Return what a caller hears of one wording of an answer."""
        file = f"answers/{language}.yml"
        for signs, words, cure in (
            (TAG, "holds {}: answers are spoken, and HTML is not", "write plain words"),
            (TEMPLATE, "holds {}: a template is not filled in here", "write {slot:form}"),
        ):
            if found := signs.search(wording):
                told = sentence(f"this wording {words.format(repr(found[0]))}")
                mended = sentence(cure)
                dutch = _dutch(told, mended)
                return Heard("", Problem(file, 1, told, mended, error=True, dutch=dutch))
        try:
            slots = _slots(files)
        except ContentError as mistake:
            return Heard("", problem_of(mistake, Path()))
        try:
            parsed = read_wording(wording, Place(Path(file), 1), slots)
            words = ""
            for part in parsed.parts:
                words += part if isinstance(part, str) else _sample(*part, language, slots)
        except ContentError as mistake:
            return Heard("", _nearest(problem_of(mistake, Path()), wording, slots))
        except ValueNotSpeakable as mistake:
            problem, cure = sentence(str(mistake)), "Take another form."
            dutch = _dutch(problem, cure)
            return Heard("", Problem(file, 1, problem, cure, error=True, dutch=dutch))
        return Heard(words)

    def placeholders(self, files: Texts) -> list[str]:
        """Return the slots that an answer may tell, sorted; none when they can't be read."""
        try:
            return sorted(_slots(files))
        except ContentError:
            return []

    def known(self, files: Texts) -> Known:
        """Return what steps may name; no slots when they can't be read."""
        actions = sorted(ACTION_NAMES)
        try:
            slots = _slots(files)
        except ContentError:
            return Known(actions=actions)
        asked = sorted(name for name, slot in slots.items() if slot.collectable)
        return Known(asked, sorted(slots), actions)

    def told(self, mistake: FileMistake) -> Problem:
        """Return what stopped a file of the folder from being read."""
        return problem_of(mistake, Path())

    def steps(self, files: Texts, path: str, flow: str) -> list[FlowStep]:
        """Return the steps of a flow; raises Unreadable."""
        parts = {SLOTS: files.get(SLOTS, ""), path: files.get(path, "")}
        with _written(parts) as folder:
            try:
                slots = load_slots(read(folder / SLOTS))
                found = load_flows(read(folder / path), slots).get(flow)
            except ContentError as mistake:
                raise Unreadable(problem_of(mistake, folder)) from mistake
        if found is None:
            problem = f"There is no flow {flow!r} in this file."
            cure = "Write it under flows:."
            dutch = _dutch(problem, cure)
            raise Unreadable(Problem(path, 1, problem, cure, error=True, dutch=dutch))
        return [_drawn(step) for step in found.steps.values()]


def _nearest(problem: Problem, wording: str, slots: Mapping[str, Slot]) -> Problem:
    """Name the likeliest names only: all of them are more than anybody reads while typing."""
    unknown = next((name for name in _NAMES.findall(wording) if name not in slots), None)
    if unknown is None:
        return problem
    near = difflib.get_close_matches(unknown, slots, n=3, cutoff=0.5)
    told = f"Nearest to it: {', '.join(near)}." if near else "Take one of the names below."
    dutch = (problem.dutch[0], translated(told, "nl")) if problem.dutch else None
    return replace(problem, cure=told, dutch=dutch)


def _slots(files: Texts) -> dict[str, Slot]:
    return _read_slots(files.get(SLOTS, ""))


@lru_cache(maxsize=4)
def _read_slots(text: str) -> dict[str, Slot]:
    """Read them once for all that is typed while they stay the same."""
    with _written({SLOTS: text}) as folder:
        return load_slots(read(folder / SLOTS))


def _sample(name: str, form: Form, language: Language, slots: Mapping[str, Slot]) -> str:
    value = SAMPLES.get(form)
    if form == "text":
        options = slots[name].options.values()
        value = next((option[language][0] for option in options), name.replace("_", " "))
    return written(form, value, language)


def _drawn(step: steps.Step) -> FlowStep:
    kind: StepKind
    answer: str | None = None
    ways = tuple(
        Way(branch.when.source if branch.when else None, branch.to if branch.to != "END" else None)
        for branch in step.next
    )
    match step:
        case steps.Collect():
            kind, what, answer = "collect", step.slot, step.ask
            if step.otherwise:
                ways = (*ways, Way("?", step.otherwise))
        case steps.Utter():
            kind, what, answer = "say", step.answer, step.answer
        case steps.Act():
            kind, what = "action", step.action
        case steps.Call():
            kind, what = "call", step.flow
        case steps.Link():
            kind, what, ways = "link", step.flow, ()
        case steps.SetSlots():
            kind, what = "set", ", ".join(f"{name} = {value}" for name, value in step.values)
        case _:
            kind, what = "fork", ""
    return FlowStep(step.id, kind, what, answer, step.place.line, ways)


def _problem(finding: Finding, folder: Path) -> Problem:
    problem = finding.problem.replace(f"{folder}/", "")
    cure = finding.cure.replace(f"{folder}/", "")
    return Problem(
        _within(finding.file, folder),
        finding.line,
        sentence(problem),
        sentence(cure),
        error=finding.level == "error",
        dutch=_dutch(problem, cure),
    )


def _dutch(problem: str, cure: str) -> tuple[str, str]:
    return sentence(translated(problem, "nl")), sentence(translated(cure, "nl"))


def problem_of(mistake: FileMistake | ContentError, folder: Path) -> Problem:
    """Return what stopped a file from being read, in both languages.

    Args:
        mistake: As it was told.
        folder: That holds all files, and is not told.
    """
    return _problem(error(mistake), folder)


def _within(file: Path, folder: Path) -> str:
    try:
        return PurePosixPath(file.relative_to(folder)).as_posix()
    except ValueError:
        return file.as_posix()


@contextmanager
def _written(files: Texts) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / FOLDER
        write_folder(files, folder)
        yield folder
