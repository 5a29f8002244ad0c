"""Reads what the words of the mood are learned from and measured on.

Our own examples lie in `intents/mood/`; the rest in a folder that is given: ConvAbuse,
GoEmotions, HateCheck, TweetEval, each in a folder of its own as their authors publish them.
"""

import csv
import json
import re
import statistics
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("nl", "en")
WEAKEST = -0.5
"""From this mean grade to 0, which is abuse by the rule, annotators hardly think so."""
WEAK, NONE_HERE = "weak", "none here"
"""Notes of such a text, and of one that is no abuse by our own rules."""
_LABELS = Path(__file__).with_name("mood_labels.json")
_COMMENTS = "goemotions/dev.tsv"
_EMOJI = re.compile(r"<span class='emoji-bytes'.*?</span>")
_GRADE = re.compile(r"(Annotator\d)_is_abuse\.(-?\d)")
_ANGER, _ANNOYANCE = "2", "3"
_OF_ANGER = ("frustrated", "angry", "accusation", "insult_company", "profanity")
_MARKED = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
"""An entity in an utterance for training: [elf](number)."""


@dataclass(frozen=True)
class Row:
    """A text and what is known of it."""

    text: str
    source: str
    language: str
    known: dict[str, bool] = field(default_factory=dict)
    """From the name of a head to whether it is so; what is not known is absent."""
    note: str = ""
    """Of the source: functionality, emotions, the sign it is a twin of; WEAK and NONE_HERE."""


def examples_file(language: str) -> Path:
    """Return our own examples of a language."""
    return ROOT / "intents" / "mood" / f"examples.{language}.yml"


def examples(signs: tuple[str, ...], abuse: frozenset[str]) -> Iterator[Row]:
    """Yield our own examples."""
    for language in LANGUAGES:
        groups = yaml.safe_load(examples_file(language).read_text(encoding="utf-8"))
        for group in groups:
            own = set(group["signs"])
            known = {sign: sign in own for sign in signs}
            known |= {"calm": not own, "abuse": bool(own & abuse), "anger": "angry" in own}
            for line in group["examples"].splitlines():
                if text := line.strip().removeprefix("- ").strip():
                    yield Row(text, "ours", language, known, str(group.get("twin_of", "")))


def requests(signs: tuple[str, ...]) -> Iterator[Row]:
    """Yield what callers ask every day, from the intents: harmless, all of it.

    Of a complaint, of who wants a person and of what is out of scope nothing is known of
    anger; the rest is calm.
    """
    for language in LANGUAGES:
        file = ROOT / "intents" / f"nlu.{language}.yml"
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            if "intent" not in group:
                continue
            known = {sign: False for sign in signs if sign not in _OF_ANGER} | {"abuse": False}
            if group["intent"] not in ("complain", "ask_person", "out_of_scope"):
                known |= {**dict.fromkeys(_OF_ANGER, False), "anger": False, "calm": True}
            for line in group["examples"].splitlines():
                if text := _MARKED.sub(r"\1", line.strip().removeprefix("- ").strip()):
                    yield Row(text, "intents", language, known, group["intent"])


def convabuse(data: Path, split: str) -> Iterator[Row]:
    """Yield what users said to two chat bots; abuse is a mean grade below 0."""
    file = data / "convabuse" / f"ConvAbuseEMNLP{split}.csv"
    none = frozenset(none_here()) if split == "train" else frozenset()
    with file.open(newline="", encoding="utf-8") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            grades = [grade for own in _grades(row).values() for grade in own]
            grade = statistics.mean(grades)
            known = {"abuse": grade < 0}
            if not known["abuse"]:
                for sign in ("insult_person", "discrimination", "sexual_harassment", "blackmail"):
                    known[sign] = False
            else:
                known |= _kinds(row, sum(grade < 0 for grade in grades))
            notes = (WEAK if WEAKEST <= grade < 0 else "", NONE_HERE if number in none else "")
            text = _EMOJI.sub("", row["user"])
            yield Row(text, "convabuse", "en", known, " ".join(filter(None, notes)))


def none_here() -> dict[int, str]:
    """Return which rows of ConvAbuse train are labelled abuse and are none by our rules, and why.

    Read by ourselves; what could be read either way is not among them.
    """
    told: dict[str, Any] = json.loads(_LABELS.read_text(encoding="utf-8"))
    return {number: why for why, numbers in told["convabuse"].items() for number in numbers}


