"""Heard: what callers said that went wrong, put together over calls, each sentence once."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.events import CallStarted, Candidate, Event, Language
from handoff.disputes import Disputed
from handoff.studio.marks import Mark
from handoff.studio.turns import MASK, OUT_OF_SCOPE, Turn, Why, masked, missed, turns

GUESSES = 4
"""Intents that are offered for a sentence, and for a group."""


@dataclass(frozen=True)
class Said:
    """One time that a sentence was said."""

    call_id: str
    seq: int
    at: datetime
    intent: str
    """What it was taken to mean; `out_of_scope` when nothing."""
    confidence: float
    why: tuple[Why, ...]
    version: int | None
    """The version that the call was held with."""


@dataclass(frozen=True)
class Sentence:
    """What callers said in the same words."""

    key: str
    """The same for the same words in the same language, and says none of them."""
    words: str
    """Without what is private."""
    language: Language
    said: tuple[Said, ...]
    """The latest first; not empty."""
    guesses: tuple[Candidate, ...] = ()
    """What it might mean, best first."""
    disputes: tuple[Disputed, ...] = ()
    """What agents called wrong about it."""
    filed_before: str | None = None
    """The intent that it was filed to, and yet it was not understood since."""

    @property
    def why(self) -> tuple[Why, ...]:
        """Why it is here, the latest first."""
        found = dict.fromkeys(why for said in self.said for why in said.why)
        if self.disputes:
            found["disputed"] = None
        return tuple(found)


@dataclass(frozen=True)
class Group:
    """Sentences that mean nearly the same, the most frequent first."""

    sentences: tuple[Sentence, ...]

    @property
    def times(self) -> int:
        """How often callers said one of them."""
        return sum(len(sentence.said) for sentence in self.sentences)

    @property
    def guesses(self) -> tuple[str, ...]:
        """The intents that it might belong to, best first."""
        weight: dict[str, float] = {}
        for sentence in self.sentences:
            for guess in sentence.guesses:
                weight[guess.intent] = weight.get(guess.intent, 0.0) + guess.confidence
        return tuple(sorted(weight, key=lambda intent: -weight[intent])[:GUESSES])


@dataclass(frozen=True)
class Pile:
    """What waits in the inbox."""

    groups: tuple[Group, ...] = ()
    """The most frequent first."""
    facts: tuple[tuple[str, Disputed], ...] = ()
    """What agents called wrong that no sentence stands behind, with its key, oldest first."""
    older: int = 0
    """Sentences that come when these are dealt with."""

    @property
    def count(self) -> int:
        """Sentences and facts together."""
        return sum(len(group.sentences) for group in self.groups) + len(self.facts)


@dataclass
class Gathered:
    """A sentence as it is put together from calls."""

    words: str
    language: Language
    said: list[Said] = field(default_factory=list)
    guesses: tuple[Candidate, ...] = ()
    disputes: list[Disputed] = field(default_factory=list)


def key_of(words: str, language: Language) -> str:
    """Return what the same words in the same language have in common, and tells none of them."""
    same = " ".join(_plain(words).split())
    return hashlib.sha256(f"{language}\0{same}".encode()).hexdigest()


def _plain(words: str) -> str:
    return "".join(sign if sign.isalnum() or sign == MASK else " " for sign in words.casefold())


def gather(
    calls: Iterable[Sequence[Event]], told: Sequence[Disputed]
) -> tuple[dict[str, Gathered], dict[str, Disputed]]:
    """Put together, by key, what went wrong in calls, and what agents called wrong besides."""
    sentences: dict[str, Gathered] = {}
    by_call: dict[str, list[Disputed]] = {}
    for dispute in told:
        by_call.setdefault(dispute.call_id, []).append(dispute)
    facts: dict[str, Disputed] = {}
    for call in calls:
        version = _version(call)
        disputes = by_call.pop(call[0].call_id, [])
        behind = [(dispute, _behind(dispute, call)) for dispute in disputes]
        wrong = {one.turn.at.seq: (one.turn, one.why) for one in missed(call)}
        for dispute, turn in behind:
            if turn is not None:
                _, why = wrong.get(turn.at.seq, (turn, ()))
                wrong[turn.at.seq] = (turn, tuple(dict.fromkeys([*why, "disputed"])))
            else:
                facts[_fact_key(dispute)] = _masked(dispute)
        for turn, why in wrong.values():
            known = turn.understood
            if not _tells(turn.masked):
                continue
            key = key_of(turn.masked, turn.spoke.language)
            one = sentences.setdefault(key, Gathered(turn.masked, turn.spoke.language))
            one.said.append(
                Said(
                    turn.at.call_id,
                    turn.at.seq,
                    turn.at.at,
                    known.intent if known else OUT_OF_SCOPE,
                    known.confidence if known else 0.0,
                    why,
                    version,
                )
            )
            one.guesses = _guesses(turn, why) or one.guesses
            one.disputes += [_masked(d) for d, of in behind if of is not None and of.at == turn.at]
    for dispute in (one for rest in by_call.values() for one in rest):
        facts[_fact_key(dispute)] = _masked(dispute)
    return sentences, facts


def _behind(dispute: Disputed, call: Sequence[Event]) -> Turn | None:
    """Return what the caller said that a disputed fact came from, if it was what was understood."""
    for turn in turns(call):
        known = [event.seq for event in turn.then if event.body.kind == "Understood"]
        if dispute.of == turn.at.seq or dispute.of in known:
            return turn if turn.understood is not None else None
    return None


def waiting(key: str, one: Gathered, mark: Mark | None) -> Sentence | None:
    """Return a sentence that waits; None for one that was dealt with."""
    said = sorted(one.said, key=lambda said: said.at, reverse=True)
    before = None
    if mark is not None:
        if mark.verdict == "aside":
            return None
        # It was filed. On a version that came after that, it should have been understood.
        said = [each for each in said if (each.version or 0) > (mark.live or 0)]
        if not said:
            return None
        before = mark.intent
    disputes = tuple(one.disputes)
    return Sentence(key, one.words, one.language, tuple(said), one.guesses, disputes, before)


def _guesses(turn: Turn, why: Sequence[Why]) -> tuple[Candidate, ...]:
    known = turn.understood
    if known is None:
        return ()
    wrong = {OUT_OF_SCOPE} | ({known.intent} if {"corrected", "disputed"} & set(why) else set())
    return tuple(each for each in known.ranking if each.intent not in wrong)[:GUESSES]


def _version(call: Sequence[Event]) -> int | None:
    started = next((e.body for e in call if isinstance(e.body, CallStarted)), None)
    return started.content_version if started else None


def frequent(sentences: Iterable[Sentence]) -> list[Sentence]:
    """Return sentences by how often they were said, most first."""
    return sorted(sentences, key=lambda sentence: -len(sentence.said))


def _tells(words: str) -> bool:
    return any(sign.isalpha() for sign in words)


def _fact_key(dispute: Disputed) -> str:
    told = (dispute.call_id, dispute.field, str(dispute.of), dispute.was, dispute.now)
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


def _masked(dispute: Disputed) -> Disputed:
    return replace(dispute, was=masked(dispute.was), now=masked(dispute.now))
