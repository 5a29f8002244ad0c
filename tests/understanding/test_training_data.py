"""Training data of Rasa 3 is read as Rasa reads it, and what is broken is named with file,
line and cure: never another exception, never silence.
"""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.understanding.annotations import Annotation, AnnotationError, read_annotations
from bot.understanding.training_data import TrainingData, TrainingDataError, load

WHOLE = """\
version: "3.1"
stories:
- story: not our concern
  steps:
  - intent: greet
nlu:
- intent: greet
  examples: |
    - hallo

    - goedemorgen met [Jansen](name)
- intent: faq/meter   # a retrieval intent
  metadata:
    owner: studio
  examples: |
    - wat kost [de gasmeter](subject:meter)
    - van [Gent]{"entity": "city", "role": "from"} naar [Aalst]{"entity": "city", "value": "9300", "role": "to"}
- intent: listed
  examples:
  - text: |
      plain words
    metadata: {sentiment: neutral}
  - more words
- synonym: meter
  examples: |
    - Slimme  Meter
- lookup: city
  examples: |
    - Gent
    - Brugge
- regex: code
  examples: |
    - \\d{4}
"""  # noqa: E501 - an annotation stands on one line


def written(folder: Path, content: str, name: str = "nlu.yml") -> Path:
    file = folder / name
    file.write_text(content, encoding="utf-8")
    return file


def test_everything_that_rasa_allows_is_read(tmp_path: Path) -> None:
    data = load(written(tmp_path, WHOLE))
    assert data.intents == ("faq/meter", "greet", "listed")
    texts = {example.text: example for example in data.examples}
    assert list(texts) == [
        "hallo",
        "goedemorgen met Jansen",
        "wat kost de gasmeter",
        "van Gent naar Aalst",
        "plain words",
        "more words",
    ]
    assert texts["goedemorgen met Jansen"].annotations == (Annotation("name", None, 16, 22),)
    assert texts["wat kost de gasmeter"].annotations == (Annotation("subject", "meter", 9, 20),)
    assert texts["van Gent naar Aalst"].annotations == (
        Annotation("city", None, 4, 8, role="from"),
        Annotation("city", "9300", 14, 19, role="to"),
    )
    assert data.synonyms == {"slimme meter": "meter", "de gasmeter": "meter", "aalst": "9300"}
    assert data.lookups == {"city": ("Gent", "Brugge")}
    assert data.regexes == {"code": (r"\d{4}",)}


def test_every_example_knows_its_line(tmp_path: Path) -> None:
    file = written(tmp_path, WHOLE)
    lines = WHOLE.splitlines()
    for one in load(file).examples:
        assert one.file == file
        assert one.text.split()[0] in lines[one.line - 1]


def test_a_file_name_tells_the_language(tmp_path: Path) -> None:
    for name, text in (("nlu.nl.yml", "ja"), ("nlu.en.yml", "yes"), ("extra.yml", "oui")):
        written(tmp_path, f"nlu:\n- intent: affirm\n  examples: |\n    - {text}\n", name)
    assert {one.text: one.language for one in load(tmp_path).examples} == {
        "ja": "nl",
        "yes": "en",
        "oui": None,
    }


def test_a_folder_is_its_own_files_and_its_data_folder(tmp_path: Path) -> None:
    """Tests, flows and answers beside the training data are not trained on."""
    deep = tmp_path / "data" / "deep"
    held_out = tmp_path / "tests"
    for number, folder in enumerate((tmp_path, deep, held_out)):
        folder.mkdir(parents=True, exist_ok=True)
        written(folder, f"nlu:\n- intent: count\n  examples: |\n    - nummer {number}\n")
    written(tmp_path, "intents:\n- count\n", "domain.yml")
    assert {one.text for one in load(tmp_path).examples} == {"nummer 0", "nummer 1"}


BROKEN = [
    ("half a file", 'nlu:\n- intent: a\n  examples: "\n    - x\n', 5, "indentation"),
    ("tab", "nlu:\n- intent: a\n\texamples: |\n", 3, "indentation"),
    ("forbidden character", "nlu:\n- intent: a\x07\n", 2, "remove"),
    ("no mapping", "- a\n- b\n", 1, "version"),
    ("nlu is a text", "version: '3.1'\nnlu: hello\n", 2, "list"),
    ("item is a text", "nlu:\n- hello\n", 2, "intent"),
    ("unknown item", "nlu:\n- intnet: a\n  examples: |\n    - b\n", 2, "intent"),
    ("unknown key", "nlu:\n- intent: a\n  example: |\n    - b\n", 2, "examples"),
    ("no examples", "nlu:\n- intent: a\n", 2, "examples"),
    ("empty intent", "nlu:\n- intent: a\n  examples: |\n- intent: b\n", 2, "line"),
    ("only hyphens", "nlu:\n- intent: a\n  examples: |\n    -\n    -\n", 2, "line"),
    ("nameless", "nlu:\n- intent:\n  examples: |\n    - a\n", 2, "name"),
    ("name is a list", "nlu:\n- intent: [a]\n  examples: |\n    - a\n", 2, "name"),
    ("examples is a mapping", "nlu:\n- intent: a\n  examples:\n    b: c\n", 4, "examples"),
    ("no hyphen", "nlu:\n- intent: a\n  examples: |\n    - b\n\n    c d\n", 6, "- c d"),
    ("listed without text", "nlu:\n- intent: a\n  examples:\n  - txt: b\n", 4, "text"),
    ("key twice", "nlu:\n- intent: a\n  examples: |\n    - b\n  examples: |\n    - c\n", 5, "one"),
    ("open bracket", "nlu:\n- intent: a\n  examples: |\n    - b\n    - c [d\n", 5, "bracket"),
    ("open entity", "nlu:\n- intent: a\n  examples: |\n    - b\n    - [d](e\n", 5, "[d](entity)"),
    ("pattern", "nlu:\n- regex: a\n  examples: |\n    - \\d\n    - (\n", 5, "pattern"),
    ("empty", "", 1, "intent"),
    ("no intents", "nlu: []\n", 1, "intent"),
]


