"""Parts: what an owner edits of a file, as text in a form and back in the file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from handoff.studio import flow_text, rewriting, utterance_list, wordings
from handoff.studio.splicing import as_in


class Part(Protocol):
    """Something within a file that is read and saved by itself."""

    def read(self, text: str) -> str:
        """Return the part as a form shows it; raises NotEditable."""
        ...

    def write(self, text: str, part: str) -> str:
        """Return the file with the part changed, all else as it is; raises NotEditable."""
        ...


@dataclass(frozen=True)
class IntentPart:
    """The utterances of an intent, one a line."""

    intent: str

    def read(self, text: str) -> str:
        """Return the utterances; nothing for an intent that is not there."""
        if not text.strip():
            return ""
        found = utterance_list.read(text).get(self.intent)
        return "\n".join(found.texts) if found else ""

    def write(self, text: str, part: str) -> str:
        """Return the file with these utterances; raises NotEditable."""
        return utterance_list.write(text, self.intent, part.splitlines())


@dataclass(frozen=True)
class AnswerPart:
    """The wordings of an answer, one a line."""

    answer: str

    def read(self, text: str) -> str:
        """Return the wordings; nothing for an answer that is not there. Raises NotEditable."""
        found = wordings.read(text).get(self.answer)
        if found is None:
            return ""
        return "\n".join(" ".join(words.split()) for words in found.texts)

    def write(self, text: str, part: str) -> str:
        """Return the file with these wordings, and the answer if need be; raises NotEditable."""
        if self.answer not in wordings.read(text):
            return wordings.add(text, self.answer, part.splitlines())
        return wordings.write(text, self.answer, part.splitlines())


@dataclass(frozen=True)
class TopicPart:
    """What callers hear an intent called, and words they use for it, one a line."""

    intent: str

    def read(self, text: str) -> str:
        """Return the names; nothing for an intent that is never named. Raises NotEditable."""
        topics = rewriting.value_of(text).get("topics")
        found = topics.get(self.intent) if isinstance(topics, dict) else None
        return "\n".join(map(str, found if isinstance(found, list) else [found] if found else []))

    def write(self, text: str, part: str) -> str:
        """Return the file with these names; raises NotEditable."""
        names = [line for each in part.splitlines() if (line := " ".join(each.split()))]
        if names == self.read(text).splitlines():
            return text
        values = rewriting.value_of(text)
        topics = values.get("topics")
        topics = dict(topics) if isinstance(topics, dict) else {}
        if names:
            topics[self.intent] = names if len(names) > 1 else names[0]
        else:
            topics.pop(self.intent, None)
        wanted = {name: value for name, value in values.items() if name != "topics" or topics}
        return rewriting.rewrite(text, {**wanted, "topics": topics} if topics else wanted)


@dataclass(frozen=True)
class FlowPart:
    """The lines of a flow."""

    flow: str

    def read(self, text: str) -> str:
        """Return the lines; raises NotEditable when there is no such flow."""
        return flow_text.cut(text, self.flow).replace("\r\n", "\n")

    def write(self, text: str, part: str) -> str:
        """Return the file with these lines; raises NotEditable when there is no such flow."""
        return flow_text.put(text, self.flow, part)


@dataclass(frozen=True)
class WholeFile:
    """A file as it is, for what no form can change."""

    def read(self, text: str) -> str:
        """Return it."""
        return text.replace("\r\n", "\n")

    def write(self, text: str, part: str) -> str:
        """Return it with the line ends that it had."""
        return as_in(text, part)


KINDS: Mapping[str, Callable[[str], Part]] = {
    "intent": IntentPart,
    "answer": AnswerPart,
    "topic": TopicPart,
    "flow": FlowPart,
    "file": lambda _name: WholeFile(),
}
"""Parts by what a form calls them, to be made of their name."""


def spelled(part: Part) -> str:
    """Return a part as a form sends it along."""
    match part:
        case IntentPart(name):
            return f"intent:{name}"
        case AnswerPart(name):
            return f"answer:{name}"
        case TopicPart(name):
            return f"topic:{name}"
        case FlowPart(name):
            return f"flow:{name}"
        case _:
            return "file:"


def part_of(spelling: str) -> Part | None:
    """Return the part that a form sent along; None when it is none."""
    kind, _, name = spelling.partition(":")
    return KINDS[kind](name) if kind in KINDS else None
