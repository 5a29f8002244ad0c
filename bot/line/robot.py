"""Robot: a caller who follows a script, and tells how it went.

It speaks when a person would: after the greeting, when the bot has been
silent for a moment. What it measures is what a caller notices: seconds from
their own last sound to the bot's first.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from websockets.exceptions import InvalidHandshake, InvalidURI

from bot.events import (
    ActionTaken,
    BargedIn,
    BotSpoke,
    CallEnded,
    CallerSpoke,
    Event,
    KeyPressed,
    Language,
    Outcome,
    TurnTimed,
)
from bot.line.robot_ears import last_sound
from bot.line.robot_handset import RATE
from bot.line.robot_phone import Pace, Phone
from bot.line.robot_script import Step

INTERRUPT_AFTER = 1.0
"""Seconds of the bot's sound after which an `/over` begins."""
BETWEEN_KEYS = 0.2
"""Seconds from one key to the next."""
ENDING = 10.0
"""Seconds in which a call that is over must be on record as such."""


class Record(Protocol):
    """What the bot's own side says of a call; empty for bots that say nothing."""

    async def events(self, call_id: str) -> list[Event]:
        """Return the events so far."""
        ...

    async def card(self, call_id: str) -> dict[str, Any] | None:
        """Return the card as it is now."""
        ...


Transcriber = Callable[[bytes, int], Awaitable[str]]
"""Writes down PCM16 of a sample rate: for bots that keep no record."""


@dataclass(frozen=True)
class Manners:
    """How patient the caller is, in seconds."""

    pause: float = 0.7
    """Of silence after which it is the caller's turn."""
    patience: float = 20.0
    """Without any sound of the bot, after which the caller goes on regardless."""
    longest: float = 120.0
    """That the bot may speak without a pause."""


@dataclass
class Turn:
    """One line of the script and what came of it."""

    said: str
    """By the caller; empty for the greeting."""
    recognised: str | None = None
    """What the bot made of it; None when it does not tell."""
    heard: str = ""
    """The bot's words in answer, as far as they were played."""
    latency_s: float | None = None
    """From the caller's last sound to the bot's first; None without an answer."""
    actions: list[dict[str, Any]] = field(default_factory=list)
    """What the bot asked of the company's systems, and the result."""
    stages: dict[str, float] = field(default_factory=dict)
    """When the bot reached each stage of its answer, by the names of `bot.stages`, in seconds from
    what it took for the caller's last sound; empty when it does not tell."""


@dataclass
class CallReport:
    """A whole call, as `kalm call --json` prints it."""

    turns: list[Turn] = field(default_factory=list)
    greeting: Turn = field(default_factory=lambda: Turn(said=""))
    outcome: Outcome | None = None
    call_id: str = ""
    card: dict[str, Any] | None = None
    actions: list[dict[str, Any]] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)
    """Lines left when the bot hung up."""
    hung_up_by: str = "caller"
    error: str | None = None
    """Why the call failed."""

    @property
    def completed(self) -> bool:
        """Whether the bot answered, and the call came to an end that was meant."""
        return self.error is None and self.outcome not in ("failed", "interrupted")


