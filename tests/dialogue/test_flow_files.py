"""A product owner's mistake is told with file, line and cure, before a caller finds it."""

import re
import shutil
from pathlib import Path

import pytest

from bot.dialogue.content import OWN_ANSWERS, Content, ContentError
from bot.dialogue.flow_checks import check_flows
from bot.dialogue.flow_loader import load_flows
from bot.dialogue.flows import Collect, Flow
from bot.dialogue.slots import load_slots
from bot.dialogue.source import read
from tests.dialogue.stage import INTENTS

SLOTS = """\
slots:
  amount: {type: count}
  sure: {type: yes_no}
  known: {type: fact}
"""
ANSWERS = {"ask_amount", "ask_sure", "hello", "too_much"}
ACTIONS = {"pay", "end_call"}


def load(folder: Path, text: str) -> dict[str, Flow]:
    (folder / "slots.yml").write_text(SLOTS, encoding="utf-8")
    (folder / "flows.yml").write_text(text, encoding="utf-8")
    flows = load_flows(read(folder / "flows.yml"), load_slots(read(folder / "slots.yml")))
    check_flows(flows, ANSWERS, ACTIONS)
    return flows


def one_flow(steps: str) -> str:
    return f"flows:\n  transfer:\n    description: Moves money.\n    steps:\n{steps}"


def test_a_flow_in_rasas_syntax_loads(tmp_path: Path) -> None:
    """collect, action, next with if/then/else, call, link, set_slots and noop are understood."""
    flows = load(
        tmp_path,
        """\
flows:
  transfer:
    name: transfer money
    description: Moves money.
    nlu_trigger:
      - intent: transfer_money
    persisted_slots: [known]
    steps:
      - id: amount
        collect: amount
        description: how much
        rejections:
          - if: slots.amount > 100
            utter: utter_too_much
        next:
          - if: slots.amount > 10
            then:
              - collect: sure
                ask_before_filling: true
              - set_slots:
                  - known: yes_it_is
                next: pay
          - else: pay
      - id: pay
        action: pay
      - call: greet
      - noop: true
        next: END
  greet:
    description: Says hello.
    steps:
      - action: utter_hello
""",
    )
    steps = flows["transfer"].steps
    assert list(steps) == [
        "amount", "amount_0_0_collect_sure", "amount_0_1_set_slots", "pay", "2_call_greet",
        "3_noop",
    ]  # fmt: skip
    first = steps["amount"]
    assert isinstance(first, Collect)
    assert first.ask == "ask_amount"
    assert [branch.to for branch in first.next] == ["amount_0_0_collect_sure", "pay"]
    assert steps["amount_0_0_collect_sure"].next[0].to == "amount_0_1_set_slots"


@pytest.mark.parametrize(
    ("steps", "line", "problem", "cure"),
    [
        ("      - colect: amount\n", 5, "does nothing", "collect"),
        ("      - collect: amount\n        uter: x\n", 6, "Unknown key 'uter'", "'utter'"),
        ("      - collect: amont\n", 5, "Unknown slot 'amont'", "'amount'"),
        ("      - collect: known\n", 5, "is a fact", "another type"),
        ("      - action: utter_helo\n", 5, "Unknown answer 'helo'", "'hello'"),
        ("      - action: pai\n", 5, "Unknown action 'pai'", "'pay'"),
        ("      - call: nowhere\n", 5, "Unknown flow 'nowhere'", "transfer"),
        ("      - action: pay\n        next: there\n", 5, "no step of this flow", "END"),
        (
            "      - action: pay\n        next: END\n      - action: utter_hello\n",
            7,
            "never reached",
            "Lead a `next`",
        ),
        (
            "      - id: a\n        action: pay\n      - noop: true\n        next: a\n",
            5,
            "without asking",
            "collect",
        ),
        (
            "      - collect: amount\n        next:\n          - if: slots.amout > 1\n"
            "            then: END\n          - else: END\n",
            7,
            "Unknown slot 'amout'",
            "'amount'",
        ),
        (
            "      - collect: amount\n        next:\n          - if: open('x')\n"
            "            then: END\n          - else: END\n",
            7,
            "not allowed",
            "Example",
        ),
        (
            "      - collect: amount\n        next:\n          - if: slots.amount > 1\n"
            "            then: END\n",
            6,
            "must be `else`",
            "else: END",
        ),
        (
            "      - id: a\n        action: pay\n      - id: a\n        action: pay\n",
            7,
            "Two steps",
            "another id",
        ),
        ("      - set_slots:\n          - unknown: 1\n", 6, "Unknown slot", "slots.yml"),
    ],
)
def test_a_mistake_names_line_and_cure(
    tmp_path: Path, steps: str, line: int, problem: str, cure: str
) -> None:
    """The error tells the file, the line in it, what is wrong, and what to do."""
    with pytest.raises(ContentError) as caught:
        load(tmp_path, one_flow(steps))
    assert caught.value.file == tmp_path / "flows.yml"
    assert caught.value.line == line, str(caught.value)
    assert problem in str(caught.value)
    assert cure in caught.value.cure


