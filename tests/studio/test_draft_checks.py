"""What the studio tells of a draft is what the bot itself would make of it."""

from pathlib import Path

import pytest

from bot.settings import ROOT
from bot.studio.draft_checks import DraftChecks
from handoff.desk.view import translator
from handoff.studio.checking import Unreadable, Way
from handoff.studio.flow_drawing import draw
from handoff.studio.flow_text import paths, read
from handoff.studio.flows_pages import told_steps
from handoff.studio.folder import read_folder
from tests.intents_folder import small_intents

OWN = read_folder(ROOT / "intents")


@pytest.fixture
def checks(tmp_path: Path) -> DraftChecks:
    return DraftChecks(lambda: None, tmp_path / "cache")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    return read_folder(small_intents(tmp_path / "intents"))


def test_mistakes_are_told_by_file_and_line(checks: DraftChecks, files: dict[str, str]) -> None:
    """Within the intents, whatever folder they were looked at in, with a cure."""
    before = {problem.text for problem in checks.check(files)}
    text = files["answers/nl.yml"].replace(
        '  ask_wish:\n    - "', '  ask_wish:\n    - "{nix:name} '
    )
    found = [p for p in checks.check({**files, "answers/nl.yml": text}) if p.text not in before]
    line = text[: text.index("  ask_wish:")].count("\n") + 1
    assert [(p.file, p.line, p.error) for p in found] == [("answers/nl.yml", line, True)]
    assert "nix" in found[0].text
    assert not any("/tmp" in p.text + p.cure + p.file for p in found)  # noqa: S108


def test_a_caller_hears_filled_in_words(checks: DraftChecks) -> None:
    """Placeholders are filled with values that fit; each form in both languages can be heard."""
    assert checks.heard(OWN, "Het is {open_amount:money}.", "nl").words == "Het is € 84,20."
    assert checks.heard(OWN, "It is {open_amount:money}.", "en").words == "It is €84.20."
    for form in ("date", "time", "moment", "digits", "invoice", "phone", "postcode", "count",
                 "ordinal", "name", "days", "text"):  # fmt: skip
        for language in ("nl", "en"):
            told = checks.heard(OWN, f"{{due:{form}}}", "nl" if language == "nl" else "en")
            assert (told.problem, bool(told.words)) == (None, True), form


@pytest.mark.parametrize(
    ("wording", "named"),
    [
        ("{compny_name:name}", "company_name"),
        ("{due:dat}", "date"),
        ("{due", "brace"),
        ("<b>hallo</b>", "HTML"),
        ("{{ config }}", "template"),
        ("{% for x in y %}", "template"),
        ("${HOME}", "template"),
    ],
)
def test_what_can_t_be_said_is_told(checks: DraftChecks, wording: str, named: str) -> None:
    """An unknown placeholder, one without a form, HTML and templates are refused with a cure."""
    told = checks.heard(OWN, wording, "nl")
    assert told.words == ""
    assert told.problem is not None
    assert named in f"{told.problem.text} {told.problem.cure}"


def test_steps_are_drawn_as_the_bot_takes_them(checks: DraftChecks) -> None:
    """A flow's steps come with what they say and every way on."""
    steps = checks.steps(OWN, "flows/call.yml", "call")
    asks = next(step for step in steps if step.id == "first_wish")
    assert (asks.kind, asks.what, asks.answer) == ("collect", "wish", "ask_wish")
    assert asks.ways == (Way('slots.wish == "none"', "farewell"), Way(None, "another_wish"))
    assert steps[-1].ways == (Way(None, None),)


def test_every_flow_can_be_drawn(checks: DraftChecks) -> None:
    """No box lies on another, every way has an arrow, and all of it is within the drawing."""
    for language in ("nl", "en"):
        t = translator("nl" if language == "nl" else "en")
        for path in paths(OWN):
            for name in read(OWN[path]):
                told = told_steps(checks.steps(OWN, path, name), {}, t)
                drawing = draw(told, "einde")
                for above, below in zip(drawing.boxes, drawing.boxes[1:], strict=False):
                    assert above.y + above.height < below.y
                ways = {(one.step.id, to) for one in told for _, to in one.ways}
                straight = [a for a in drawing.arrows if " H " not in a.path]
                assert len(drawing.arrows) >= len(ways)
                assert len(straight) <= len(told)
                assert all(box.x + box.width < drawing.width for box in drawing.boxes)


def test_a_flow_that_can_t_be_read_is_told_at_its_line(checks: DraftChecks) -> None:
    """The line is that of the file, so that the page can show it."""
    path = "flows/call.yml"
    text = OWN[path].replace("- action: end_call", "- actoin: end_call", 1)
    with pytest.raises(Unreadable) as told:
        checks.steps({**OWN, path: text}, path, "call")
    assert told.value.problem.line == text[: text.index("actoin")].count("\n") + 1
    with pytest.raises(Unreadable):
        checks.steps(OWN, path, "no_such_flow")
