"""DoubtState: which of two wishes the caller was asked to choose, as a fold over events."""

from dataclasses import dataclass, replace

from bot.events import CallerSpoke, Event, FlowChanged, SlotFilled, Understood

FIRST, SECOND, TOPIC = "first_topic", "second_topic", "topic"
"""Slots: the intents that were named, and what the caller made of them."""
NEITHER, BOTH, OTHER = "neither", "both", "other"
"""Of `topic`, beside the name of an intent; other: something else was said instead."""


@dataclass(frozen=True)
class DoubtState:
    """What was doubted since a flow was last started."""

    words: str = ""
    """The caller's last utterance."""
    meaning: Understood | None = None
    """What the last one that was understood was taken to mean."""
    pair: tuple[str, str] | None = None
    """The intents that were named."""
    of: Understood | None = None
    """What the utterance was taken to mean about which was asked."""
    said: str = ""
    """That utterance."""
    topic: str | None = None

    @property
    def open(self) -> tuple[str, str] | None:
        """The intents between which the caller is to choose now."""
        return self.pair if self.topic is None else None

    def after(self, event: Event) -> "DoubtState":
        """Return the state after an event."""
        match event.body:
            case CallerSpoke(words=words):
                return replace(self, words=words)
            case Understood() as body:
                return replace(self, meaning=body)
            case SlotFilled(slot="first_topic", value=str(first)):
                words = self.words
                return replace(self, pair=(first, ""), of=self.meaning, said=words, topic=None)
            case SlotFilled(slot="second_topic", value=str(second)) if self.pair:
                return replace(self, pair=(self.pair[0], second))
            case SlotFilled(slot="topic", value=str(topic)) if self.pair:
                return replace(self, topic=topic)
            case FlowChanged(change="started"):
                return DoubtState(words=self.words, meaning=self.meaning)
        return self

    def words_of(self, understood: Understood, spoken: str) -> str:
        """Return which words a meaning is of: those asked about, or those spoken last."""
        asked = self.of is not None and understood.of == self.of.of
        return self.said if asked else spoken