class Robot:
    """Makes calls, one at a time."""

    def __init__(
        self,
        url: str,
        record: Record,
        *,
        language: Language = "nl",
        manners: Manners | None = None,
        transcriber: Transcriber | None = None,
        pace: Pace | None = None,
    ) -> None:
        """Prepare to call a bot.

        Args:
            url: Of a Twilio-protocol websocket.
            record: What the bot's side says of its calls.
            language: The language asked for.
            manners: How patient to be.
            transcriber: For bots without a record.
            pace: Tells when a tick is due; real time when None.
        """
        self._url = url
        self._record = record
        self._language = language
        self._manners = manners or Manners()
        self._transcriber = transcriber
        self._pace = pace
        self._seen = 0
        self._turns: list[tuple[Turn, int]] = []
        self.phone: Phone | None = None
        """The telephone of the last call, with its sound."""

    async def call(
        self,
        script: Sequence[Step],
        call_id: str,
        *,
        parameters: dict[str, str] | None = None,
        on_turn: Callable[[Turn], None] = lambda turn: None,
    ) -> CallReport:
        """Make one call.

        Args:
            script: What to do, in order.
            call_id: A new call's SID.
            parameters: What TwiML would pass on, besides the language.
            on_turn: Told of the greeting and of each turn when it is over.
        """
        report = CallReport(call_id=call_id)
        self._seen, self._turns = 0, []
        known = {"language": self._language, **(parameters or {})}
        try:
            async with Phone.calling(self._url, call_id, known, self._pace) as phone:
                self.phone = phone
                await self._talk(phone, script, report, on_turn)
        except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as error:
            report.error = f"no connection to {self._url}: {error}"
            return report
        await self._conclude(report)
        return report

    async def _talk(
        self,
        phone: Phone,
        script: Sequence[Step],
        report: CallReport,
        on_turn: Callable[[Turn], None],
    ) -> None:
        steps = list(script)
        await self._hear_out(phone, report.greeting, 0, 0, cut_in=_cuts_in(steps))
        on_turn(report.greeting)
        while steps and not phone.bot_hung_up:
            step = steps.pop(0)
            turn = Turn(said=step.said)
            report.turns.append(turn)
            begin = phone.handset.now
            ended = await self._do(phone, step)
            await self._hear_out(
                phone, turn, begin, ended, cut_in=_cuts_in(steps), answer=step.wait is None
            )
            on_turn(turn)
        report.unsaid = [step.said for step in steps]
        if phone.bot_hung_up:
            report.hung_up_by = "bot"
        if not phone.handset.onsets:
            why = f"hung up ({phone.why_closed})" if phone.bot_hung_up else "never spoke"
            report.error = f"the bot {why}"

    async def _do(self, phone: Phone, step: Step) -> int:
        """Do what a line says; returns the sample from which an answer is awaited."""
        handset = phone.handset
        begins = handset.now
        if step.keys:
            for key in step.keys[:-1]:
                await phone.press(key)
                await phone.until(lambda: False, BETWEEN_KEYS)
            await phone.press(step.keys[-1])
            return handset.now
        if step.wait is not None:
            await phone.until(lambda: False, step.wait)
            return begins
        begins = handset.say(step.sound)
        seconds = len(step.sound) / 2 / RATE
        await phone.until(lambda: not handset.speaking, seconds + 1)
        return begins + (last_sound(step.sound) or 0)

    async def _hear_out(
        self,
        phone: Phone,
        turn: Turn,
        begin: int,
        ended: int,
        *,
        cut_in: bool,
        answer: bool = True,
    ) -> None:
        """Wait until the bot has answered and is silent; to cut in, until it is well on its way."""
        handset, manners = phone.handset, self._manners

        def first() -> int | None:
            return next((onset for onset in handset.onsets if onset >= ended), None)

        def silent() -> bool:
            since = handset.now - max(handset.last_sound or 0, ended)
            return not handset.playing and since >= manners.pause * RATE

        if answer:
            await phone.until(lambda: first() is not None, manners.patience)
        if cut_in:
            await phone.until(lambda: False, INTERRUPT_AFTER)
        else:
            await phone.until(silent, manners.longest)
        onset = first()
        turn.latency_s = None if onset is None else round((onset - ended) / RATE, 3)
        turn.heard = await self._transcribed(phone, begin)
        events = await self._record.events(phone.call_id)
        self._turns.append((turn, self._seen))
        self._seen = events[-1].seq if events else self._seen
        of_turn = [event for event in events if event.seq > self._turns[-1][1]]
        _fill(turn, of_turn, _cut(events), _times(events))

    async def _transcribed(self, phone: Phone, begin: int) -> str:
        if self._transcriber is None:
            return ""
        return await self._transcriber(phone.handset.bot_sound(begin), RATE)

    async def _conclude(self, report: CallReport) -> None:
        """Read what is on record once the call is over there too."""
        events = await self._record.events(report.call_id)
        if not events:
            return
        for _ in range(int(ENDING / 0.2)):
            if isinstance(events[-1].body, CallEnded):
                break
            await asyncio.sleep(0.2)
            # A bot that is stopping may tell nothing any more; what it told before stands.
            events = await self._record.events(report.call_id) or events
        ends = [begin for _, begin in self._turns[1:]] + [events[-1].seq]
        for (turn, begin), end in zip(self._turns, ends, strict=True):
            of_turn = [event for event in events if begin < event.seq <= end]
            _fill(turn, of_turn, _cut(events), _times(events))
        report.outcome = next(
            (event.body.outcome for event in events if isinstance(event.body, CallEnded)), None
        )
        report.actions = [action for turn, _ in self._turns for action in turn.actions]
        report.card = await self._record.card(report.call_id)


def _cuts_in(steps: Sequence[Step]) -> bool:
    """Tell whether the caller's next line comes while the bot speaks."""
    return bool(steps) and steps[0].over


def _cut(events: Sequence[Event]) -> dict[int, str]:
    """Return how much was heard of what was cut short, by the number of its BotSpoke."""
    return {event.body.of: event.body.heard for event in events if isinstance(event.body, BargedIn)}


def _times(events: Sequence[Event]) -> dict[int, dict[str, float]]:
    """Return the stages of the answers, by the number of the CallerSpoke."""
    return {e.body.of: e.body.stages for e in events if isinstance(e.body, TurnTimed)}


def _fill(
    turn: Turn,
    events: Sequence[Event],
    cut: Mapping[int, str],
    times: Mapping[int, dict[str, float]],
) -> None:
    """Write into a turn what is on record of it."""
    if not events:
        return
    bodies = [event.body for event in events]
    recognised = [body.words for body in bodies if isinstance(body, CallerSpoke)]
    keys = "".join(body.key for body in bodies if isinstance(body, KeyPressed))
    recognised += [f"/key {keys}"] if keys else []
    turn.recognised = " ".join(recognised) if turn.said else None
    spoke = [event.seq for event in events if isinstance(event.body, CallerSpoke)]
    turn.stages = next((times[seq] for seq in reversed(spoke) if seq in times), {})
    turn.heard = " ".join(
        cut.get(event.seq, event.body.words) for event in events if isinstance(event.body, BotSpoke)
    )
    turn.actions = [
        {
            "action": body.action,
            "arguments": body.arguments,
            "result": body.result,
            "facts": body.facts,
        }
        for body in bodies
        if isinstance(body, ActionTaken)
    ]
