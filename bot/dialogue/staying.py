"""Staying: what the bot does for a caller in danger, until a person is there.

From the first sign of a crisis to the end of the call nothing else is asked,
offered or ended: a person is fetched, the numbers to call are named, and every
word, silence and key is met with a short warm sentence.
"""

from collections.abc import AsyncIterator
from typing import Literal

from bot.dialogue.effects import Effect
from bot.dialogue.filling import Ask, fill
from bot.dialogue.ladder_rules import Says
from bot.dialogue.slots import Slot
from bot.dialogue.talk import Talk
from bot.events import CallbackPromised, HandoffRequested, IncidentReported, SlotFilled
from bot.say import Say
from bot.understanding.meaning import Meaning

NAMED_EVERY = 3
"""Of so many sentences one names the number again."""
SILENCES_S = (10.0, 15.0, 30.0, 60.0)
"""Seconds of silence before the caller hears that we are there: the first times, then the last."""
_ROUNDS = 4
"""How often each of these is waited for."""

Turn = AsyncIterator[Effect]


class Staying:
    """Stays with a caller in danger."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk

    @property
    def _says(self) -> Says:
        return self.talk.content.ladder.says

    async def hear(self, meaning: Meaning | None, of: int) -> Turn:
        """Take what a caller in danger says.

        Args:
            meaning: What it was taken to mean; None when that could not be told.
            of: `seq` of its CallerSpoke.
        """
        if await self.fetch_help(of):
            yield await self._name_numbers()
            return
        number = self._number(meaning)
        if number is not None:
            yield await self._calls_back(number)
            return
        asked = _asked(self.talk)
        if asked and meaning is not None and meaning.intent in ("affirm", "deny"):
            yes = meaning.intent == "affirm"
            answer = self._says.crisis_answer_yes if yes else self._says.crisis_answer_no
            yield await self.talk.say(answer)
            return
        if self._new_kind(of):
            yield await self._name_numbers()
            return
        yield await self.stay()

    async def stay(self) -> Say:
        """Say that we are there; every third time with the number."""
        state = self.talk.state
        said = sum(state.times_said.get(name, 0) for name in self._staying_answers)
        named = self._number_answer if said % NAMED_EVERY == NAMED_EVERY - 1 else None
        return await self.talk.say(named or self._says.crisis_stay)

    async def accepted(self) -> Turn:
        """A colleague took the call, and calls back: the caller is told so, and is not left."""
        number = self.talk.state.callback or self.talk.state.caller_number
        if number is None:
            yield await self.talk.say("crisis_which_number")
            return
        yield await self._calls_back(number)

    async def left_alone(self) -> Turn:
        """The caller is ours again: stay, and let the card wait once more.

        Danger that was told to nobody but the agent's card is met with whom to call.
        """
        await self.talk.record.catch_up()
        await self.talk.record.append(
            SlotFilled(slot="colleague", value=None, by="flow"), HandoffRequested(reason="crisis")
        )
        kinds = {getattr(self._says, f"crisis_{kind}") for kind in self.talk.state.ladder.crisis}
        told = (kinds | {self._says.crisis_unclear}) & self.talk.state.times_said.keys()
        yield await (self.stay() if told else self._name_numbers())

    @property
    def _staying_answers(self) -> tuple[str, str]:
        return (self._says.crisis_stay, self._number_answer)

    @property
    def _number_answer(self) -> str:
        kind = self.talk.state.ladder.crisis[-1:]
        bodily = kind and kind[0] in ("emergency", "gas", "fire")
        return self._says.crisis_number_emergency if bodily else self._says.crisis_number

    def _number(self, meaning: Meaning | None) -> str | None:
        """Return the number at which an agent who took the call is to call; None when untold."""
        state = self.talk.state
        if meaning is None or state.agent is None or state.callback or state.caller_number:
            return None
        said = fill(Ask(Slot("callback_number", "phone"), meaning, state, self.talk.now))
        return str(said.value) if said else None

    async def _calls_back(self, number: str) -> Say:
        """Promise that the colleague who took the call calls at once, and say so."""
        if self.talk.state.callback != number:
            await self.talk.record.append(
                CallbackPromised(number=number),
                SlotFilled(slot="callback", value=number, by="flow"),
            )
        return await self.talk.say(self._says.crisis_colleague)

    async def fetch_help(self, of: int) -> bool:
        """Report and fetch a person the first time; False when that was done."""
        state = self.talk.state
        if "crisis" in state.ladder.fetched:
            return False
        heard = state.mood.heard
        evidence = heard.evidence if heard else ()
        await self.talk.record.append(
            IncidentReported(
                of=of,
                sign="crisis",
                urgent=True,
                evidence=tuple(each for each in evidence if each.name == "crisis"),
            ),
            HandoffRequested(reason="crisis"),
            SlotFilled(slot="slow", value=True, by="flow"),
        )
        await self.talk.unwind()
        return True

    def _new_kind(self, of: int) -> bool:
        """Whether this very utterance told of another danger than those that were met."""
        ladder = self.talk.state.ladder
        turn = ladder.now
        if turn is None or turn.of != of or "crisis" not in turn.signs:
            return False
        kind: Literal["life", "emergency", "gas", "fire", "unclear"] = ladder.crisis[-1]
        return not self.talk.state.times_said.get(getattr(self._says, f"crisis_{kind}"))

    async def _name_numbers(self) -> Say:
        """Say whom to call, by the kinds of danger that were told."""
        kinds = self.talk.state.ladder.crisis
        kind = kinds[-1] if kinds else "unclear"
        if "life" in kinds and kind == "emergency":
            kind = "unclear"  # who took pills needs both numbers
        return await self.talk.say(getattr(self._says, f"crisis_{kind}"))


def crisis_patience(silences: int) -> float:
    """Return the seconds of silence to wait for, by how often in a row there was silence."""
    return SILENCES_S[min(silences // _ROUNDS, len(SILENCES_S) - 1)]


def _asked(talk: Talk) -> bool:
    """Whether the bot's last words were a question that yes and no answer."""
    return talk.state.last_words.endswith("?")
