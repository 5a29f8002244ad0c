"""Keypad: what the keys of a telephone do at any moment of a call: a person, a choice, a number."""

from collections.abc import AsyncIterator

from bot.dialogue.effects import Effect
from bot.dialogue.filling import fill_keys, keys_complete
from bot.dialogue.listening import Listening
from bot.dialogue.staying import Staying
from bot.dialogue.talk import Talk
from bot.events import KeyPressed

KEYS = frozenset("0123456789*#")
"""What a telephone has; other signs of a line are nothing."""


class Keypad:
    """Takes the caller's keys."""

    def __init__(self, talk: Talk, listening: Listening, staying: Staying) -> None:
        self._talk = talk
        self._listening = listening
        self._staying = staying

    async def press(self, key: str) -> AsyncIterator[Effect]:
        """Take one key."""
        question = self._talk.typing
        slot = question[2] if question else None
        state = self._talk.state
        typed = state.keys
        await self._talk.record.append(KeyPressed(key=key))
        if state.ladder.crisis:
            if key == "0":
                yield await self._staying.stay()
            return
        waiting = self._listening.waiting.press(key) or self._listening.doubting.press(key)
        number = slot is not None and slot.type == "phone"
        keys = self._talk.state.keys
        if waiting is not None:
            turn = waiting
        elif key == "0" and not typed and not number:
            turn = self._listening.reflexes.person("key_0")
        elif slot and keys and (key == "#" or keys_complete(slot, keys)):
            turn = self.type_in(keys)
        else:
            return
        async for effect in turn:
            yield effect

    async def type_in(self, keys: str) -> AsyncIterator[Effect]:
        """Take the keys typed so far for the answer."""
        question = self._talk.typing
        if question is None:
            return
        frame, step, slot = question
        found = fill_keys(slot, keys, self._talk.state)
        if found is not None:
            turn = self._listening.accept(frame, step, found)
        else:
            turn = self._listening.reflexes.not_understood(frame, step)
        async for effect in turn:
            yield effect
