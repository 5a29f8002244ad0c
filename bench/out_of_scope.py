"""Measures when to say "out of scope", on Kalm's own content and on commands to a smart home.

    python bench/out_of_scope.py --data FOLDER

FOLDER holds `home_assistant_nl_en/tests/{nl,en}/*.yaml` (home-assistant/intents, without
its "never mind" and greetings, which Kalm does understand). One line a margin: how many
of our own unseen utterances are refused, and how many strangers are let in.
"""

import argparse
import dataclasses
import sys
import tempfile
from datetime import UTC
from pathlib import Path

import numpy as np
import yaml
from sklearn.metrics import roc_auc_score

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.clock import utc_now  # noqa: E402 - after the path is set
from bot.events import Language  # noqa: E402
from bot.understanding import classifier  # noqa: E402
from bot.understanding.meaning import OUT_OF_SCOPE  # noqa: E402
from bot.understanding.training_data import load  # noqa: E402

MARGINS = (-1.0, 0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.35, 0.4)
"""The first is: never by distance, always the likeliest intent."""
SAMPLE = 600


def smart_home(data: Path, language: Language) -> list[str]:
    """Return commands to a smart home, no two the same."""
    said: set[str] = set()
    for file in sorted((data / "home_assistant_nl_en" / "tests" / language).glob("*.yaml")):
        if not file.name.startswith("_") and not file.stem.endswith(("Nevermind", "Respond")):
            tests = yaml.safe_load(file.read_text()).get("tests", [])
            said |= {sentence for test in tests for sentence in test["sentences"]}
    dice = np.random.default_rng(7)
    return [str(one) for one in dice.permutation(sorted(said))[:SAMPLE]]


def main() -> None:
    """Print one table a language."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    data = options.parse_args().data
    whole = load(ROOT / "intents")
    kept = tuple(one for one in whole.examples if one.intent != OUT_OF_SCOPE)
    with tempfile.TemporaryDirectory() as cache:
        for title, taught in (
            ("With examples of what is out of scope", whole),
            ("Without, by distance alone", dataclasses.replace(whole, examples=kept)),
        ):
            trained = classifier.EmbeddedUnderstanding.train(taught, Path(cache), utc_now, UTC)
            language: Language
            for language in ("nl", "en"):
                print(f"\n{title}, {language}")
                report(trained, data, language)


def report(trained: classifier.EmbeddedUnderstanding, data: Path, language: Language) -> None:
    """Print the table of one language."""
    examples = load(ROOT / "intents" / "tests" / f"understanding.{language}.yml").examples
    own = [one.text for one in examples if one.intent != OUT_OF_SCOPE]
    groups = {
        "own refused": own,
        "smart home let in": smart_home(data, language),
        "others let in": [one.text for one in examples if one.intent == OUT_OF_SCOPE],
    }
    home = groups["smart home let in"]
    scores = [trained.parse_now(text, language).ranking[0].confidence for text in own + home]
    area = roc_auc_score([1] * len(own) + [0] * len(home), scores)
    print(f"{' / '.join(str(len(texts)) for texts in groups.values())} utterances;")
    print(f"AUROC of the best intent's confidence, own against smart home: {area:.3f}\n")
    print(f"| margin | {' | '.join(groups)} |\n|---:|---:|---:|---:|")
    for margin in MARGINS:
        classifier.MARGIN = classifier.CLOSE = margin
        share = [
            float(np.mean([trained.parse_now(t, language).intent == OUT_OF_SCOPE for t in texts]))
            for texts in groups.values()
        ]
        cells = [share[0], *(1 - refused for refused in share[1:])]
        print(f"| {margin} | {' | '.join(f'{100 * cell:.1f} %' for cell in cells)} |")


if __name__ == "__main__":
    main()
