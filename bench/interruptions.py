"""Measures how Kalm takes a caller who speaks while it speaks, or who dictates with pauses.

    python bench/interruptions.py [--most-s 300] [--calls 4] [--seed 1] [--data DATA] [--json FILE]

Callers over the Twilio protocol, at the pace of real calls, against a real `kalm serve` that is
started for it; half Dutch, half English, in the espeak-ng and MBROLA voices that the machine has.
With DATA, a folder that holds `fsdd`, English digits are said by people.
Calls are made until the time given is over: half of it for what is said over the bot, half
for numbers. Of each share its 95 % interval is told (Wilson). Ends within `--most-s` and
some three minutes, whatever happens.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from bots import Bot, kalm
from dictating import Dictated, What
from dictating import one_call as dictate
from figures import percentile, rounded, table, wilson
from interrupting import SOUNDS, Trial, probes
from interrupting import one_call as interrupt
from people import People

from bot.events import Language

SHARE_OVER = 0.5
"""Of the time, for what is said over the bot."""
BARGE_IN_S, GOES_ON, NOT_CUT_OFF, ANSWER_S = 0.35, 0.95, 0.98, 1.0
"""The bars."""
LANGUAGES: tuple[Language, ...] = ("nl", "en")

T = TypeVar("T")


async def measure(
    bot: Bot, most_s: float, calls: int, seed: int, people: People | None = None
) -> dict[str, Any]:
    """Make calls for so long; return the trials."""
    queues = {language: probes(language, seed) for language in LANGUAGES}

    async def over(number: int, ends: float) -> list[Trial]:
        language = LANGUAGES[number % 2]
        return await interrupt(bot, queues[language], language, ends=ends)

    async def number_by_number(number: int, _ends: float) -> list[Dictated]:
        first: What = "telephone" if number // 2 % 3 == 2 else "customer number"
        return await dictate(bot, first, LANGUAGES[number % 2], seed * 100_000 + number, people)

    return {
        "over": await for_so_long(over, most_s * SHARE_OVER, calls),
        "dictated": await for_so_long(number_by_number, most_s * (1 - SHARE_OVER), calls),
    }


async def for_so_long(
    one: Callable[[int, float], Awaitable[list[T]]], seconds: float, at_once: int
) -> list[T]:
    """Make one call after another, so many at once, and begin none after the time is over."""
    found: list[T] = []
    numbers = count()
    ends = time.monotonic() + seconds

    async def caller(place: int) -> None:
        await asyncio.sleep(1.7 * place)  # not all in step
        while time.monotonic() < ends:
            made = await one(next(numbers), ends)
            found.extend(made)
            if not made:
                await asyncio.sleep(1)  # a bot that refuses calls is not to be stormed

    await asyncio.gather(*(caller(place) for place in range(at_once)))
    return found


def summary(over: Sequence[Trial], dictated: Sequence[Dictated]) -> dict[str, Any]:
    """Return the figures that the bars are about."""
    sentences = [each for each in over if each.kind == "sentence"]
    others = [each for each in over if each.kind != "sentence"]
    silent = [each.silent_s for each in sentences if each.silent_s is not None]
    answers = [each.answer_s for each in dictated if each.answer_s is not None]
    kept = [each for each in dictated if not each.cut_off]
    heard = [each.answer_s for each in kept if each.understood and each.answer_s is not None]
    return {
        "barge_in": {
            "trials": len(sentences),
            "p50_s": percentile(silent, 0.5),
            "p95_s": percentile(silent, 0.95),
            "not_silenced": len(sentences) - len(silent),
        },
        "goes_on": {
            "all": _share([each.went_on for each in others]),
            **{
                kind: _share([each.went_on for each in others if each.kind == kind])
                for kind in SOUNDS
            },
            "hole_p50_s": percentile([e.hole_s for e in others if e.went_on and e.hole_s], 0.5),
        },
        "dictation": {
            "all": _share([not each.cut_off for each in dictated]),
            **{
                what: _share([not each.cut_off for each in dictated if each.what == what])
                for what in ("customer number", "postcode", "telephone")
            },
            "answer_p50_s": percentile(answers, 0.5),
            "answer_p95_s": percentile(answers, 0.95),
            "understood_p50_s": percentile(heard, 0.5),
            "understood_p95_s": percentile(heard, 0.95),
            "within_1_s": _share([s <= ANSWER_S for s in answers]),
            "understood": _share([each.understood for each in kept]),
            "unanswered": len(kept) - len(answers),
        },
    }


def _share(good: Sequence[bool]) -> dict[str, float]:
    low, high = wilson(sum(good), len(good))
    return {
        "trials": len(good),
        "share": sum(good) / len(good) if good else float("nan"),
        "low": round(low, 4),
        "high": round(high, 4),
    }


def shown(figures: dict[str, Any]) -> str:
    """Return the figures as tables."""
    barge_in, goes_on, dictation = (figures[each] for each in ("barge_in", "goes_on", "dictation"))
    kinds = [kind for kind in goes_on if isinstance(goes_on[kind], dict)]
    numbers = [kind for kind in dictation if isinstance(dictation[kind], dict)]
    return "\n\n".join(
        [
            table(
                ["a sentence over the bot", "trials", "silent, p50 s", "p95 s", "not silenced"],
                [
                    [
                        f"bar {BARGE_IN_S} s",
                        str(barge_in["trials"]),
                        _seconds(barge_in["p50_s"]),
                        _seconds(barge_in["p95_s"]),
                        str(barge_in["not_silenced"]),
                    ]
                ],
            ),
            table(
                [f"the bot goes on, bar {GOES_ON:.0%}", "trials", "share", "95 % interval"],
                [_row(kind, goes_on[kind]) for kind in kinds],
            )
            + f"\n\nSilence heard before it goes on: {_seconds(goes_on['hole_p50_s'])} s (p50).",
            table(
                [
                    f"numbers, not cut off, bar {NOT_CUT_OFF:.0%}",
                    "trials",
                    "share",
                    "95 % interval",
                ],
                [_row(kind, dictation[kind]) for kind in numbers],
            )
            + f"\n\nFrom the end of a number to the answer, bar {ANSWER_S} s:"
            f" p50 {_seconds(dictation['answer_p50_s'])} s,"
            f" p95 {_seconds(dictation['answer_p95_s'])} s; of numbers that were heard rightly:"
            f" p50 {_seconds(dictation['understood_p50_s'])} s,"
            f" p95 {_seconds(dictation['understood_p95_s'])} s;"
            f" unanswered {dictation['unanswered']}.",
        ]
    )


def _row(name: str, share: dict[str, float]) -> list[str]:
    interval = f"{share['low']:.0%} to {share['high']:.0%}"
    return [name, str(share["trials"]), rounded(share["share"], lambda s: f"{s:.1%}"), interval]


def _seconds(value: float) -> str:
    return rounded(value, lambda seconds: f"{seconds:.2f}")


async def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Start Kalm, and measure."""
    with tempfile.TemporaryDirectory(prefix="kalm-interruptions-") as folder:
        at_most = {"KALM_CALLS_AT_MOST": str(arguments.calls + 1)}  # one may just be hanging up
        async with kalm(Path(folder), at_most) as bot:
            people = None if arguments.data is None else People(arguments.data)
            trials = await measure(bot, arguments.most_s, arguments.calls, arguments.seed, people)
    return {**trials, "figures": summary(trials["over"], trials["dictated"])}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--most-s", type=float, default=300, help="Seconds of calling.")
    parser.add_argument("--calls", type=int, default=4, help="At once.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="Folder of the public speech sets.")
    parser.add_argument("--json", type=Path, help="Write trials and figures here.")
    arguments = parser.parse_args()
    result = asyncio.run(run(arguments))
    print(shown(result["figures"]))
    if arguments.json:
        trials = {name: [asdict(each) for each in result[name]] for name in ("over", "dictated")}
        figures = {"bench": "interruptions", "figures": result["figures"], **trials}
        arguments.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
