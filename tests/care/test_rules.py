"""The rules of care are checked, and a mistake is told with its line."""

from pathlib import Path

import pytest

from handoff.care.rules import DEFAULT, load_rules, own_rules
from handoff.rule_file import RuleFileError


def test_heavier_calls_bring_longer_breaks() -> None:
    """From the table, the last line that is reached."""
    rules = own_rules().pause
    lengths = [rules.length(points) for points in (0, 2, 3.9, 4, 6, 7, 40)]
    assert lengths == sorted(lengths)
    assert lengths == [5, 5, 5, 10, 10, 20, 20]


def test_every_step_is_said_in_both_languages_with_the_name() -> None:
    """And about nobody where there is nobody."""
    for item in own_rules().protocol.items:
        for language in ("nl", "en"):
            assert ("Ana" in item.text(language, "Ana")) == (item.of == "agent")
            assert "{" not in item.text(language, "Ana")


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("minutes: 10}", "minutes: -1}", "line 9: break.minutes.1.minutes"),
        ("{points: 4,", "{points: 1,", "must rise from line to line"),
        ("name: relieve", "name: speak", "two items have the name speak"),
        ("least_calls: 20", "least_calls: 5", "weekly.least_calls"),
        ("least_weeks: 4", "least_weeks: 2", "weekly.least_weeks"),
        ("signs: [threat, crisis]", "signs: [crisis]", "police names a sign"),
        ("en: Decide on the incident", "en: Ask {agent}", "decided is of the incident"),
        ("answer_minutes: 3", "answer_minuts: 3", "line 4: break.answer_minutes"),
        ("weekly:", "weekly: [", "Mend the YAML"),
    ],
)
def test_a_mistake_is_told_where_it_is(tmp_path: Path, was: str, becomes: str, told: str) -> None:
    """With the file, the line and what is wrong."""
    text = DEFAULT.read_text(encoding="utf-8")
    assert was in text
    file = tmp_path / "care.yml"
    file.write_text(text.replace(was, becomes), encoding="utf-8")
    with pytest.raises(RuleFileError) as error:
        load_rules(file)
    assert told in str(error.value)
    assert f"{file}, line " in str(error.value)


def test_nothing_can_be_told_of_few_calls_whatever_the_file_says() -> None:
    """Twenty calls and four weeks are the least; a file can ask for more, never for less."""
    weekly = own_rules().weekly
    assert weekly.least_calls >= 20
    assert weekly.least_weeks >= 4
