"""Try-out: text calls that owners hold with the bot, live or as drafted, and see why.

Nothing of them is stored: they live in memory, for as long as somebody talks.
"""

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.events import Candidate, Entity, Language, Sign
from handoff.studio.folder import Texts

IDLE = timedelta(minutes=15)
"""After so long without a word a call is over."""
MOST_CALLS = 20
"""Calls that may be open at a time, of all owners."""
MOST_TURNS = 80
"""In one call."""
MOST_A_MINUTE = 40
"""Sentences and recordings of one owner."""
LONGEST = 500
"""Characters of a sentence."""
LARGEST_SOUND = 2_000_000
"""Bytes of a recording: a minute and a half of what a browser records."""
LONGEST_SOUND_S = 25
"""Seconds of a recording that are listened to."""

On = Literal["live", "draft"]


@dataclass(frozen=True)
class Near:
    """An example that means nearly the same."""

    words: str
    intent: str
    language: Language | None
    likeness: float
    """Cosine of the sentences' vectors, -1 to 1."""


@dataclass(frozen=True)
class Reply:
    """What the bot made of a sentence, and what it said to it."""

    words: str
    """The caller's; empty at the beginning of the call."""
    language: Language
    intent: str = ""
    """Empty when nothing was said, or the bot did not try to understand it."""
    confidence: float = 0.0
    ranking: tuple[Candidate, ...] = ()
    entities: tuple[Entity, ...] = ()
    signs: tuple[Sign, ...] = ()
    """What the words tell of the caller's mood."""
    unsure: tuple[Sign, ...] = ()
    says: tuple[str, ...] = ()
    near: tuple[Near, ...] = ()
    """The examples that mean most nearly the same, the nearest first."""
    ended: bool = False
    """Whether the call is over."""


@dataclass(frozen=True)
class Transcript:
    """What was recognised of a recording."""

    words: str
    language: Language
    confidence: float


class NotReady(Exception):
    """The models are still being loaded, or too many are heard at the moment."""


class UnusableSound(Exception):
    """A recording that can't be read."""


class TextCall(Protocol):
    """A call in text, with the demo company."""

    async def begin(self) -> Reply:
        """Open the call; returns the greeting."""
        ...

    async def say(self, words: str) -> Reply:
        """Say something, as the caller."""
        ...

    async def close(self) -> None:
        """Hang up."""
        ...


class Workbench(Protocol):
    """The bot, to be tried."""

    async def call(self, texts: Texts, *, live: bool, language: Language) -> TextCall:
        """Return a call that has not begun.

        Args:
            texts: The files.
            live: Whether they are what new calls are held with now; else they are a draft.
            language: Of the greeting.

        Raises:
            Broken: The draft does not load.
            NotReady: Later.
        """
        ...

    async def hear(self, sound: bytes, language: Language) -> Transcript | None:
        """Return what is said in a recording; None when nobody speaks. Nothing is kept.

        Raises:
            UnusableSound: It is none.
            NotReady: Later.
        """
        ...


class Refused(Exception):
    """A try that is not made; says why: too_many_calls, too_fast, too_long, over, gone."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass
class Open:
    """A call that somebody holds."""

    token: str
    by: str
    on: On
    text_call: TextCall
    seen: datetime
    replies: list[Reply] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether the bot hung up."""
        return bool(self.replies) and self.replies[-1].ended


class TryOut:
    """The calls that owners hold now.

    Args:
        bench: The bot.
        clock: Tells how long nobody spoke.
    """

    def __init__(self, bench: Workbench, clock: Callable[[], datetime]) -> None:
        self._bench = bench
        self._clock = clock
        self._calls: dict[str, Open] = {}
        self._lately: dict[str, deque[datetime]] = {}

    async def begin(self, by: str, on: On, texts: Texts, language: Language) -> Open:
        """Open a call; one that the same owner held ends. Raises Refused, Broken, NotReady."""
        self.count(by)
        await self._tidy(by)
        if len(self._calls) >= MOST_CALLS:
            raise Refused("too_many_calls")
        call = await self._bench.call(texts, live=on == "live", language=language)
        opened = Open(secrets.token_urlsafe(12), by, on, call, self._clock())
        opened.replies.append(await call.begin())
        self._calls[opened.token] = opened
        return opened

    def find(self, token: str, by: str) -> Open:
        """Return a call that is held; raises Refused."""
        found = self._calls.get(token)
        if found is None or found.by != by:
            raise Refused("gone")
        return found

    async def say(self, token: str, by: str, words: str) -> Open:
        """Say something in a call; raises Refused."""
        found = self.find(token, by)
        words = " ".join(words.split())
        if not words:
            return found
        if len(words) > LONGEST:
            raise Refused("too_long")
        if found.over or len(found.replies) > MOST_TURNS:
            raise Refused("over")
        self.count(by)
        found.seen = self._clock()
        found.replies.append(await found.text_call.say(words))
        return found

    async def hear(self, by: str, sound: bytes, language: Language) -> Transcript | None:
        """Return what is said in a recording; raises Refused, UnusableSound, NotReady."""
        if len(sound) > LARGEST_SOUND:
            raise Refused("too_long")
        self.count(by)
        return await self._bench.hear(sound, language)

    def count(self, by: str) -> None:
        """Take a try of an owner, or refuse it."""
        now = self._clock()
        lately = self._lately.setdefault(by, deque())
        while lately and now - lately[0] > timedelta(minutes=1):
            lately.popleft()
        if len(lately) >= MOST_A_MINUTE:
            raise Refused("too_fast")
        lately.append(now)

    async def _tidy(self, by: str) -> None:
        now = self._clock()
        for token, call in list(self._calls.items()):
            if call.by == by or now - call.seen > IDLE:
                del self._calls[token]
                await call.text_call.close()
