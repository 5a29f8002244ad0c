"""Scorecard: what must be reached, what was measured, and what a stock bot does.

Each bar is one function of the figures that the measurements write as JSON. What was not
measured is None and says so; nothing is filled in.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Results = Mapping[str, Mapping[str, Any]]
"""By measurement: speed, hearing, interruptions. What was not run is not there."""

SPEED = "python bench/speed.py"
HEARING = "python bench/hearing.py --data FOLDER"
INTERRUPTIONS = "python bench/interruptions.py"
PROFILED = ("pause", "turn_end", "words", "meaning", "decided", "sound", "first_sound")
"""Stages that are moments; `company` is a duration within them."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    measure: str
    bar: str
    value: str
    met: bool | None
    """None: not measured."""
    peer: str = ""
    ratio: str = ""
    command: str = ""

    @property
    def verdict(self) -> str:
        """Say whether the bar is reached."""
        return {True: "reached", False: "missed", None: "not measured"}[self.met]


def rows(results: Results) -> list[Row]:
    """Return a row a bar."""
    return [
        _answers(results, 1, 0.6, 1.0),
        _against_peer(results),
        _answers(results, 3, 0.8, 1.3),
        *_eight(results),
        *_recognition(results),
        *_interruptions(results),
        _start(results),
    ]


