"""Plays benign conversations, and counts how many end wrongly: 0 may.

    python bench/wrong_endings.py [--calls 400] [--seed 0] [--show]

The callers of tests/dialogue/benign.py: calm, angry, ill, in tears, shouting for five
minutes, with children or a television in the room, reading the bot's words back; in text,
with the real understanding, the real judges of words and voice and the demo company.
Prints one JSON object: conversations, utterances, wrong_endings, warnings, boundaries,
incidents of abuse, crises where there were none, and which seeds were touched by a limit.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import track

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.dialogue.content import Content  # noqa: E402 - the path has to be known first
from bot.encoder import SentenceEncoder  # noqa: E402
from bot.mood.words import WordJudge  # noqa: E402
from bot.understanding.classifier import EmbeddedUnderstanding  # noqa: E402
from bot.understanding.training_data import load  # noqa: E402
from tests.dialogue.benign import Course, draw, play  # noqa: E402
from tests.dialogue.stage import INTENTS, ZONE, clock  # noqa: E402


async def run(calls: int, seed: int) -> list[Course]:
    """Play the conversations of `calls` seeds from `seed` on."""
    content, encoder = Content.load(INTENTS), SentenceEncoder()
    judge = WordJudge.load(encoder)
    with tempfile.TemporaryDirectory() as cache:
        understanding = EmbeddedUnderstanding.train(
            load(INTENTS), Path(cache), clock, ZONE, encoder
        )
        console = Console(stderr=True)
        return [
            await play(draw(number), content, understanding, judge)
            for number in track(range(seed, seed + calls), "Calls", console=console)
        ]


def main() -> None:
    """Play them all, and print what came of it."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--calls", type=int, default=400)
    options.add_argument("--seed", type=int, default=0, help="of the first conversation")
    options.add_argument("--show", action="store_true", help="print what went wrong, in full")
    given = options.parse_args()
    courses = asyncio.run(run(given.calls, given.seed))
    wrong = [c for c in courses if c.ended_for_abuse or c.warnings or c.boundaries or c.incidents]
    figures = {
        "conversations": len(courses),
        "utterances": sum(course.utterances for course in courses),
        "wrong_endings": sum(course.ended_for_abuse for course in courses),
        "warnings": sum(course.warnings for course in courses),
        "boundaries": sum(course.boundaries for course in courses),
        "incidents": sum(course.incidents for course in courses),
        "crises": sum(course.crises for course in courses),
        "by_temper": dict(Counter(course.talk.temper for course in courses)),
        "touched": {course.talk.seed: course.talk.temper for course in wrong},
        "seed": given.seed,
    }
    if given.show:
        for course in wrong:
            print(f"--- {course.talk.seed}, {course.talk.temper}", *course.transcript, sep="\n")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
