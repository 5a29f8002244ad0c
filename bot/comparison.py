"""Comparison: what would change for callers if a candidate took the place of what is live.

The written conversations are held with the candidate; utterances that training never
saw, and real ones, are understood by both.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bot.edition import Edition
from bot.events import Language
from bot.rehearsal.play import Otherwise, rehearse
from bot.rehearsal.script import Written
from bot.understanding.meaning import OUT_OF_SCOPE, Understanding
from bot.understanding.training_data import Example, load

HELD_OUT = "understanding*.yml"
"""In `tests/` of the intents: utterances with their intents, which training never sees."""
LESS_RIGHT = 0.005
"""Share of held-out utterances that may be lost before it counts as worse: three in 600 may go
either way by any edit."""
LESS_UNDERSTOOD = 0.02
"""The same for real utterances that are not understood any more."""

Part = Literal["conversations", "held_out", "real"]
"""What is compared."""

Tick = Callable[[int, int], None]
"""Told how much is done, of how much."""


@dataclass(frozen=True)
class Utterance:
    """Something that a caller said."""

    words: str
    language: Language


@dataclass(frozen=True)
class Changed:
    """An utterance that would be taken otherwise."""

    words: str
    language: Language
    old: str
    """The intent, by what is live."""
    new: str
    """The intent, by the candidate."""
    wanted: str | None = None
    """The right intent, where it is known."""


@dataclass(frozen=True)
class Comparison:
    """What would change."""

    conversations: int
    """How many were held with the candidate."""
    otherwise: tuple[Otherwise, ...]
    """Those that did not go as written."""
    held_out: int
    """Utterances that training never saw."""
    right: int
    """Of these, understood by the candidate."""
    right_live: int | None
    """Of these, understood by what is live; None when nothing is."""
    held_out_changed: tuple[Changed, ...] = ()
    """Held-out utterances that one of the two understands and the other does not."""
    real: int = 0
    """Real utterances that were understood anew."""
    real_changed: tuple[Changed, ...] = ()
    """Of these, those that would be taken otherwise, the latest first."""

    @property
    def pairs(self) -> list[tuple[str, str, int]]:
        """How often a real utterance of which intent would be of which other, most first."""
        counts = Counter((one.old, one.new) for one in self.real_changed)
        return [(old, new, count) for (old, new), count in counts.most_common()]

    @property
    def reasons(self) -> list[str]:
        """Why the candidate is worse, in words; empty when it is not."""
        return list(self.worse_in.values())

    @property
    def worse_in(self) -> dict[Part, str]:
        """In what the candidate is worse, each with why."""
        found: dict[Part, str] = {}
        if self.otherwise:
            found["conversations"] = (
                f"{len(self.otherwise)} of {self.conversations} conversations do not go as written"
            )
        if self.right_live is not None:
            lost = self.right_live - self.right
            if lost > LESS_RIGHT * self.held_out:
                found["held_out"] = (
                    f"{lost} of {self.held_out} test utterances fewer are understood "
                    f"({self.right} in place of {self.right_live})"
                )
        lost = sum(one.new == OUT_OF_SCOPE for one in self.real_changed)
        won = sum(one.old == OUT_OF_SCOPE for one in self.real_changed)
        if lost - won > LESS_UNDERSTOOD * self.real:
            found["real"] = (
                f"{lost} of the last {self.real} real utterances are not understood any more, "
                f"{won} are for the first time"
            )
        return found

    @property
    def worse(self) -> bool:
        """Whether somebody must say that they know better."""
        return bool(self.reasons)


@dataclass
class _Progress:
    total: int
    tick: Tick
    done: int = field(default=0, init=False)

    def one(self) -> None:
        self.done += 1
        self.tick(self.done, self.total)


def held_out(folder: Path) -> list[Example]:
    """Return the utterances of an intents folder that training never sees.

    Raises:
        TrainingDataError: A file of them is broken.
    """
    files = sorted((folder / "tests").glob(HELD_OUT))
    return [example for file in files for example in load(file).examples]


async def compare(
    live: Edition | None,
    candidate: Edition,
    *,
    scripts: Sequence[Written],
    unseen: Sequence[Example],
    real: Sequence[Utterance],
    tick: Tick = lambda done, total: None,
) -> Comparison:
    """Compare a candidate with what is live.

    Args:
        live: In force now; None when nothing was published.
        candidate: What may take its place; its understanding tells days by `stage.clock`.
        scripts: Conversations of the candidate.
        unseen: Utterances that neither was trained on, with their intents.
        real: What callers said, the latest first.
        tick: Told of every step.
    """
    both = 1 if live is None else 2
    rounds = len(real) * 2 if live is not None else 0
    progress = _Progress(len(scripts) + len(unseen) * both + rounds, tick)
    failed = []
    async for _script, otherwise in rehearse(scripts, candidate):
        progress.one()
        failed += [otherwise] if otherwise else []
    said = [Utterance(example.text, example.language or "nl") for example in unseen]
    wanted = [example.intent for example in unseen]
    new = await _intents(candidate.understanding, said, progress)
    right = sum(one == other for one, other in zip(new, wanted, strict=True))
    if live is None:
        return Comparison(len(scripts), tuple(failed), len(unseen), right, None)
    old = await _intents(live.understanding, said, progress)
    differ = [
        Changed(each.words, each.language, before, after, goal)
        for each, before, after, goal in zip(said, old, new, wanted, strict=True)
        if before != after and goal in (before, after)
    ]
    real_old = await _intents(live.understanding, real, progress)
    real_new = await _intents(candidate.understanding, real, progress)
    return Comparison(
        conversations=len(scripts),
        otherwise=tuple(failed),
        held_out=len(unseen),
        right=right,
        right_live=sum(one == other for one, other in zip(old, wanted, strict=True)),
        held_out_changed=tuple(differ),
        real=len(real),
        real_changed=tuple(
            Changed(each.words, each.language, before, after)
            for each, before, after in zip(real, real_old, real_new, strict=True)
            if before != after
        ),
    )


async def _intents(
    understanding: Understanding, said: Sequence[Utterance], progress: _Progress
) -> list[str]:
    found = []
    for each in said:
        found.append((await understanding.parse(each.words, each.language)).intent)
        progress.one()
    return found
