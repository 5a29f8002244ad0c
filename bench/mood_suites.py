"""Shows how the words of the mood do on the suites that were written for tests, kind by kind.

    python bench/mood_suites.py

Prints one JSON object a language. `--missed` lists the sentences that went wrong; whoever
then trains on them has no suite any more.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> None:
    """Judge both suites."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--missed", action="store_true", help="list what went wrong")
    given = options.parse_args()
    from bot.encoder import SentenceEncoder
    from bot.events import Language
    from bot.mood.words import WordJudge
    from tests.mood.suites import examine, listed

    judge = WordJudge.load(SentenceEncoder())
    languages: tuple[Language, ...] = ("nl", "en")
    for language in languages:
        verdict = examine(judge, language)
        print(json.dumps(verdict.figures()))
        if given.missed:
            print("missed:" + listed(verdict.missed_abuse() + verdict.missed_crises()))
            print("false alarms:" + listed(verdict.false_alarms()))
            print("false crises:" + listed(verdict.false_crises()))


if __name__ == "__main__":
    main()
