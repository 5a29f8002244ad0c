"""OneTalk: nobody has two callers in their ear, whatever they click and in however many tabs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from handoff.agent_line import Part
from handoff.relay import Occupied


class InAnotherTalk(Exception):
    """This agent talks with another caller, or is about to."""


class OneTalk:
    """Keeps people of one process from being in two talks."""

    def __init__(self, talks: Mapping[tuple[str, str], Part]) -> None:
        """Take the parts that are under way, by call and agent."""
        self._talks = talks
        self._coming: list[tuple[str, str]] = []

    @contextmanager
    def coming(self, call_id: str, agent: str) -> Iterator[None]:
        """Let somebody come to a talk, who comes to no other meanwhile.

        Raises InAnotherTalk; and Occupied for who is in this one already, in whatever role.
        """
        talks = [of for of, talk in self._talks.items() if talk.joined.how is None]
        for other, name in [*talks, *self._coming]:
            if name == agent:
                raise Occupied(agent) if other == call_id else InAnotherTalk(agent)
        self._coming.append((call_id, agent))
        try:
            yield
        finally:
            self._coming.remove((call_id, agent))
