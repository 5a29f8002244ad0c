"""Whisper: the first line of the card, spoken to the agent before the caller is connected.

It is put into what the agent hears and nowhere else, while the bot tells the caller who comes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, tzinfo

from loguru import logger

from bot.events import Language
from handoff.agents import Agents
from handoff.cards import Cards
from handoff.parts import Card
from handoff.relay import FRAME_S, Ear
from handoff.store.journal import DurableJournal

MOST_S = 3.0
"""Seconds that it takes at most, the making of it included; what is longer is cut off."""
SPEAKER = "card"
"""Whose voice it is among those that the agent hears."""

Speak = Callable[[str, Language], Awaitable[tuple[bytes, int]]]
"""Speaks a line: PCM16 mono, and samples a second."""


class Whisper:
    """Speaks cards to agents who want that."""

    def __init__(
        self,
        journal: DurableJournal,
        clock: Callable[[], datetime],
        zone: tzinfo,
        speak: Speak,
    ) -> None:
        """Take the record, and who speaks."""
        self._cards = Cards(journal, clock, zone)
        self._agents = Agents(journal.database)
        self._speak = speak

    async def to(self, ear: Ear, call_id: str, agent: str, language: Language) -> None:
        """Let an agent hear what the call is about, within MOST_S; a voice that fails is none."""
        try:
            async with asyncio.timeout(MOST_S):
                if not (await self._agents.profile(agent)).whisper:
                    return
                card = await self._cards.card(call_id, language)
                line = first_line(card) if card is not None else ""
                if line:
                    sound, rate = await self._speak(line, language)
                    await _play(ear, sound, rate)
        except TimeoutError:
            pass
        except Exception as error:  # a voice can fail in many ways, and the talk must begin
            logger.error(f"call {call_id}: nothing could be whispered: {error!r}")
        finally:
            ear.clear(SPEAKER)


def first_line(card: Card) -> str:
    """Return what an agent should know first: danger, the reason, the mood; no name, no number."""
    facts = (card.urgent, card.reason, card.mood.now if card.mood else None)
    said = [fact.text.rstrip(". ") for fact in facts if fact is not None]
    return ". ".join(dict.fromkeys(said))


async def _play(ear: Ear, sound: bytes, rate: int) -> None:
    """Put sound into an ear at the pace at which it is heard."""
    size = 2 * int(rate * FRAME_S)
    clock = asyncio.get_running_loop().time
    due = clock()
    for at in range(0, len(sound), size):
        ear.put(sound[at : at + size], rate, SPEAKER)
        due += FRAME_S
        await asyncio.sleep(max(0.0, due - clock()))
