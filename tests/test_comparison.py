"""What would change is told as it is: worse is worse, better is better, and samples are real."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.comparison import Changed, Comparison, Utterance, compare, held_out
from bot.edition import Edition, Intents, Press
from bot.encoder import SentenceEncoder
from bot.mood.model import Model
from bot.rehearsal import stage
from bot.rehearsal.play import Otherwise
from bot.rehearsal.script import load
from tests.intents_folder import change, small_intents

OTHERWISE = Otherwise("nl/x: y", Path("x.yml"), 3, "dag", "Goedendag.", "expected goodbye")
SAME = Comparison(10, (), 600, 570, 570, real=500)


def changed(old: str, new: str, count: int) -> tuple[Changed, ...]:
    return tuple(Changed(f"zin {number}", "nl", old, new) for number in range(count))


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (replace(SAME, otherwise=(OTHERWISE,)), "1 of 10 conversations"),
        (replace(SAME, right=566), "4 of 600 test utterances fewer"),
        (
            replace(SAME, real_changed=changed("greet", "out_of_scope", 11)),
            "11 of the last 500 real utterances are not understood any more",
        ),
    ],
)
def test_what_is_worse_says_why(found: Comparison, reason: str) -> None:
    """A conversation that fails, fewer understood, more out of scope: each is a reason."""
    assert found.worse
    assert len(found.reasons) == 1
    assert reason in found.reasons[0]


@pytest.mark.parametrize(
    "found",
    [
        SAME,
        replace(SAME, right=600),
        replace(SAME, right=567),
        replace(SAME, right_live=None, right=0),
        replace(SAME, real_changed=changed("greet", "goodbye", 400)),
        replace(
            SAME,
            real_changed=changed("greet", "out_of_scope", 20)
            + changed("out_of_scope", "greet", 12),
        ),
    ],
)
def test_what_is_only_different_is_not_worse(found: Comparison) -> None:
    """The odd utterance may go either way, and a change of intents is shown, not judged."""
    assert found.reasons == []
    assert not found.worse


def test_pairs_are_counted_most_first() -> None:
    """An owner sees first what changes most."""
    found = replace(SAME, real_changed=changed("a", "b", 2) + changed("c", "d", 3))
    assert found.pairs == [("c", "d", 3), ("a", "b", 2)]


async def test_both_editions_are_asked(encoder: SentenceEncoder, tmp_path: Path) -> None:
    """A wish that is taught, and one that is taken away, show in both lists and in the steps."""
    press = Press(encoder, Model.load(), tmp_path / "cache", stage.clock, stage.ZONE)
    folder = small_intents(tmp_path / "intents")
    live = press.make(Intents.read(folder), 1)
    for language, said in (("nl", "hoe laat gaan jullie dicht"), ("en", "what time do you close")):
        change(folder / f"nlu.{language}.yml", said, f"xyzzy {language}")
    change(folder / "nlu.nl.yml", "wanneer zijn jullie open", "plugh")
    change(folder / "nlu.en.yml", "when are you open", "plover")
    candidate: Edition = press.make(Intents.read(folder), None)
    steps: list[tuple[int, int]] = []
    found = await compare(
        live,
        candidate,
        scripts=load(folder),
        unseen=held_out(folder),
        real=[Utterance("wanneer zijn jullie open", "nl"), Utterance("ja graag", "nl")],
        tick=lambda done, total: steps.append((done, total)),
    )
    assert (found.conversations, len(found.otherwise)) == (2, 2)
    assert (found.held_out, found.right_live, found.right) == (2, 2, 0)
    assert [one.wanted for one in found.held_out_changed] == ["opening_hours"] * 2
    [only] = found.real_changed
    assert (only.words, only.old) == ("wanneer zijn jullie open", "opening_hours")
    assert only.new != "opening_hours"
    assert found.worse
    assert steps == [(number, 10) for number in range(1, 11)]