def test_yaml_that_is_none_names_its_line(tmp_path: Path) -> None:
    """A slip in the YAML itself is told with its line too."""
    with pytest.raises(ContentError) as caught:
        load(tmp_path, "flows:\n  a: [1, 2\n  b: 3\n")
    assert caught.value.line >= 2


def test_two_flows_may_not_share_an_intent(tmp_path: Path) -> None:
    """An intent that starts two flows is refused."""
    flow = "description: x\n    nlu_trigger:\n      - intent: i\n    steps:\n      - action: pay\n"
    with pytest.raises(ContentError, match="starts both"):
        load(tmp_path, f"flows:\n  a:\n    {flow}  b:\n    {flow}")


@pytest.fixture
def intents(tmp_path: Path) -> Path:
    for part in ("flows", "answers"):
        shutil.copytree(INTENTS / part, tmp_path / part)
    shutil.copy(INTENTS / "ladder.yml", tmp_path)
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("answers/nl.yml", "  go_ahead:", "  go_on:", "'go_on' exists in 'nl' only"),
        ("answers/nl.yml", "{due:date}", "{due:dat}", "no known form"),
        ("answers/nl.yml", "{due:date}", "{deu:date}", "Unknown slot 'deu'"),
        ("answers/nl.yml", "{company_name:name}", "{company_name:name", "brace"),
        ("answers/nl.yml", "op {paid_on:date} binnen", "binnen", "different slots"),
        ("flows/slots.yml", "type: postcode", "type: zipcode", "Unknown slot type 'zipcode'"),
        ("flows/slots.yml", "wish: {type: wish}", "slow: {type: fact}", "Kalm's own"),
        ("flows/people.yml", "  offer_person:", "  offer_human:", "'offer_person'"),
    ],
)
def test_a_mistake_in_the_real_files_is_found(
    intents: Path, file: str, old: str, new: str, problem: str
) -> None:
    """Each kind of slip in answers, slots and flows stops the load with its place."""
    change(intents / file, old, new)
    with pytest.raises(ContentError) as caught:
        Content.load(intents)
    assert problem in str(caught.value)


def test_an_answer_needs_two_wordings(intents: Path) -> None:
    """One wording could be heard twice in a row, so it is refused."""
    for language in ("nl", "en"):
        text = "\n  lonely:\n    - Just this.\n"
        file = intents / "answers" / f"{language}.yml"
        file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    with pytest.raises(ContentError, match="fewer than two wordings"):
        Content.load(intents)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A folder without answers names the file that is not there."""
    with pytest.raises(ContentError, match=r"slots\.yml"):
        Content.load(tmp_path)


def test_every_own_answer_is_demanded(content: Content) -> None:
    """What the code says by name is checked at load, so that it can't be missing in a call."""
    said = set()
    for file in (INTENTS.parent / "bot" / "dialogue").glob("*.py"):
        text = file.read_text(encoding="utf-8")
        said |= set(re.findall(r'(?:say|_aside)\(\s*"([a-z_]+)"', text))
    assert said <= set(OWN_ANSWERS)
    assert set(OWN_ANSWERS) <= content.answers.names


def test_a_question_can_lead_elsewhere_when_it_is_not_understood(tmp_path: Path) -> None:
    """The step after `otherwise` counts as reached; a step that is not there is told."""
    steps = """\
      - collect: sure
        otherwise: {to}
        next: END
      - id: person
        action: utter_hello
"""
    flow = load(tmp_path, one_flow(steps.format(to="person")))["transfer"]
    question = flow.steps[flow.first]
    assert isinstance(question, Collect)
    assert question.otherwise == "person"
    with pytest.raises(ContentError, match=r"flows\.yml:5: .* Did you mean 'person'"):
        load(tmp_path, one_flow(steps.format(to="persn")))
