"""Caller: one person on the telephone, for measurements that time what is said to the sample."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bots import Bot
from ear import Ear
from sounds import Wave, pcm
from websockets.exceptions import InvalidHandshake, WebSocketException

from bot.events import Event, Language
from bot.line.robot_api import RobotApi
from bot.line.robot_ears import last_sound
from bot.line.robot_handset import RATE
from bot.line.robot_phone import Phone

QUIET_S = 0.9
"""Silence of the bot after which it is the caller's turn."""
PATIENCE_S = 12.0
"""Seconds in which a bot must answer."""
LONGEST_S = 40.0
"""Seconds that a bot may speak on end."""


class CallBroke(Exception):
    """The bot hung up, never spoke, or could not be reached."""


class Caller:
    """One call; use `Caller.calling`."""

    def __init__(self, phone: Phone, ear: Ear, api: RobotApi, language: Language) -> None:
        self.phone, self.ear, self.language = phone, ear, language
        self._api = api

    @classmethod
    @asynccontextmanager
    async def calling(
        cls, bot: Bot, language: Language, longest_s: float
    ) -> "AsyncIterator[Caller]":
        """Call a bot, and hang up at the end.

        Args:
            bot: Which.
            language: Asked of it.
            longest_s: Seconds after which the call is given up, whatever happens.

        Raises:
            CallBroke: It could not be reached, or the call took too long.
        """
        ear, api = Ear(), RobotApi(bot.url, bot.token)
        call_id = "CA" + secrets.token_hex(16)
        try:
            async with (
                asyncio.timeout(longest_s),
                Phone.calling(bot.url, call_id, {"language": language}, handset=ear) as phone,
            ):
                yield cls(phone, ear, api, language)
        except (OSError, InvalidHandshake, WebSocketException) as error:
            raise CallBroke(f"{type(error).__name__}: {error}") from error
        except TimeoutError as error:
            raise CallBroke(f"the call took longer than {longest_s:.0f} s") from error
        finally:
            await api.close()

    @property
    def now(self) -> int:
        """Samples since the call began."""
        return self.ear.now

    def say(self, sound: Wave) -> tuple[int, int]:
        """Say something; returns the samples at which it begins and ends."""
        data = pcm(sound)
        begins = self.ear.say(data)
        return begins, begins + (last_sound(data) or len(data) // 2)

    async def wait(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            CallBroke: The bot hung up meanwhile.
        """
        await self.phone.until(lambda: False, seconds)
        self._still_there()

    async def spoken_to(self, since: int) -> int:
        """Wait until the bot begins to speak; return the sample.

        Raises:
            CallBroke: It does not.
        """
        if not await self.phone.until(lambda: self.first(since) is not None, PATIENCE_S):
            self._still_there()
            raise CallBroke(f"no answer within {PATIENCE_S:.0f} s")
        return self.first(since) or since

    async def quiet(self) -> None:
        """Wait until the bot has nothing more to say.

        Raises:
            CallBroke: It speaks on and on, or hung up.
        """
        if not await self.phone.until(self._is_quiet, LONGEST_S):
            self._still_there()
            raise CallBroke(f"the bot spoke for {LONGEST_S:.0f} s")

    def first(self, since: int) -> int | None:
        """Return the first sample after `since` at which the bot began to speak."""
        return next((onset for onset in self.ear.onsets if onset >= since), None)

    async def events(self) -> list[Event]:
        """Return what is on record of the call so far."""
        return await self._api.events(self.phone.call_id)

    def _is_quiet(self) -> bool:
        silent = self.now - max(self.ear.last_sound or 0, 0) >= QUIET_S * RATE
        return bool(self.ear.onsets) and not self.ear.playing and silent

    def _still_there(self) -> None:
        if self.phone.bot_hung_up:
            raise CallBroke(f"the bot hung up ({self.phone.why_closed})")
