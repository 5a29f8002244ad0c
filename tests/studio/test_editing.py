"""A form changes its own part of a file and not one sign besides."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.settings import ROOT
from handoff.studio import flow_text, utterance_list, wordings
from handoff.studio.parts import AnswerPart, FlowPart, IntentPart, WholeFile
from handoff.studio.splicing import NotEditable

words = (
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=6)
    | st.sampled_from(["- x", "# y", "a: b", '"', "'", "\\", "[m](subject:meter)", "{", "🙂", "|"])
)  # fmt: skip
lists = st.lists(
    st.lists(words, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=5, unique=True
).filter(lambda found: all(each == " ".join(each.split()) for each in found))

NLU = """# van Sem
version: "3.1"

nlu:
# over groeten
- intent: greet   # kort
  examples: |
    - hallo
    -   hoi   daar

    - "dag"
# en weg
- intent: goodbye
  examples: |
    - doei
    - [morgen](day) weer

- synonym: meter
  examples: |
    - de meter
"""
ANSWERS = """# van Sem
answers:
  # het gesprek
  hello:
    - "Hallo, met {company_name:name}."   # kort
    # nog een
    - 'Dag, ''s morgens'
    - Goedendag
  other:
    language: en
    wordings:
      - "English is fine."
      - "You can also
         speak English."
  last:
    - "a"
    - "b"
"""
FLOWS = """# van Sem
flows:
  one:
    description: Doet iets.
    nlu_trigger:
      - intent: greet
    steps:
      - action: utter_hello   # kort

  # van twee
  two:
    description: >
      Doet
      meer.
    steps:
      # eerst dit
      - action: utter_other
# einde
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@settings(deadline=None)
@given(wanted=lists)
def test_utterances_are_exchanged_alone(end: str, wanted: list[str]) -> None:
    """New utterances are read back as written; all around them stays, byte by byte."""
    text = NLU.replace("\n", end)
    head, tail = text.split(f"  examples: |{end}    - hallo")[0], text[text.index("# en weg") :]
    changed = utterance_list.write(text, "greet", wanted)
    assert changed.startswith(head + "  examples: |" + end)
    assert changed.endswith(tail)
    assert list(utterance_list.read(changed)["greet"].texts) == wanted
    assert utterance_list.read(changed)["goodbye"].texts == ("doei", "[morgen](day) weer")


def test_utterances_that_stay_keep_their_line() -> None:
    """Taking one out, or adding one, changes one line."""
    kept = IntentPart("greet").read(NLU).splitlines()
    assert kept == ["hallo", "hoi   daar", '"dag"']
    assert utterance_list.write(NLU, "greet", kept) == NLU
    assert utterance_list.write(NLU, "greet", kept[1:]) == NLU.replace("    - hallo\n", "")
    more = NLU.replace('    - "dag"\n', '    - "dag"\n    - hé\n')
    assert utterance_list.write(NLU, "greet", [*kept, "hé", " ", "hé"]) == more


def test_a_new_intent_goes_to_the_end() -> None:
    """Of a file with others, of an empty one, and of one without a last line end."""
    for text in (NLU, "", NLU.rstrip("\n")):
        changed = utterance_list.write(text, "thanks", ["bedankt"])
        assert changed.startswith(text)
        assert utterance_list.read(changed)["thanks"].texts == ("bedankt",)
    with pytest.raises(NotEditable):
        utterance_list.write(NLU, "No Name", ["x"])


@settings(deadline=None)
@given(wanted=lists)
def test_wordings_are_exchanged_alone(wanted: list[str]) -> None:
    """New wordings are read back as written; other answers, comments and order stay."""
    for name in ("hello", "other", "last"):
        before = wordings.read(ANSWERS)
        changed = wordings.write(ANSWERS, name, wanted)
        after = wordings.read(changed)
        assert list(after[name].texts) == wanted
        assert {n: a.texts for n, a in after.items() if n != name} == {
            n: b.texts for n, b in before.items() if n != name
        }
        start, end = _lines_of(ANSWERS, name)
        assert changed.startswith(start)
        assert changed.endswith(end)