@pytest.mark.parametrize(("content", "line", "cure"), [b[1:] for b in BROKEN],
                         ids=[b[0] for b in BROKEN])  # fmt: skip
def test_what_is_broken_is_named_with_line_and_cure(
    tmp_path: Path, content: str, line: int, cure: str
) -> None:
    file = written(tmp_path, content)
    with pytest.raises(TrainingDataError) as caught:
        load(file)
    assert (caught.value.file, caught.value.line) == (file, line)
    assert cure.lower() in caught.value.cure.lower()
    assert str(caught.value).startswith(f"{file}:{line}: ")


def test_what_is_not_utf_8_or_not_there_is_named(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yml"
    latin.write_bytes("nlu:\n- intent: caf\xe9\n".encode("latin-1"))
    for path in (latin, tmp_path / "missing.yml"):
        with pytest.raises(TrainingDataError) as caught:
            load(path)
        assert caught.value.file == path


TWICE = """\
nlu:
- intent: stop
  examples: |
    - laat maar
- intent: deny
  examples: |
    - Laat  maar
"""


def test_an_utterance_of_two_intents_is_an_error_that_names_both_places(tmp_path: Path) -> None:
    file = written(tmp_path, TWICE, "nlu.nl.yml")
    with pytest.raises(TrainingDataError) as caught:
        load(file)
    assert caught.value.line == 7
    assert f"{file}:4" in caught.value.problem


def test_in_a_foreign_project_it_is_a_warning_as_in_rasa(tmp_path: Path) -> None:
    data = load(written(tmp_path, TWICE))
    assert len(data.examples) == 2
    assert [conflict.line for conflict in data.conflicts] == [7]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("[a](b", "closed"),
        ("[a]()", "entity"),
        ("[a](b:)", "value"),
        ("[](b)", "words"),
        ("[a] (b)", "space"),
        ('[a]{"entity": "b"', "JSON"),
        ('[a]{"value": "b"}', "entity"),
        ('[a]{"entity": ""}', "entity"),
        ('[a]{"entity": "b", "rol": "c"}', "rol"),
        ("[a]{" + '"entity":{' * 5000, "JSON"),
    ],
)
def test_a_broken_annotation_is_named(line: str, complaint: str) -> None:
    with pytest.raises(AnnotationError) as caught:
        read_annotations(line)
    assert complaint in caught.value.problem


@given(st.text().filter(lambda text: "[" not in text))
@example("kosten (incl. btw) {alles}]")
def test_text_without_annotations_stays_as_it_is(text: str) -> None:
    assert read_annotations(text) == (text, ())


WORDS = st.text("abc é'€", min_size=1, max_size=8).filter(str.strip)
NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)


@given(st.lists(st.tuples(WORDS, WORDS, NAMES, st.none() | NAMES), max_size=4))
def test_annotations_are_found_where_they_stand(
    parts: list[tuple[str, str, str, str | None]],
) -> None:
    line = "".join(
        f"{before}[{words}]({entity}{f':{value}' if value else ''})"
        for before, words, entity, value in parts
    )
    text, found = read_annotations(line)
    assert text == "".join(before + words for before, words, _, _ in parts)
    assert [(text[one.start : one.end], one.entity, one.value) for one in found] == [
        (words, entity, value) for _, words, entity, value in parts
    ]


@given(st.text("[](){}:\"' ab,", max_size=30))
def test_any_line_is_read_or_refused(line: str) -> None:
    try:
        text, found = read_annotations(line)
    except AnnotationError as error:
        assert error.problem
        assert error.cure
    else:
        assert all(text[one.start : one.end].strip() for one in found)


FRAGMENTS = st.sampled_from(
    ["nlu:", "- intent: a", "  examples: |", "    - b", "    - [c](d)", "- synonym: e",
     "version: 3", "  - text: f", "&x", "*x", "<<: *x", "? ", "\t", "'", '"', "[", "{", "---",
     "\ufeff", "\x00"]
)  # fmt: skip


@given(st.lists(FRAGMENTS | st.text(max_size=6), max_size=12), st.sampled_from(["\n", "\r\n", " "]))
def test_any_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], end: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yml"
    file.write_bytes(end.join(parts).encode("utf-8", "surrogatepass"))
    try:
        data: TrainingData | None = load(file)
    except TrainingDataError as error:
        assert error.line >= 1
        assert error.cure
    else:
        assert data
        assert data.examples