def profile(stages: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean seconds that each stage added to a turn.

    A stage that was reached before another was waited for adds nothing: words that were there
    before the turn was over cost no time.

    Args:
        stages: Of each turn, seconds from the caller's last sound to each stage.
    """
    whole = [turn for turn in stages if "first_sound" in turn]
    added = dict.fromkeys(PROFILED, 0.0)
    for turn in whole:
        at = 0.0
        reached = [name for name in PROFILED if name in turn]
        for name in sorted(reached, key=lambda name: turn[name]):
            if turn[name] <= turn["first_sound"]:
                added[name] += max(0.0, turn[name] - at)
                at = max(at, turn[name])
    return {name: seconds / len(whole) for name, seconds in added.items()} if whole else {}


def growth(results: Results) -> list[dict[str, float]]:
    """Return Kalm's rows by number of calls, those with answers."""
    measured = [each for each in _measured(results) if each["bot"] == "Kalm" and each["answers_s"]]
    return sorted(measured, key=lambda each: int(each["calls"]))


def stages(results: Results) -> list[Mapping[str, float]]:
    """Return the stages of the turns of Kalm's single calls, or of all when there are none."""
    ours = growth(results)
    single = [turn for each in ours if each["calls"] == 1 for turn in _stages(each)]
    return single or [turn for each in ours for turn in _stages(each)]


def _stages(row: Mapping[str, Any]) -> list[Mapping[str, float]]:
    found: list[Mapping[str, float]] = row.get("stages", [])
    return found


def _measured(results: Results) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = results.get("speed", {}).get("measured", [])
    return found


def _calls(results: Results, bot: str, calls: int) -> dict[str, Any] | None:
    rows = [each for each in _measured(results) if (each["bot"], each["calls"]) == (bot, calls)]
    return rows[0] if rows else None


def _answers(results: Results, calls: int, p50: float, p95: float) -> Row:
    ours, theirs = (_calls(results, bot, calls) for bot in ("Kalm", "stock pipecat"))
    name = "one call" if calls == 1 else f"{calls} calls at once"
    measure, bar = f"last to first sound, {name}", f"p50 <= {p50} s, p95 <= {p95:.1f} s"
    if ours is None:
        return Row(measure, bar, "not measured", None, command=SPEED)
    met = ours["p50_s"] <= p50 and ours["p95_s"] <= p95 and not _trouble(ours)
    value = f"{_two(ours)}{_trouble(ours)}"
    peer = _two(theirs) if theirs else ""
    ratio = f"{ours['p50_s'] / theirs['p50_s']:.2f}" if theirs else ""
    return Row(measure, bar, value, met, peer, ratio, SPEED)


def _trouble(row: Mapping[str, Any]) -> str:
    told = {"unanswered": row["unanswered"], "lost": len(row["lost"])}
    return "".join(f", {count} {what}" for what, count in told.items() if count)


def _two(row: Mapping[str, Any]) -> str:
    if math.isnan(row["p50_s"]):
        return "no answer"
    return f"{row['p50_s']:.2f} s, {row['p95_s']:.2f} s"


def _against_peer(results: Results) -> Row:
    ours, theirs = (_calls(results, bot, 1) for bot in ("Kalm", "stock pipecat"))
    measure, bar = "the same, against a stock pipecat bot", "<= 1/4 of its p50"
    if ours is None or theirs is None:
        return Row(measure, bar, "not measured", None, command=SPEED)
    ratio = ours["p50_s"] / theirs["p50_s"]
    values = f"{ours['p50_s']:.2f} s", f"{theirs['p50_s']:.2f} s"
    return Row(measure, bar, values[0], ratio <= 0.25, values[1], f"{ratio:.2f}", SPEED)


def _eight(results: Results) -> list[Row]:
    ours = _calls(results, "Kalm", 8)
    names = (
        ("last to first sound, 8 calls, nl and en, a turn every 8 s", "p95 <= 2.0 s"),
        ("the same: calls lost", "none"),
        ("the same: stutters", "no gap over 60 ms"),
        ("memory, 8 calls", "<= 1.0 GB resident"),
    )
    if ours is None:
        return [Row(name, bar, "not measured", None, command=SPEED) for name, bar in names]
    longest = max(ours["gaps_s"], default=0.0)
    gaps = f"{len(ours['gaps_s'])} gaps, longest {longest:.2f} s" if longest else "none"
    told = (
        (f"{_two(ours)}, a turn every {ours['every_s']:.1f} s", ours["p95_s"] <= 2.0),
        (f"{len(ours['lost'])} of 8", not ours["lost"]),
        (gaps, not longest),
        (f"{ours['memory_mb'] / 1000:.2f} GB", ours["memory_mb"] <= 1000),
    )
    return [
        Row(name, bar, value, met, command=SPEED)
        for (name, bar), (value, met) in zip(names, told, strict=True)
    ]


def _recognition(results: Results) -> list[Row]:
    figures = results.get("hearing", {}).get("figures")
    time = "one turn of 1 to 6 s through recognition"
    if not figures:
        return [
            Row(time, "mean <= 0.40 s", "not measured", None, command=HEARING),
            Row("word errors", "1 point above at most", "not measured", None, command=HEARING),
            Row("loops, inventions on noise", "none", "not measured", None, command=HEARING),
        ]
    ours, theirs = (figures["seconds"].get(by) for by in ("Kalm", "stock"))
    found = [
        Row(
            time,
            "mean <= 0.40 s",
            f"{ours['mean_s']:.2f} s",
            ours["mean_s"] <= 0.4,
            f"{theirs['mean_s']:.2f} s" if theirs else "",
            f"{ours['mean_s'] / theirs['mean_s']:.2f}" if theirs else "",
            HEARING,
        )
    ]
    found += [_word_errors(row) for row in figures["errors"]]
    for what, total in (("loops", figures["heard"]["Kalm"]), ("inventions", figures["noises"])):
        count, peer = figures[what]["Kalm"], figures[what].get("stock")
        name = "loops" if what == "loops" else "inventions on noise"
        told = "" if peer is None else f"{peer} of {total}"
        met = count == 0 if total else None
        found.append(Row(name, "none", f"{count} of {total}", met, told, "", HEARING))
    return found


def _word_errors(row: Mapping[str, Any]) -> Row:
    measure = f"word errors, {row['language']}, {row['rate'] // 1000} kHz, {row['clips']} clips"
    bar = "1 point above at most"
    if math.isnan(row["wer"]) or math.isnan(row["peer_wer"]):
        return Row(measure, bar, "not measured", None, command=HEARING)
    above = 100 * (row["wer"] - row["peer_wer"])
    interval = f"{100 * row['low']:+.1f} to {100 * row['high']:+.1f}"
    value = f"{100 * row['wer']:.1f} % ({above:+.1f}; {interval})"
    return Row(measure, bar, value, above <= 1, f"{100 * row['peer_wer']:.1f} %", "", HEARING)


def _interruptions(results: Results) -> list[Row]:
    figures = results.get("interruptions", {}).get("figures")
    names = (
        ("barge-in: caller starts a sentence, bot silent", "p95 <= 0.35 s"),
        ("nods, coughs, talk in the background: the bot goes on", ">= 95 %"),
        ("dictated numbers: not cut off", ">= 98 %"),
        ("a finished number is answered", "p95 <= 1.0 s"),
    )
    if not figures:
        return [Row(name, bar, "not measured", None, command=INTERRUPTIONS) for name, bar in names]
    barge_in, goes_on, dictation = (figures[each] for each in ("barge_in", "goes_on", "dictation"))
    silent = _met(barge_in["p95_s"], lambda s: s <= 0.35 and not barge_in["not_silenced"])
    answered = _met(dictation["answer_p95_s"], lambda s: s <= 1.0 and not dictation["unanswered"])
    told = (
        (_seconds(barge_in, "p50_s", "p95_s"), silent),
        (_share(goes_on["all"]), _met(goes_on["all"]["share"], lambda s: s >= 0.95)),
        (_share(dictation["all"]), _met(dictation["all"]["share"], lambda s: s >= 0.98)),
        (_seconds(dictation, "answer_p50_s", "answer_p95_s"), answered),
    )
    return [
        Row(name, bar, value if met is not None else "not measured", met, command=INTERRUPTIONS)
        for (name, bar), (value, met) in zip(names, told, strict=True)
    ]


def _met(value: float, reaches: Any) -> bool | None:
    return None if math.isnan(value) else bool(reaches(value))


def _seconds(figures: Mapping[str, float], p50: str, p95: str) -> str:
    return f"p50 {figures[p50]:.2f} s, p95 {figures[p95]:.2f} s"


def _share(share: Mapping[str, float]) -> str:
    interval = f"{100 * share['low']:.0f} to {100 * share['high']:.0f}"
    return f"{100 * share['share']:.1f} % of {share['trials']} ({interval})"


def _start(results: Results) -> Row:
    ready = results.get("speed", {}).get("ready_s", {})
    measure, bar = "first start with cached models until ready", "<= 10 s"
    if "Kalm" not in ready:
        return Row(measure, bar, "not measured", None, command=SPEED)
    seconds = ready["Kalm"]
    theirs = ready.get("stock pipecat")  # it loads its models with the first call
    peer = f"{theirs:.1f} s, without models" if theirs is not None else ""
    again = ready.get("Kalm again")
    value = f"{seconds:.1f} s" + (f"; from the second on {again:.1f} s" if again else "")
    return Row(measure, bar, value, seconds <= 10, peer, "", SPEED)