def _lines_of(text: str, name: str) -> tuple[str, str]:
    """Return what stands before the list of an answer, and after it."""
    names = list(wordings.read(text))
    head = text[: text.index(f"  {name}:\n") + len(f"  {name}:\n")]
    following = names[names.index(name) + 1 :]
    return head, text[text.index(f"  {following[0]}:\n") :] if following else ""


def test_wordings_that_stay_keep_quotes_and_comments() -> None:
    """Changing one of three leaves the other two as they are written."""
    kept = AnswerPart("hello").read(ANSWERS).splitlines()
    assert AnswerPart("hello").write(ANSWERS, "\n".join(kept)) == ANSWERS
    changed = AnswerPart("hello").write(ANSWERS, "\n".join([kept[0], kept[1], "Welkom"]))
    assert changed == ANSWERS.replace("- Goedendag", '- "Welkom"')
    first = AnswerPart("hello").write(ANSWERS, "\n".join(["Hoi", *kept[1:]]))
    assert first == ANSWERS.replace('"Hallo, met {company_name:name}."', '"Hoi"')


def test_a_flow_is_cut_out_and_put_back() -> None:
    """Its own lines, with the comments within; those before the next flow stay with that one."""
    assert flow_text.read(FLOWS)["one"].triggers == ("greet",)
    assert flow_text.cut(FLOWS, "one").endswith("utter_hello   # kort\n")
    assert flow_text.cut(FLOWS, "two").startswith("  two:\n")
    assert "# eerst dit" in flow_text.cut(FLOWS, "two")
    assert "# einde" not in flow_text.cut(FLOWS, "two")
    for name in ("one", "two"):
        assert FlowPart(name).write(FLOWS, FlowPart(name).read(FLOWS)) == FLOWS
        crlf = FLOWS.replace("\n", "\r\n")
        assert FlowPart(name).write(crlf, FlowPart(name).read(crlf)) == crlf
    changed = flow_text.put(FLOWS, "one", "  one:\n    steps: []")
    assert flow_text.read(changed).keys() == {"one", "two"}
    assert changed.endswith(FLOWS[FLOWS.index("\n  # van twee") :])


@settings(deadline=None)
@given(st.text(alphabet="-:[]{}|>\"'#&*!%@`a b\n\t\r\x85\u2028", max_size=40))
def test_no_text_breaks_a_form(text: str) -> None:
    """Whatever a file holds, a part can be read, or the file has to be edited as a whole."""
    for part in (IntentPart("a"), AnswerPart("a"), FlowPart("a")):
        try:
            part.write(text, part.read(text))
        except NotEditable:
            continue
    assume("\r" not in text)
    assert WholeFile().write(text, WholeFile().read(text)) == text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_kalms_own_content_can_be_edited_by_form(language: str) -> None:
    """Every intent, answer and flow of Kalm's own is read, and written back without a change."""
    nlu = (ROOT / "intents" / f"nlu.{language}.yml").read_text(encoding="utf-8")
    for intent, found in utterance_list.read(nlu).items():
        assert found.editable, intent
    assert utterance_list.write(nlu, "greet", list(utterance_list.read(nlu)["greet"].texts)) == nlu
    answers = (ROOT / "intents" / "answers" / f"{language}.yml").read_text(encoding="utf-8")
    names = list(wordings.read(answers))
    for name in names[:3] + names[-3:]:
        part = AnswerPart(name)
        assert part.write(answers, part.read(answers)) == answers
    for file in sorted((ROOT / "intents" / "flows").glob("*.yml")):
        if file.name == "slots.yml":
            continue
        text = file.read_text(encoding="utf-8")
        for name in flow_text.read(text):
            assert FlowPart(name).write(text, FlowPart(name).read(text)) == text
