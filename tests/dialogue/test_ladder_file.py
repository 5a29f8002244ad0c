"""`intents/ladder.yml` is refused with line and cure where it would take protection away."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from bot.dialogue.content import Content, ContentError
from bot.dialogue.danger import CrisisKind
from bot.dialogue.ladder_rules import SAYS
from bot.events import Language
from tests.dialogue.stage import INTENTS


@pytest.fixture
def intents(tmp_path: Path) -> Iterator[Path]:
    for part in ("flows", "answers"):
        shutil.copytree(INTENTS / part, tmp_path / part)
    shutil.copy(INTENTS / "ladder.yml", tmp_path)
    yield tmp_path


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("insults_taken_lightly: 2", "insults_taken_lightly: 0", "it can be 1 to 5"),
        ("insults_taken_lightly: 2", "insults_taken_lightly: 9", "it can be 1 to 5"),
        ("steps_down_after: 2", "steps_down_after: 0", "it can be 1 to 5"),
        ("steps_down_after: 2", "steps_down_after: yes", "must be a whole number"),
        ("person_offered_at: 2", "person_offered_at: 1", "it can be 2 to 5"),
        ("person_offered_at: 2", "person_offered_at: 2\n  warning_at: 4", "Unknown key"),
        ("ending: hang_up", "ending: hang_up_at_once", "Did you mean 'hang_up'?"),
        ("threat: continue", "threat: ignore", "Use one of"),
        ("threat: continue", "threat: continue\ncrisis: end", "Unknown key 'crisis'"),
        ("  warning: ladder_warning\n", "", "'warning' is missing"),
        ("  boundary: ladder_boundary\n", "", "'boundary' is missing"),
        ("warning: ladder_warning", "warning: ladder_light", "without saying that the call will"),
        ("crisis_life: crisis_life", "crisis_life: crisis_stay", "in danger without a number"),
        ("crisis_stay: crisis_stay", "crisis_stay: crisis_sty", "Did you mean 'crisis_stay'?"),
        ('emergency: "112"', 'emergency: "help"', "is no number"),
        ('helpline_free: "08000113"', 'helpline_free: "1"', "is no number"),
        ("nl: [beëindig, hang ik op, ophangen, verbreek]", "nl: []", "No words in 'nl'"),
        ("  any:\n    answer: complaint_any\n", "", "Topic 'any' is missing"),
    ],
)
def test_what_would_take_protection_away_is_refused(
    intents: Path, old: str, new: str, told: str
) -> None:
    """No warning without its words, no setting beyond its limits, no crisis without numbers."""
    file = intents / "ladder.yml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=r"ladder\.yml:\d+: ") as refused:
        Content.load(intents)
    assert told in str(refused.value)
    assert refused.value.cure


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_warning_in_answers_must_say_what_follows(intents: Path, language: Language) -> None:
    """A wording that is softened until nobody hears the warning in it is refused too."""
    file = intents / "answers" / f"{language}.yml"
    text = file.read_text(encoding="utf-8")
    spoken = {
        "nl": "Dit is een waarschuwing: nog één keer en dan beëindig ik dit gesprek.",
        "en": "This is a warning: once more, and I will end this call.",
    }[language]
    assert spoken in text
    file.write_text(text.replace(spoken, "..."), encoding="utf-8")
    with pytest.raises(ContentError, match="without saying that the call will end"):
        Content.load(intents)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_everything_the_ladder_says_has_three_wordings(
    content: Content, language: Language
) -> None:
    """Whoever is angry hears the same words last of all; and short ones, for more follows."""
    says = content.ladder.says
    names = {getattr(says, step) for step in SAYS}
    led_over = {
        *(says.light, says.soothe, says.apology, says.apology_short, says.pressure),
        *(says.thanks, says.vulnerable, says.measure),
        *content.ladder.acknowledge.values(),
    }
    for name in names | led_over:
        texts = content.answers.texts(name, language)
        assert len(texts) >= 3, name
        for text in texts:
            sentences = [part for part in text.replace("?", ".").split(".") if part.strip()]
            most = 3 if name == says.end else 1 if name in led_over else 2
            assert len(sentences) <= most, text


def test_every_kind_of_danger_has_its_words() -> None:
    """What `crisis_kind` can tell, the ladder can say."""
    for kind in get_args(CrisisKind):
        assert f"crisis_{kind}" in SAYS


@pytest.mark.parametrize("language", ["nl", "en"])
def test_an_end_leaves_a_way_back(content: Content, language: Language) -> None:
    """Who is hung up on hears that calling again is welcome, and another way."""
    for text in content.answers.texts(content.ladder.says.end, language):
        assert ("morgen" if language == "nl" else "tomorrow") in text.lower()
        assert ("schrij" if language == "nl" else "write") in text.lower()
