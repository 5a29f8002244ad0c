"""A whole intents folder that is quickly learned from: all answers and flows, few utterances."""

import shutil
from pathlib import Path

from bot.settings import ROOT

NLU = {
    "nl": {
        "check_payment": ["is mijn betaling al binnen", "hebben jullie mijn geld ontvangen"],
        "opening_hours": ["wanneer zijn jullie open", "hoe laat gaan jullie dicht"],
        "affirm": ["ja graag", "dat klopt"],
        "deny": ["nee dank u", "nee dat hoeft niet"],
    },
    "en": {
        "check_payment": ["has my payment arrived", "did you receive my money"],
        "opening_hours": ["when are you open", "what time do you close"],
        "affirm": ["yes please", "that is right"],
        "deny": ["no thank you", "no that is not needed"],
    },
}
CONVERSATION = {
    "nl": ("wanneer zijn jullie open", "nee dank u"),
    "en": ("when are you open", "no thank you"),
}


def small_intents(folder: Path) -> Path:
    """Write the folder and return it. Answers, flows and ladder are Kalm's own, whole."""
    source = ROOT / "intents"
    for part in ("answers", "flows"):
        shutil.copytree(source / part, folder / part)
    shutil.copy(source / "ladder.yml", folder)
    for language, intents in NLU.items():
        blocks = "".join(
            f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {said}\n" for said in examples)
            for intent, examples in intents.items()
        )
        text = f'# van Sem\nversion: "3.1"\nnlu:\n{blocks}'
        (folder / f"nlu.{language}.yml").write_text(text, encoding="utf-8")
    for language, (wish, no) in CONVERSATION.items():
        file = folder / "tests" / "conversations" / language / "hours.yml"
        file.parent.mkdir(parents=True)
        file.write_text(
            f"conversations:\n  - name: hours\n    steps:\n      - caller: {wish}\n"
            f"        says: hours\n      - caller: {no}\n        outcome: resolved\n",
            encoding="utf-8",
        )
        (folder / "tests" / f"understanding.{language}.yml").write_text(
            f"nlu:\n- intent: opening_hours\n  examples: |\n    - {wish} vandaag\n",
            encoding="utf-8",
        )
    return folder


def change(file: Path, old: str, new: str) -> None:
    """Change the first place of a text in a file, which must hold it."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
