"""Whatever is wrong in an intents folder is told with file, line and cure, and nothing breaks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.checks.finding import Finding
from bot.checks.folder import KALMS_OWN, Checked, check
from bot.dialogue.reflexes import Reflexes
from bot.edition import BROKEN, Intents
from bot.encoder import SentenceEncoder
from bot.settings import ROOT
from bot.understanding.training_data import MOST
from tests.intents_folder import change, small_intents

TIDY = {"utterances", "has no utterances"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_intents(tmp_path / "intents")


def looked_at(folder: Path, encoder: SentenceEncoder | None = None) -> Checked:
    return check(folder, encoder, folder.parent / "cache")


def add(file: str, text: str) -> Callable[[Path], None]:
    def do(folder: Path) -> None:
        with (folder / file).open("a", encoding="utf-8") as opened:
            opened.write(text)

    return do


def turn(file: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: change(folder / file, old, new)


def pattern(text: str) -> Callable[[Path], None]:
    return add("nlu.en.yml", f"- regex: goods\n  examples: |\n    - {text}\n")


def flow(name: str, steps: str) -> str:
    return f"  {name}:\n    description: x\n    steps:\n{steps}"


def twice(text: str) -> Callable[[Path], None]:
    """Give both languages an answer whose wordings hold a text."""

    def do(folder: Path) -> None:
        for language in ("nl", "en"):
            wording = f"\n  odd:\n    - 'One {text}'\n    - 'Two {text}'\n"
            add(f"answers/{language}.yml", wording)(folder)

    return do


def test_a_folder_in_order_has_no_errors(folder: Path) -> None:
    """Kalm's own answers and flows with few utterances: no error, and warnings that say so."""
    checked = looked_at(folder)
    assert checked.errors == []
    assert all("utterances" in found.problem for found in checked.warnings)
    assert checked.content is not None
    assert checked.training_data is not None


