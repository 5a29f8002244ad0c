"""Rules can be changed by their owner, but never so that they harm who is in need."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from handoff.rules import Rules, load, own_rules

DOCS = Path(__file__).parents[2] / "docs" / "incidents.md"


def changed(**by: Any) -> dict[str, Any]:
    return {**own_rules().model_dump(mode="json"), **by}


@pytest.mark.parametrize(
    ("by", "told"),
    [
        ({"care": ["crisis"]}, "care must name vulnerable"),
        ({"care": []}, "care must name crisis, vulnerable"),
        ({"days": {"trained_team": 30}}, "how long each measure lasts"),
        ({"days": {"trained_team": 800, "warning_on_file": 30}}, "longest_days"),
        ({"days": {"trained_team": 0, "warning_on_file": 30}}, "greater than or equal to 1"),
        ({"proposals": []}, "must fit always"),
        ({"proposals": [{"name": "x", "ended": True, "propose": ["note"]}]}, "must fit always"),
        ({"proposals": [{"name": "x", "propose": ["jail"]}]}, "Input should be"),
        ({"levels": {"urgent": ["rudeness"], "high": []}}, "Input should be"),
        ({"prison": 1}, "Extra inputs"),
    ],
)
def test_what_rules_can_not_say(by: dict[str, Any], told: str) -> None:
    """A mistake in the file is told when it is read, not when a caller meets it."""
    with pytest.raises(ValidationError, match=told):
        Rules.model_validate(changed(**by))


def test_a_rule_against_someone_in_need_is_passed_over() -> None:
    """Whatever the file proposes for a crisis, only what may be decided is proposed."""
    rules = Rules.model_validate(changed(proposals=[{"name": "all", "propose": ["letter"]}]))
    proposal = rules.proposal("crisis", "urgent", ended=True, ages=())
    assert proposal.propose == ("note",)
    assert rules.proposal("threat", "urgent", ended=False, ages=()).propose == ("letter",)


def test_a_file_is_read(tmp_path: Path) -> None:
    """What was written is what is read."""
    file = tmp_path / "incidents.yml"
    file.write_text(yaml.safe_dump(changed(high_from_reports=5)))
    assert load(file).high_from_reports == 5


def test_ninety_days_are_ninety_days() -> None:
    """An earlier incident counts up to and including the last day."""
    rules = own_rules()
    for age, name in [
        (timedelta(days=90), "second_time"),
        (timedelta(days=90, seconds=1), "heavy"),
    ]:
        assert rules.proposal("blackmail", "high", ended=False, ages=(age,)).name == name


def test_the_docs_tell_the_lengths() -> None:
    """A supervisor reads the numbers that hold."""
    told, rules = DOCS.read_text(encoding="utf-8"), own_rules()
    assert f"| {rules.days['warning_on_file']} days |" in told
    assert f"| {rules.days['trained_team']} days |" in told
    assert rules.longest_days == 2 * 365
    assert "at most two years" in told
    assert (rules.high_from_reports, "three times in one call" in told) == (3, True)
