"""The suites: sentences written to test the words of the mood, and what a judge makes of them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from bot.events import Language, Sign
from bot.mood.impression import ABUSE, WordImpression, Words

FOLDER = Path(__file__).parent

Speech = Literal["flemish", "street", "english", "leet", "slips"]


class Sentence(BaseModel):
    """Something that a caller could say, and what a person hears in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1)
    signs: tuple[Sign, ...]
    kind: str
    """What makes it easy or hard to judge: diagnosis, homograph, quotation."""
    speech: Speech | None = None
    confidence: float = 1.0
    """Of recognition."""

    @property
    def abuse(self) -> bool:
        """Whether a person should not have to hear this."""
        return bool(ABUSE & set(self.signs))

    @property
    def crisis(self) -> bool:
        """Whether a life is in danger."""
        return "crisis" in self.signs

    @property
    def benign(self) -> bool:
        """Whether nothing may be held against the caller, however angry."""
        return not self.abuse and not self.crisis


@cache
def suite(language: Language) -> tuple[Sentence, ...]:
    """Return the suite of a language."""
    rows = YAML(typ="safe").load(FOLDER / f"suite.{language}.yml")["sentences"]
    return tuple(Sentence.model_validate(row) for row in rows)


@dataclass
class Verdict:
    """What a judge made of a suite."""

    language: Language
    judged: list[tuple[Sentence, WordImpression]] = field(default_factory=list)

    def missed_abuse(self) -> list[Sentence]:
        """Return the abuse that was let pass."""
        return [one for one, said in self.judged if one.abuse and not said.abuse]

    def missed_crises(self) -> list[Sentence]:
        """Return the danger to life that was not heard."""
        return [one for one, said in self.judged if one.crisis and not said.crisis]

    def false_alarms(self, kind: str | None = None) -> list[Sentence]:
        """Return the benign sentences, of one kind or of all, that were judged abuse."""
        kinds = {kind} if kind else {one.kind for one, _ in self.judged}
        return [one for one, said in self.judged if one.benign and said.abuse and one.kind in kinds]

    def punished_crises(self) -> list[Sentence]:
        """Return what is danger to life and nothing else, but was judged abuse."""
        return [one for one, said in self.judged if one.crisis and not one.abuse and said.abuse]

    def false_crises(self) -> list[Sentence]:
        """Return what was taken for danger to life and is not."""
        return [one for one, said in self.judged if "crisis" in said.signs and not one.crisis]

    def share(self, some: Sequence[Sentence], of: Literal["abuse", "crisis", "benign"]) -> float:
        """Return how large a part of a class of the suite these sentences are."""
        whole: int = sum(getattr(one, of) for one, _ in self.judged)
        return len(some) / whole

    def by_kind(self) -> dict[str, dict[str, int]]:
        """Return per kind, and per way of speech: sentences, misses, false alarms."""
        table: dict[str, Counter[str]] = defaultdict(Counter)
        for one, said in self.judged:
            for name in filter(None, (one.kind, one.speech)):
                table[name]["sentences"] += 1
                missed = (one.abuse and not said.abuse) or (one.crisis and not said.crisis)
                table[name]["missed"] += missed
                table[name]["false_alarms"] += one.benign and said.abuse
                table[name]["false_crises"] += "crisis" in said.signs and not one.crisis
        return {name: dict(row) for name, row in table.items()}

    def figures(self) -> dict[str, object]:
        """Return the figures of the whole suite, and by kind."""
        return {
            "language": self.language,
            "sentences": len(self.judged),
            "abuse_recall": round(1 - self.share(self.missed_abuse(), "abuse"), 4),
            "crisis_recall": round(1 - self.share(self.missed_crises(), "crisis"), 4),
            "false_alarms": round(self.share(self.false_alarms(), "benign"), 4),
            "diagnosis_judged_abuse": len(self.false_alarms("diagnosis")),
            "crisis_judged_abuse": len(self.punished_crises()),
            "false_crises": len(self.false_crises()),
            "by_kind": self.by_kind(),
        }


def examine(judge: Words, language: Language) -> Verdict:
    """Let a judge judge every sentence of a suite."""
    verdict = Verdict(language)
    for one in suite(language):
        said = judge.judge(one.text, language, confidence=one.confidence)
        verdict.judged.append((one, said))
    return verdict


def listed(sentences: Sequence[Sentence]) -> str:
    """Return sentences by kind, to be read when a bar is missed."""
    rows = sorted(f"{one.kind:20} {one.text}" for one in sentences)
    return "\n" + "\n".join(rows)