def convabuse_grades(data: Path, split: str) -> Iterator[dict[str, list[int]]]:
    """Yield for each text of `convabuse`, in order, what each annotator graded it: 1 to -3."""
    file = data / "convabuse" / f"ConvAbuseEMNLP{split}.csv"
    with file.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            yield _grades(row)


def goemotions(data: Path) -> Iterator[Row]:
    """Yield comments with their emotions; `quiet` is known of those that are not in anger.

    Those that are kept to measure, and that nothing may learn, are left out.
    """
    lines = (data / _COMMENTS).read_text(encoding="utf-8").splitlines()
    names = (data / "goemotions" / "labels.txt").read_text().split()
    told = _comments()
    for number, line in enumerate(lines, 1):
        if number in told["kept"]:
            continue
        text, ids, _ = line.split("\t")
        emotions = set(ids.split(","))
        angry = bool(emotions & {_ANGER, _ANNOYANCE})
        known = {"anger": _ANGER in emotions} if angry else {"anger": False}
        if _ANGER not in emotions:
            known["quiet"] = True
        if number in told["abuse"]:
            known["abuse"] = True
        elif number in told["none"]:
            known["abuse"] = False
        note = " ".join(names[int(one)] for one in ids.split(","))
        yield Row(text.replace("[NAME]", "Alex"), "goemotions", "en", known, note)


def _comments() -> dict[str, set[int]]:
    """Return lines of GoEmotions by our own reading: `abuse`, `none`, and `kept` to measure."""
    told: dict[str, Any] = json.loads(_LABELS.read_text(encoding="utf-8"))
    found = {name: set(lines) for name, lines in told["goemotions"].items()}
    for name in ("texts", "unseen", "fresh", "later"):
        for label in told[name]:
            if label["source"] == _COMMENTS and name in ("fresh", "later"):
                found.setdefault("kept", set()).add(label["line"])
            elif label["source"] == _COMMENTS and label["abuse"] is False:
                found["none"].add(label["line"])
    return found


def hatecheck(data: Path) -> Iterator[Row]:
    """Yield HateCheck's cases, with their functionality."""
    file = data / "hatecheck_en" / "test_suite_cases.csv"
    with file.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            hateful = row["label_gold"] == "hateful"
            yield Row(
                row["test_case"].strip(),
                "hatecheck",
                "en",
                {"abuse": hateful},
                row["functionality"],
            )


def angry_labels(data: Path) -> Iterator[Row]:
    """Yield the angry texts that we labelled ourselves, by place: file and line.

    First those that rules were made against, then those that four phrases were made after; then
    `fresh`, `later` and `newest`, which nothing learned.
    """
    told: dict[str, Any] = json.loads(_LABELS.read_text(encoding="utf-8"))
    for name in ("texts", "unseen", "fresh", "later", "newest"):
        note = "" if name == "texts" else f", {name}"
        for label in told[name]:
            if label["abuse"] is None:
                continue  # one may read it either way
            file = data / label["source"]
            line = file.read_text(encoding="utf-8").splitlines()[label["line"] - 1]
            text = line.split("\t")[0] if file.suffix == ".tsv" else line
            yield Row(text, label["source"] + note, "en", {"abuse": label["abuse"]})


def _grades(row: dict[str, str]) -> dict[str, list[int]]:
    """Return the grades that a text has, by annotator."""
    grades: dict[str, list[int]] = defaultdict(list)
    for name, cell in row.items():
        if match := _GRADE.fullmatch(name or ""):
            grades[match[1]] += [int(match[2])] * _ticks(cell)
    return {annotator: own for annotator, own in grades.items() if own}


def _ticks(cell: str | None) -> int:
    """Return how often a grade was given: one annotator may have seen a text twice."""
    return sum(one.strip() in ("1", "1.0") for one in (cell or "").split(","))


def _kinds(row: dict[str, str], graded: int) -> dict[str, bool]:
    votes = {
        kind: sum(_ticks(cell) for name, cell in row.items() if (name or "").endswith(kind))
        for kind in ("_sex_harassment", "_racist", "_homophobic", "_transphobic")
    }
    sexual = votes.pop("_sex_harassment") * 2 >= graded
    hateful = sum(votes.values()) * 2 >= graded
    known = {"sexual_harassment": sexual, "discrimination": hateful}
    if not sexual and not hateful:
        known["insult_person"] = True
    return known