@pytest.mark.parametrize(
    ("spoil", "level", "file", "problem"),
    [
        (add("flows/call.yml", "\n  a: [1, 2\n"), "error", "flows/call.yml", "YAML"),
        (add("nlu.nl.yml", "- intent: x\n"), "error", "nlu.nl.yml", "no examples"),
        (add("nlu.nl.yml", "\t- x: {\n"), "error", "nlu.nl.yml", "YAML"),
        (add("nlu.en.yml", "[" * 9999), "error", "nlu.en.yml", "YAML"),
        (add("ladder.yml", "\nx: " + "[" * 9999), "error", "ladder.yml", "YAML"),
        (turn("nlu.nl.yml", "- dat klopt", "- nee dank u"), "error", "nlu.nl.yml", "example of"),
        (turn("answers/nl.yml", "  go_ahead:", "  go_on:"), "error", "answers/nl.yml", "'nl' only"),
        (turn("flows/call.yml", "utter_greeting", "utter_greting"), "error", "call.yml", "greting"),
        (turn("flows/verify.yml", "collect: ", "collect: x"), "error", "verify.yml", "slot 'x"),
        (turn("answers/nl.yml", "  tariff: ", "  tarif: "), "warning", "contract.yml", "no name"),
        (turn("answers/en.yml", "  tariff: ", "  tarif: "), "warning", "en.yml", "'tarif' is no"),
        (turn("answers/en.yml", "our address", "becoming a customer"), "warning", "en.yml", "same"),
        (turn("answers/en.yml", "topics:", "answers2:"), "error", "en.yml", "answers2"),
        (twice("<b>now</b>"), "error", "answers/nl.yml", "'<b>'"),
        (twice("&nbsp;"), "error", "answers/en.yml", "&nbsp;"),
        (twice("{{ caller }}"), "error", "answers/nl.yml", "'{{'"),
        (twice("${caller}"), "error", "answers/nl.yml", "'${'"),
        (twice("🙂"), "warning", "answers/nl.yml", "SLIGHTLY SMILING FACE"),
        (twice("مرحبا"), "warning", "answers/nl.yml", "ARABIC"),
        (twice("a\u202eb"), "error", "answers/nl.yml", "RIGHT-TO-LEFT OVERRIDE"),
        (turn("nlu.nl.yml", "- ja graag", "- 🙂🙂"), "warning", "nlu.nl.yml", "no words"),
        (pattern("(a|aa)+$"), "error", "nlu.en.yml", "too long"),
        (pattern("(["), "error", "nlu.en.yml", "not a regular expression"),
        (
            add("flows/office.yml", flow("round", "      - noop: true\n      - call: round\n")),
            "error", "flows/office.yml", "round -> round",
        ),
        (
            add(
                "flows/office.yml",
                flow("ping", "      - link: pong\n") + flow("pong", "      - call: ping\n"),
            ),
            "error", "flows/office.yml", "without a question",
        ),
        (
            turn("tests/conversations/nl/hours.yml", "says: hours", "says: hourss"),
            "error", "hours.yml", "Unknown answer 'hourss'",
        ),
        (
            turn("tests/conversations/en/hours.yml", "caller: when", "calller: when"),
            "error", "hours.yml", "calller",
        ),
        (
            lambda folder: (folder / "tests/conversations/en/hours.yml").unlink(),
            "warning", "nl/hours.yml", "one language only",
        ),
        (
            add("nlu.nl.yml", "- intent: dance\n  examples: |\n    - dans met mij\n"),
            "warning", "nlu.nl.yml", "no utterances in 'en'",
        ),
        (
            add("nlu.nl.yml", "- intent: dance\n  examples: |\n    - dans met mij\n"),
            "warning", "nlu.nl.yml", "nothing comes of intent 'dance'",
        ),
        (add("domain.yml", "intents: [affirm, danse]\n"), "warning", "domain.yml", "'danse'"),
        (
            lambda folder: (folder / "picture.png").write_bytes(b"\x89PNG\0") and None,
            "error", "picture.png", "no text",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_cure(
    folder: Path, spoil: Callable[[Path], None], level: str, file: str, problem: str
) -> None:
    """The finding names the file, a line that is in it, what is wrong and what to do."""
    spoil(folder)
    found = [
        one
        for one in looked_at(folder).findings
        if problem in one.problem and one.file.as_posix().endswith(file)
    ]
    assert found, [str(one) for one in looked_at(folder).findings]
    assert {one.level for one in found} == {level}
    for one in found:
        content = one.file.read_bytes()
        assert 1 <= one.line <= content.count(b"\n") + 1
        assert one.cure
        assert str(one).startswith(f"{one.file}:{one.line}: {level}: ")


def test_one_mistake_does_not_hide_the_next(folder: Path) -> None:
    """Mistakes in four files are told at once."""
    change(folder / "nlu.nl.yml", "- ja graag", "- [ja graag")
    change(folder / "nlu.en.yml", "- yes please", "- [yes please")
    (folder / "ladder.yml").write_text("a: [")
    (folder / "flows" / "office.yml").write_text("flows: [")
    names = {one.file.name for one in looked_at(folder).errors}
    assert {"nlu.nl.yml", "nlu.en.yml", "ladder.yml", "office.yml"} <= names


def test_a_flow_that_asks_on_its_way_round_is_no_loop(folder: Path) -> None:
    """Who comes back to a flow by way of a question goes round as often as they like."""
    steps = "      - collect: wish\n        utter: utter_ask_wish\n      - call: asks\n"
    text = (folder / "answers" / "nl.yml").read_text(encoding="utf-8")
    ask = "anything_else" if "  anything_else:" in text else "go_ahead"
    add("flows/office.yml", flow("asks", steps.replace("ask_wish", ask)))(folder)
    assert looked_at(folder).errors == []


def test_near_duplicates_of_two_intents_are_told_with_both_places(
    folder: Path, encoder: SentenceEncoder
) -> None:
    """Two utterances that mean the same for two intents are named; within one intent they may."""
    change(folder / "nlu.nl.yml", "- dat klopt", "- ja graag hoor")
    change(folder / "nlu.nl.yml", "- nee dank u", "- Hoe laat gaan jullie dicht?")
    found = [one for one in looked_at(folder, encoder).warnings if "nearly the same" in one.problem]
    assert len(found) == 1
    assert "'Hoe laat gaan jullie dicht?' (deny)" in found[0].problem
    assert "(opening_hours, nlu.nl.yml:" in found[0].problem


def test_too_many_utterances_are_refused_with_a_cure(folder: Path) -> None:
    """Ten thousand utterances neither hang the start nor are learned from: the word is clear."""
    lines = "".join(f"    - zin nummer {number}\n" for number in range(10_000))
    add("nlu.nl.yml", f"- intent: many\n  examples: |\n{lines}")(folder)
    [found] = [one for one in looked_at(folder).errors if "can't be learned from" in one.problem]
    assert "10016 utterances" in found.problem
    assert str(MOST) in found.problem
    with pytest.raises(BROKEN, match="can't be learned from"):
        Intents.read(folder)


def test_kalms_own_folder_has_no_errors() -> None:
    """What is shipped passes its own checks."""
    found = check(ROOT / "intents", None, Path())
    assert found.errors == []
    assert [one for one in found.warnings if not _of_rasa(one)] == []


def _of_rasa(one: Finding) -> bool:
    return one.file.name == "domain.yml"


def test_every_reflex_is_among_kalms_own_intents() -> None:
    """An intent to which Kalm reacts by itself is not told as one that nothing comes of."""
    source = (ROOT / "bot" / "dialogue" / "reflexes.py").read_text(encoding="utf-8")
    start = source.index("_reactions: dict")
    names = {
        part.split('"')[1] for part in source[start:].split("}")[0].split("\n") if '": ' in part
    }
    assert names, Reflexes
    assert names <= KALMS_OWN


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("answers/nl.yml", "answers:\n  ? [a]\n  : [b]\n"),
        ("answers/nl.yml", "answers:\n  goodbye: [1, [x], null]\n  3: x\n"),
        ("domain.yml", "intents:\n  - [a]\n  - {}\n  - {a: b}\n"),
        ("domain.yml", "intents: {a: b}\n"),
    ],
)
def test_no_layout_stops_the_look(folder: Path, file: str, text: str) -> None:
    """What stands where nobody expects it is told, or passed over, and the rest is looked at."""
    (folder / file).write_text(text, encoding="utf-8")
    (folder / "ladder.yml").write_text("a: [\n", encoding="utf-8")
    assert "ladder.yml" in {one.file.name for one in looked_at(folder).errors}
