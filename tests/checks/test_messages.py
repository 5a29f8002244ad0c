"""Whatever is told of a mistake is told in Dutch too, with the same facts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.checks.finding import sentence
from bot.checks.messages import _HOLE, _texts, recognised, translated
from bot.settings import ROOT
from bot.understanding.annotations import AnnotationError, read_annotations

SAID_IN = [
    *(ROOT / "bot" / "checks").glob("*.py"),
    *(ROOT / "bot" / "dialogue").glob("*.py"),
    ROOT / "bot" / "mood" / "lexicon.py",
    ROOT / "bot" / "understanding" / "training_data.py",
    ROOT / "bot" / "understanding" / "annotations.py",
    ROOT / "bot" / "understanding" / "classifier.py",
    ROOT / "bot" / "edition.py",
    ROOT / "bot" / "studio" / "draft_checks.py",
    ROOT / "bot" / "rehearsal" / "script.py",
    ROOT / "bot" / "rehearsal" / "play.py",
    ROOT / "handoff" / "studio" / "folder.py",
]
TELLING = {"error", "warn", "Finding", "ConditionError", "ContentError", "TrainingDataError"}
TELLING |= {"LexiconError", "NotText", "Problem", "mistake", "AnnotationError"}
TELLING |= {"mapping", "sequence", "text"}  # tell what is not one, and how to mend it
VARIABLES = {"problem", "cure", "told"}
HOLE = "‹x›"


def written(node: ast.expr) -> Iterator[str]:
    """Yield the texts that an expression may be, with a sign where something is filled in."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr():
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values
            )
        case ast.IfExp():
            yield from written(node.body)
            yield from written(node.orelse)
        case ast.BinOp(op=ast.Add()):
            for left in list(written(node.left)) or [HOLE]:
                for right in list(written(node.right)) or [HOLE]:
                    yield left + right


def said(file: Path) -> Iterator[tuple[str, int]]:
    """Yield what a file tells of mistakes, with its line."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        values: list[ast.expr] = []
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            values = list(node.args) if name.lstrip("_") in TELLING else []
        elif isinstance(node, ast.Return) and file.name == "play.py":
            values = [node.value] if node.value is not None else []
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            values = [node.value] if node.targets[0].id in VARIABLES else []
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            names = [each.id for each in node.targets[0].elts if isinstance(each, ast.Name)]
            if set(names) & VARIABLES and isinstance(node.value, ast.Tuple):
                values = list(node.value.elts)
        for value in values:
            for text in written(value):
                own = text.replace(HOLE, " ")
                if len(re.findall(r"[A-Za-z]{2,}", own)) > 1 and not text.startswith("%"):
                    yield text, value.lineno


@pytest.mark.parametrize("file", SAID_IN, ids=lambda file: file.name)
def test_everything_that_is_told_has_both_texts(file: Path) -> None:
    """A sentence that is written in the code, and not in messages.yml, is found here."""
    strange = [f"{file.name}:{line}: {text}" for text, line in said(file) if not recognised(text)]
    assert strange == []


@pytest.mark.parametrize("code", sorted(_texts()))
def test_both_texts_tell_the_same(code: str) -> None:
    """The Dutch has every hole of the English, is other than it, and the English means itself."""
    english, dutch = _texts()[code]
    assert sorted(_HOLE.findall(english)) == sorted(_HOLE.findall(dutch))
    assert english != dutch
    facts = {name: f"'{name}1'" for name in _HOLE.findall(english)}
    told = _HOLE.sub(lambda hole: facts[hole[1]], english)
    message = recognised(told)
    assert message is not None
    assert message.say("en") == sentence(told)
    assert all(fact in translated(told, "nl") for fact in facts.values())


def test_what_is_within_another_is_translated_too() -> None:
    """A cure within a cure, and a condition within a problem, are in the reader's language."""
    cure = "Did you mean 'months'? Or declare it in slots.yml."
    assert translated(cure, "nl") == "Bedoelt u 'months'? Of voeg het toe aan slots.yml."
    problem = "Condition slots.a( is not an expression: '(' was never closed."
    assert translated(problem, "nl").startswith("Voorwaarde slots.a( is geen voorwaarde")
    assert translated("mapping values are not allowed", "nl") == "mapping values are not allowed"


def test_a_slip_in_a_marked_utterance_is_told_in_dutch() -> None:
    """What owners mistype most: the bracket around what is marked, and the name after it."""
    for mark in ("de [meter](subject", "de [meter", "de [meter] (subject)", "[](x)", "[a](b:)",
                 "[a](:b)", '[a]{"x": 1}', "[a]{x}", '[a]{"entity": "b", "c": "d"}'):  # fmt: skip
        with pytest.raises(AnnotationError) as told:
            read_annotations(mark)
        for said_ in (told.value.problem, told.value.cure):
            message = recognised(said_)
            assert message is not None, said_
            assert message.say("nl") != message.say("en")
    assert translated("the name of the intent is not a text", "nl") == (
        "De naam van intent is geen tekst."
    )
