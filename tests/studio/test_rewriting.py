"""Other values go into the lines that say them; comments and all other lines stay as they are."""

import copy
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import ROOT
from handoff.studio import flow_text
from handoff.studio.rewriting import line_of, rewrite, swap, value_of
from handoff.studio.splicing import NotEditable

FLOW = """\
  pay: # by link
    # what it does
    description: Sends a link.
    steps:
      # who calls
      - call: verify # first of all

      # which
      - id: pick
        action: pick_unpaid
        next:
          # nothing there
          - if: slots.unpaid_count == 0 # none
            then: END
          - else: confirm
      - id: confirm
        collect: confirm_link # yes or no
    # the end
"""


def comments(text: str) -> list[str]:
    return sorted(re.findall(r"#.*", text))


def test_a_value_changes_on_its_own_line() -> None:
    """Every line but that one is the same to the sign, its comment included."""
    wanted = value_of(FLOW)
    wanted["pay"]["steps"][0]["call"] = "offer_person"
    wanted["pay"]["steps"][1]["next"][0]["if"] = 'slots.a == "x: y"'
    changed = rewrite(FLOW, wanted)
    before, after = FLOW.splitlines(), changed.splitlines()
    differ = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert differ == [
        ("      - call: verify # first of all", "      - call: offer_person # first of all"),
        (
            "          - if: slots.unpaid_count == 0 # none",
            "          - if: 'slots.a == \"x: y\"' # none",
        ),
    ]
    assert rewrite(FLOW.replace("\n", "\r\n"), wanted) == changed.replace("\n", "\r\n")


def test_items_change_places_with_their_comments() -> None:
    """What stands above an item goes with it; the same again puts it back."""
    swapped = swap(FLOW, ("pay", "steps"), 0)
    assert [next(iter(step)) for step in value_of(swapped)["pay"]["steps"]] == ["id", "call", "id"]
    assert swapped.index("# which") < swapped.index("- id: pick") < swapped.index("# who calls")
    assert comments(swapped) == comments(FLOW)
    assert value_of(swap(swapped, ("pay", "steps"), 0)) == value_of(FLOW)
    with pytest.raises(NotEditable):
        swap(FLOW, ("pay", "steps"), 2)


def test_a_line_is_told_for_each_value() -> None:
    """The line of a key, of an item and of a key in an item is where a reader finds it."""
    lines = FLOW.splitlines()
    for path, shown in (
        (("pay", "description"), "description: Sends"),
        (("pay", "steps", 0), "- call: verify"),
        (("pay", "steps", 1, "next", 1, "else"), "- else: confirm"),
    ):
        assert shown in lines[line_of(FLOW, path) - 1]


scalars = st.one_of(
    st.sampled_from(["no", "yes", "true", "1", "1.5", "", "~", "- x", "a: b", "a # b", "'", '"']),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12),
    st.none(),
    st.booleans(),
    st.integers(-9, 99),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abcde"), inner, max_size=3)
    ),
    max_leaves=8,
)
tables = st.dictionaries(st.sampled_from("abcde"), values, min_size=1, max_size=4)


@given(tables, tables)
def test_whatever_is_asked_is_what_the_text_says_then(old: Any, new: Any) -> None:
    """Any values can be turned into any others, or it is refused; never something else."""
    text = yaml.safe_dump(old, sort_keys=False, allow_unicode=True, default_flow_style=False)
    try:
        assert value_of(text) == old
    except (NotEditable, AssertionError):
        return  # YAML 1.1 wrote what 1.2 reads otherwise
    try:
        changed = rewrite(text, new)
    except NotEditable:
        return
    assert value_of(changed) == new


FILE = (ROOT / "intents" / "flows" / "payments.yml").read_text(encoding="utf-8")
NAMES = sorted(flow_text.read(FILE))


@given(st.sampled_from(NAMES), st.data())
def test_a_key_added_to_any_step_is_all_that_changes(name: str, data: st.DataObject) -> None:
    """In Kalm's own flows a description more leaves every line that was there."""
    cut = flow_text.cut(FILE, name)
    wanted = copy.deepcopy(value_of(cut))
    steps = wanted[name]["steps"]
    step = steps[data.draw(st.integers(0, len(steps) - 1))]
    step["description"] = "why: it's so # really"
    changed = rewrite(cut, wanted)
    assert [line for line in changed.splitlines() if "why" not in line] == cut.splitlines()


@pytest.mark.parametrize(
    "text", ["a: &a\n  b: *a\n", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"]
)
def test_what_stands_for_something_else_is_no_matter_for_a_form(text: str) -> None:
    """A part that holds itself, or grows with every reading, is refused and not followed."""
    with pytest.raises(NotEditable):
        value_of(text)
    assert value_of("a: 2 * 3\n") == {"a": "2 * 3"}
