"""Measures what people do to sentences: fillers, words of the other language, two wishes at once.

    python bench/suites.py [--wrong]

On `tests/understanding/cases/{fillers,switching,two_wishes}.{nl,en}.yml`, sentences of our own
that nothing is trained on, as the engine of `intents/` understands them. Of two wishes in one
sentence it tells in how many both were found, one, and something that was not said.
"""

import argparse
from datetime import UTC
from pathlib import Path

import yaml
from out_of_scope import ROOT  # puts the checkout on the path

from bot.clock import utc_now
from bot.dialogue.wishes import clauses, plain_wish
from bot.events import Language
from bot.understanding.bands import ACT
from bot.understanding.classifier import EmbeddedUnderstanding
from bot.understanding.training_data import load

CASES = ROOT / "tests" / "understanding" / "cases"
LANGUAGES: tuple[Language, ...] = ("nl", "en")


def wishes(engine: EmbeddedUnderstanding, text: str, language: Language) -> set[str]:
    """Return the wishes that the dialogue hears in a sentence: clear clauses, or the whole."""
    said = [engine.parse_now(clause, language) for _, clause in clauses(text, language)]
    clear = {one.intent for one in said if plain_wish(one)}
    return clear if len(clear) > 1 else {engine.parse_now(text, language).intent}


def one_wish(engine: EmbeddedUnderstanding, name: str, language: Language, wrong: bool) -> str:
    """Return a row for sentences with one wish."""
    right = sure = 0
    examples = load(CASES / f"{name}.{language}.yml").examples
    for example in examples:
        meaning = engine.parse_now(example.text, language)
        right += meaning.intent == example.intent
        sure += meaning.intent == example.intent and meaning.confidence >= ACT
        if wrong and meaning.intent != example.intent:
            print(f"  {example.text}: {meaning.intent} {meaning.confidence:.2f}")
    return f"| {name}, {language} | {len(examples)} | {right} | {sure} |"


def two_wishes(engine: EmbeddedUnderstanding, language: Language, wrong: bool) -> str:
    """Return a row for sentences with two."""
    both = one = other = 0
    cases = yaml.safe_load((CASES / f"two_wishes.{language}.yml").read_text())
    for case in cases:
        found, meant = wishes(engine, case["text"], language), set(case["wishes"])
        both += found == meant
        one += len(found & meant) == 1 and not found - meant
        other += bool(found - meant)
        if wrong and found != meant:
            print(f"  {case['text']}: {sorted(found)}")
    return f"| {language} | {len(cases)} | {both} | {one} | {other} |"


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--wrong", action="store_true", help="print what was not understood")
    options.add_argument("--cache", type=Path, default=ROOT / "data" / "understanding")
    given = options.parse_args()
    data = load(ROOT / "intents")
    engine = EmbeddedUnderstanding.train(data, given.cache, utc_now, UTC)
    rows = [
        one_wish(engine, name, language, given.wrong)
        for name in ("fillers", "switching")
        for language in LANGUAGES
    ]
    print("| one wish | sentences | understood | and acted on |\n|---|---:|---:|---:|")
    print("\n".join(rows))
    rows = [two_wishes(engine, language, given.wrong) for language in LANGUAGES]
    print("\n| two wishes | sentences | both found | one | one that was not said |")
    print("|---|---:|---:|---:|---:|")
    print("\n".join(rows))
    engine.close()


if __name__ == "__main__":
    main()
