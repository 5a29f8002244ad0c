"""Load: callers who talk with a bot at the pace of real calls, and what they notice.

Each call follows one timeline:

    caller  ~~~~~~~~|                         ~~~~~~|
    bot             |<- answer ->|~~~~~~~~~~        |<- answer ->|~~~~
                    last sound   first sound

`answer` is measured on the caller's side of the line, in samples of the sound itself.
A gap is a piece of an answer that came too late to be played on time: the telephone ran
dry within it, for longer than `GAP_S`.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from loguru import logger
from websockets.exceptions import InvalidHandshake

from bot.events import Language
from bot.line.robot_ears import last_sound
from bot.line.robot_handset import RATE
from bot.line.robot_phone import Phone
from bot.line.robot_script import Step

GAP_S = 0.06
"""A silence in the bot's speech that a listener takes for a stutter."""
NEW_ANSWER_S = 0.6
"""Silence after which more sound is taken for another answer, where the bot sends no marks."""
GREETING_S = 60.0
"""Seconds in which a bot must greet; stock bots load a model for each call."""
PATIENCE_S = 12.0
"""Seconds after which an answer is given up."""
QUIET_S = 0.7
"""Silence of the bot after which it is the caller's turn."""


@dataclass
class Call:
    """What one caller noticed."""

    language: Language
    greeting_s: float | None = None
    """From the beginning of the call to the first sound."""
    answers_s: list[float] = field(default_factory=list)
    unanswered: int = 0
    gaps_s: list[float] = field(default_factory=list)
    lost: str | None = None
    """Why the call broke."""


class Stutters:
    """Watches a telephone for gaps, tick by tick."""

    def __init__(self, phone: Phone) -> None:
        """Watch from now on."""
        self._phone = phone
        self._dry_since: int | None = None
        self.gaps_s: list[float] = []

    async def watch(self) -> None:
        """Look at every tick, until cancelled."""
        handset = self._phone.handset
        while not self._phone.bot_hung_up:
            await self._tick()
            if handset.playing or handset.last_sound is None:
                if self._dry_since is not None:
                    self._ended((handset.now - self._dry_since) / RATE)
                self._dry_since = None
            elif self._dry_since is None:
                self._dry_since = handset.now

    async def _tick(self) -> None:
        now = self._phone.handset.now
        await self._phone.until(lambda: self._phone.handset.now > now, 1)

    def _ended(self, seconds: float) -> None:
        if GAP_S < seconds < NEW_ANSWER_S:
            self.gaps_s.append(round(seconds, 3))


async def call(
    url: str,
    script: Sequence[Step],
    language: Language,
    *,
    every_s: float = 8.0,
    after_s: float = 0.0,
) -> Call:
    """Make a call: greet, then a turn every so many seconds.

    Args:
        url: Of a Twilio-protocol websocket.
        script: What to say, turn by turn.
        language: Asked of the bot.
        every_s: From the beginning of one turn to that of the next; later when the bot still talks.
        after_s: Seconds to wait before calling.
    """
    await asyncio.sleep(after_s)
    noticed = Call(language)
    try:
        async with Phone.calling(
            url, "CA" + secrets.token_hex(16), {"language": language}
        ) as phone:
            stutters = Stutters(phone)
            watching = asyncio.create_task(stutters.watch())
            try:
                await _talk(phone, script, noticed, every_s)
            finally:
                watching.cancel()
                noticed.gaps_s = stutters.gaps_s
            if phone.bot_hung_up:
                noticed.lost = f"the bot hung up ({phone.why_closed})"
    except (OSError, InvalidHandshake, TimeoutError) as error:
        logger.warning(f"a call broke: {error}")
        noticed.lost = str(error) or type(error).__name__
    return noticed


async def _talk(phone: Phone, script: Sequence[Step], noticed: Call, every_s: float) -> None:
    handset = phone.handset

    def silent() -> bool:
        quiet = handset.now - (handset.last_sound or 0) >= QUIET_S * RATE
        return not handset.playing and quiet

    if not await phone.until(lambda: bool(handset.onsets), GREETING_S):
        noticed.lost = "the bot never spoke"
        return
    noticed.greeting_s = handset.onsets[0] / RATE
    await phone.until(silent, 30)
    for step in script:
        begins = handset.now
        ended = handset.say(step.sound) + (last_sound(step.sound) or 0)

        def first(since: int = ended) -> int | None:
            return next((onset for onset in handset.onsets if onset >= since), None)

        if await phone.until(lambda: first() is not None, len(step.sound) / 2 / RATE + PATIENCE_S):
            noticed.answers_s.append(round(((first() or 0) - ended) / RATE, 3))
        else:
            noticed.unanswered += 1
        await phone.until(silent, 40)
        await phone.until(lambda: False, every_s - (handset.now - begins) / RATE)
        if phone.bot_hung_up:
            return
