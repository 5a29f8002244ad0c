"""Load: callers who talk with a bot at the pace of real calls, and what they notice.

Each call follows one timeline:

    caller  ~~~~~~~~|                         ~~~~~~|
    bot             |<- answer ->|~~~~~~~~~~        |<- answer ->|~~~~
                    last sound   first sound

`answer` is measured on the caller's side of the line, in samples of the sound itself.
A gap is a piece of an answer that came too late to be played on time; see `ear`.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from ear import Ear
from loguru import logger
from websockets.exceptions import WebSocketException

from bot.events import Language
from bot.line.robot_ears import last_sound
from bot.line.robot_handset import RATE
from bot.line.robot_phone import Phone
from bot.line.robot_script import Step

GREETING_S = 60.0
"""Seconds in which a bot must greet; stock bots load a model for each call."""
PATIENCE_S = 12.0
"""Seconds after which an answer is given up."""
LONGEST_S = 40.0
"""Seconds that an answer may last."""
QUIET_S = 0.7
"""Silence of the bot after which it is the caller's turn."""


@dataclass
class Call:
    """What one caller noticed."""

    language: Language
    call_id: str
    greeting_s: float | None = None
    """From the beginning of the call to the first sound."""
    answers_s: list[float] = field(default_factory=list)
    unanswered: int = 0
    gaps_s: list[float] = field(default_factory=list)
    lost: str | None = None
    """Why the call broke, or was refused."""
    every_s: list[float] = field(default_factory=list)
    """From the beginning of one turn to that of the next."""


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
        every_s: From the beginning of one turn to that of the next, over the bot's words if need
            be; later only when the bot has not answered yet.
        after_s: Seconds to wait before calling.
    """
    await asyncio.sleep(after_s)
    noticed = Call(language, "CA" + secrets.token_hex(16))
    try:
        ear = Ear()
        async with (
            asyncio.timeout(GREETING_S + len(script) * (every_s + LONGEST_S)),
            Phone.calling(url, noticed.call_id, {"language": language}, handset=ear) as phone,
        ):
            try:
                await _talk(phone, script, noticed, every_s)
            finally:
                noticed.gaps_s = ear.gaps_s
            if phone.bot_hung_up:
                noticed.lost = f"the bot hung up ({phone.why_closed})"
    except (OSError, WebSocketException, TimeoutError) as error:
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
    last: int | None = None
    for step in script:
        begins = handset.now
        if last is not None:
            noticed.every_s.append(round((begins - last) / RATE, 2))
        last = begins
        ended = handset.say(step.sound) + (last_sound(step.sound) or 0)

        def first(since: int = ended) -> int | None:
            return next((onset for onset in handset.onsets if onset >= since), None)

        if await phone.until(lambda: first() is not None, len(step.sound) / 2 / RATE + PATIENCE_S):
            noticed.answers_s.append(round(((first() or 0) - ended) / RATE, 3))
        else:
            noticed.unanswered += 1
        await phone.until(lambda: False, every_s - (handset.now - begins) / RATE)
        if phone.bot_hung_up:
            return
