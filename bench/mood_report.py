"""Prints what the words of the mood get right: every figure with its split and its count."""

import csv
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import mood_data as data_of
from mood_data import Row

from bot.encoder import SentenceEncoder
from bot.mood.impression import WordImpression
from bot.mood.words import WordJudge

MAPPED = {
    "target_indiv_nh": "abuse here: at whoever is spoken to",
    "target_group_nh": "hatred of a trade; not asked of us",
    "slur_reclaimed_nh": "a slur of oneself or in praise",
}
"""HateCheck's functionalities that mean something else here than there."""


def report(data: Path) -> None:
    """Judge every set that lies in the folder, and our own suites."""
    judge = WordJudge.load(SentenceEncoder())

    def told(rows: list[Row]) -> list[tuple[Row, WordImpression]]:
        texts = [row.text for row in rows]
        print(f"judging {len(texts)} texts", file=sys.stderr, flush=True)
        # As `kalm mood text` does: nobody tells it the language.
        return list(zip(rows, judge.judge_all(texts, None), strict=True))

    if (data / "convabuse").is_dir():
        valid = told(list(data_of.convabuse(data, "valid")))
        print(f"ConvAbuse valid, {len(valid)} texts: {scores(valid)}")
        print(f"  {without_weak(valid)}")
    if (data / "hatecheck_en").is_dir():
        _hatecheck(told(list(data_of.hatecheck(data))))
    for source, pairs in _by_source(told(list(data_of.angry_labels(data)))).items():
        _false_alarms(source, pairs)
    if (data / "banking77").is_dir():
        with (data / "banking77" / "train.csv").open(newline="", encoding="utf-8") as file:
            calm = [
                Row(one["text"], "banking77", "en", {"abuse": False})
                for one in csv.DictReader(file)
            ]
        _false_alarms("BANKING77 train", told(calm))
    _suites(judge)


def scores(pairs: Iterable[tuple[Row, WordImpression]]) -> str:
    """Return how well abuse was told, in words."""
    counts: dict[tuple[bool, bool], int] = defaultdict(int)
    for row, impression in pairs:
        counts[row.known["abuse"], impression.abuse] += 1
    right, missed, false = counts[True, True], counts[True, False], counts[False, True]
    precision, recall = right / max(right + false, 1), right / max(right + missed, 1)
    f1 = 2 * right / max(2 * right + missed + false, 1)
    return f"abuse F1 {f1:.3f}, precision {precision:.3f}, recall {recall:.3f}"


def without_weak(pairs: Iterable[tuple[Row, WordImpression]]) -> str:
    """Return the same without the abuse that annotators hardly think to be any."""
    pairs = list(pairs)
    clear = [pair for pair in pairs if data_of.WEAK not in pair[0].note]
    weak = [impression.abuse for row, impression in pairs if data_of.WEAK in row.note]
    return f"without {len(weak)} weak ones, of which {sum(weak)} are told: {scores(clear)}"


def by_our_rules(pairs: Iterable[tuple[Row, WordImpression]]) -> str:
    """Return the same with what is no abuse by our own rules counted as none."""
    pairs = list(pairs)
    none = [impression.abuse for row, impression in pairs if data_of.NONE_HERE in row.note]
    ours = [
        (replace(row, known={"abuse": False}) if data_of.NONE_HERE in row.note else row, impression)
        for row, impression in pairs
    ]
    return f"with {len(none)} counted as none, of which {sum(none)} are told: {scores(ours)}"


def _hatecheck(pairs: list[tuple[Row, WordImpression]]) -> None:
    kinds: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for row, impression in pairs:
        kinds[row.note, row.known["abuse"]].append(impression.abuse)
    print(f"HateCheck, {len(pairs)} texts: share that is judged abuse, by functionality")
    for (name, hateful), judged in kinds.items():
        asked = MAPPED.get(name, "hateful: should be" if hateful else "not hateful: should not be")
        print(f"  {name:22} {sum(judged) / len(judged):6.1%} of {len(judged):3}  {asked}")


def _by_source(
    pairs: list[tuple[Row, WordImpression]],
) -> dict[str, list[tuple[Row, WordImpression]]]:
    found: dict[str, list[tuple[Row, WordImpression]]] = defaultdict(list)
    for row, impression in pairs:
        found[row.source].append((row, impression))
    return found


def _false_alarms(source: str, pairs: list[tuple[Row, WordImpression]]) -> None:
    clean = [impression for row, impression in pairs if not row.known["abuse"]]
    abusive = [impression for row, impression in pairs if row.known["abuse"]]
    false = sum(one.abuse for one in clean)
    line = f"{source}: false alarms {false} of {len(clean)} ({false / max(len(clean), 1):.1%})"
    if abusive:
        line += f"; abuse found {sum(one.abuse for one in abusive)} of {len(abusive)}"
    print(line)


def _suites(judge: WordJudge) -> None:
    sys.path.insert(0, str(data_of.ROOT))  # tests are not installed
    from tests.mood.suites import examine

    for language in ("nl", "en"):
        print(f"suite {language}: {examine(judge, language).figures()}")
