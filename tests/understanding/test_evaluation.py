"""An evaluation counts each unseen utterance once, never one that was trained on, and its
figures are what a reader would work out by hand.
"""

from pathlib import Path

import pytest

from bot.encoder import plain
from bot.events import Candidate
from bot.understanding.evaluation import Judged, dealt, report
from bot.understanding.meaning import OUT_OF_SCOPE, Meaning
from bot.understanding.training_data import Example, TrainingData


def said(text: str, intent: str) -> Example:
    return Example(text, intent, (), None, Path("nlu.yml"), 1)


def judged(intent: str, taken_for: str, confidence: float, best: float | None = None) -> Judged:
    ranking = (Candidate(intent="any", confidence=confidence if best is None else best),)
    return Judged(said("x", intent), Meaning("x", "nl", taken_for, confidence, (), ranking))


def test_accuracy_f1_and_confusions_are_those_of_the_definition() -> None:
    rows = [
        judged("pay", "pay", 1.0),
        judged("pay", "pay", 1.0),
        judged("pay", "visit", 1.0),
        judged("visit", "visit", 1.0),
        judged("rare", OUT_OF_SCOPE, 1.0),
    ]
    found = report(rows, {"pay", "visit", "rare"})
    assert (found.n, found.accuracy) == (5, 0.6)
    # pay: precision 1, recall 2/3; visit: precision 1/2, recall 1; rare: never found.
    assert found.macro_f1 == pytest.approx((0.8 + 2 / 3 + 0) / 3)
    assert [(one.intent, one.taken_for, one.n) for one in found.confusions] == [
        ("pay", "visit", 1),
        ("rare", OUT_OF_SCOPE, 1),
    ]


def test_calibration_is_how_far_confidence_is_from_what_it_promises() -> None:
    rows = [judged("a", "a", 0.95)] * 3 + [judged("a", "b", 0.95)] + [judged("a", "b", 0.25)] * 4
    found = report(rows, {"a", "b"})
    assert found.ece == pytest.approx((4 * 0.2 + 4 * 0.25) / 8)
    assert [(band.n, band.accuracy) for band in found.reliability] == [(4, 0.0), (4, 0.75)]


def test_strangers_are_told_apart_by_confidence_only_where_none_were_trained_on() -> None:
    ours = [judged("a", "a", 0.9), judged("a", "b", 0.4)]
    strangers = [judged(OUT_OF_SCOPE, "a", 0.5), judged(OUT_OF_SCOPE, "a", 0.3)]
    found = report(ours + strangers, {"a", "b"})
    assert found.oos_auroc == 0.75  # of four pairs, one is the wrong way round
    assert (found.n, found.accuracy) == (2, 0.5)
    taught = report(ours + strangers, {"a", "b", OUT_OF_SCOPE})
    assert (taught.n, taught.oos_auroc) == (4, None)
    assert report(ours, {"a", "b"}).oos_auroc is None


def test_folds_test_each_utterance_once_and_train_on_no_spelling_of_it() -> None:
    rows = [said(f"{'Pay' if i % 2 else 'pay'} {i // 2}!", "pay") for i in range(40)]
    rows += [said(f"come {i}", "visit") for i in range(7)]
    folds = list(dealt(TrainingData(tuple(rows)), 5))
    assert sorted(id(one) for _, test in folds for one in test) == sorted(map(id, rows))
    for training, test in folds:
        assert {plain(one.text) for one in training.examples}.isdisjoint(
            plain(one.text) for one in test
        )
        assert len(training.examples) + len(test) == len(rows)
        assert 1 <= sum(one.intent == "visit" for one in test) <= 2
