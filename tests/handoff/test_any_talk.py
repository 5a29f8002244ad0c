"""Whatever people do in a talk, and whenever Kalm is killed: who has the caller has the caller.

A state machine lets callers come and hang up, and agents accept (twice, at once, late), hand on,
take back, consult, sit in, take over, lose their connection and close their cards, on a real
journal on disk.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable
from contextlib import ExitStack
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.events import CallEnded, CallStarted, Event, HandoffRequested
from handoff.cards import Cards, NotPossible, Taken
from handoff.conference import Role
from handoff.one_talk import InAnotherTalk
from handoff.presence import Presences
from handoff.relay import Joined, Occupied, Relay, Relays
from handoff.sitting_in import NotAsked, SittingIn
from handoff.store.journal import DurableJournal
from handoff.talking import NotHere, NotTalking, Talking
from handoff.wrapup import WrapUp
from tests.handoff.conftest import AMSTERDAM, HandClock
from tests.handoff.invariants import no_call_is_taken_by_two
from tests.handoff.test_any_offer import in_a_hurry, new_database
from tests.handoff.test_talking import ANSWER, OFFER, FakeLine

AGENTS = ("Ana", "Bo", "Cas")
agents = st.sampled_from(AGENTS)
TOO_LATE = (NotTalking, NotHere, InAnotherTalk, Occupied, Taken, NotPossible, NotAsked)
"""How somebody is told that it is not possible, or not any more."""


class Talks(RuleBasedStateMachine):
    """What may happen while people talk."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="kalm-talks-"))
        self.clock = HandClock()
        self.calls: list[str] = []

    @initialize()
    def open(self) -> None:
        shutil.copy(new_database(), self.folder / "kalm.db")
        self.runner.run(self._start())
        self.caller_comes()

    async def _start(self) -> None:
        self.journal = DurableJournal(f"sqlite+aiosqlite:///{self.folder / 'kalm.db'}", self.clock)
        in_a_hurry(self.journal.database)
        await self.journal.start()
        await self.journal.close_interrupted()
        self.relays = Relays()
        self.on_the_line: dict[str, ExitStack] = {}
        self.lines: dict[tuple[str, str], FakeLine] = {}
        self.talking = Talking(
            self.relays,
            self.journal,
            self.clock,
            AMSTERDAM,
            connect=self._connect,
            sleep=lambda _seconds: asyncio.sleep(0),
        )
        self.sitting = SittingIn(self.talking)
        self.presences = Presences(self.journal, self.clock)
        self.cards = Cards(self.journal, self.clock, AMSTERDAM)

    async def _stop(self) -> None:
        await self.talking.close()
        for line in self.on_the_line.values():
            line.close()
        await self.journal.close()

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            self.runner.run(self._stop())
        self.runner.close()
        shutil.rmtree(self.folder)

    async def _connect(self, _sdp: str, relay: Relay, joined: Joined) -> tuple[FakeLine, str]:
        await asyncio.sleep(0)  # others click meanwhile
        line = FakeLine()
        self.lines.setdefault((relay.call_id, joined.agent), line)
        self.lines[relay.call_id, joined.agent] = line
        return line, ANSWER

    def some_call(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(self.calls[-2:]), label="call")

    def do(self, *doing: Awaitable[object]) -> list[object]:
        """Do things at once; return how each went: None, or how it was refused."""

        async def run() -> list[object]:
            done = await asyncio.gather(*doing, return_exceptions=True)
            for each in done:
                if isinstance(each, BaseException) and not isinstance(each, TOO_LATE):
                    raise each
            await self._settle()
            return [each if isinstance(each, BaseException) else None for each in done]

        return self.runner.run(run())

    async def _settle(self) -> None:
        """Wait until who left has left, and who is heard was brought together with the caller."""
        async with asyncio.timeout(60):
            for call_id in self.calls:
                for agent in AGENTS:
                    part = self.talking.part_of(call_id, agent)
                    if part is None or part.task is None:
                        continue
                    line = self.lines[call_id, agent]
                    while line.sound.is_set() and not (line.told or part.joined.over.is_set()):  # noqa: ASYNC110
                        await asyncio.sleep(0.001)
                    while line.gone.is_set() and not part.joined.over.is_set():  # noqa: ASYNC110
                        await asyncio.sleep(0.001)
            # In a second round: who left may have taken others along.
            for call_id in self.calls:
                for agent in AGENTS:
                    part = self.talking.part_of(call_id, agent)
                    if part is not None and part.task is not None and part.joined.over.is_set():
                        await part.task

    @precondition(lambda self: len(self.on_the_line) < 2)
    @rule()
    def caller_comes(self) -> None:
        call_id = f"c{len(self.calls) + 1}"
        self.calls.append(call_id)
        asked = HandoffRequested(reason="caller_asked")
        self.do(self.journal.open(call_id, CallStarted(line="browser", language="nl"), asked))
        self.on_the_line[call_id] = ExitStack()
        relay = self.relays.begin(call_id, caller_rate=16000, line_rate=24000)
        self.on_the_line[call_id].enter_context(relay)

    @precondition(lambda self: self.on_the_line)
    @rule(data=st.data())
    def caller_hangs_up(self, data: st.DataObject) -> None:
        call_id = data.draw(st.sampled_from(sorted(self.on_the_line)))
        self.on_the_line.pop(call_id).close()
        self.do()
        ended = CallEnded(outcome="handed_off", by="caller")
        if not any(isinstance(e.body, CallEnded) for e in self.read(call_id)):
            self.do(self.journal.append(call_id, ended))

    @rule(data=st.data(), who=st.lists(agents, min_size=1, max_size=3), heard=st.booleans())
    def agents_accept(self, data: st.DataObject, who: list[str], heard: bool) -> None:
        """At once, late, twice: by two tabs of one agent, or by several agents."""
        call_id = self.some_call(data)
        done = self.do(*(self.talking.join(call_id, name, OFFER) for name in who))
        assert done.count(None) <= 1
        for name, refusal in zip(who, done, strict=True):
            if refusal is None and heard:
                self.sound_comes_of(call_id, name)

    @rule(data=st.data(), agent=agents)
    def sound_comes(self, data: st.DataObject, agent: str) -> None:
        self.sound_comes_of(self.some_call(data), agent)

    def sound_comes_of(self, call_id: str, agent: str) -> None:
        part, relay = self.talking.part_of(call_id, agent), self.relays.find(call_id)
        if part is None or relay is None:
            return
        part.joined.bot_is_quiet.set()
        self.lines[call_id, agent].sound.set()
        self.do()

    @rule(data=st.data(), agent=agents)
    def page_is_lost(self, data: st.DataObject, agent: str) -> None:
        part = self.talking.part_of(self.some_call(data), agent)
        if part is not None:
            line = self.lines[part.relay.call_id, agent]
            line.gone.set()
            line.sound.set()
            part.joined.bot_is_quiet.set()
            self.do()

    @rule(data=st.data(), agent=agents, to=st.none() | agents, warm=st.booleans())
    def hands_on(self, data: st.DataObject, agent: str, to: str | None, warm: bool) -> None:
        self.do(self.talking.hand_on(self.some_call(data), agent, to=to, warm=warm))

    @rule(
        data=st.data(),
        agent=agents,
        what=st.lists(st.sampled_from(["take_back", "leave", "hang_up", "give_back"]), min_size=1,
                      max_size=2),
    )  # fmt: skip
    def lets_go(self, data: st.DataObject, agent: str, what: list[str]) -> None:
        """Or takes back; two clicks at once are possible."""
        call_id = self.some_call(data)
        self.do(*(getattr(self.talking, each)(call_id, agent) for each in what))

    @rule(data=st.data(), agent=agents, other=agents)
    def consults(self, data: st.DataObject, agent: str, other: str) -> None:
        call_id = self.some_call(data)
        if self.do(self.sitting.ask(call_id, agent, other)) == [None]:
            self.comes(call_id, self.sitting.sit_in(call_id, other, "consult", OFFER), other)

    @rule(data=st.data(), who=agents)
    def listens(self, data: st.DataObject, who: str) -> None:
        call_id = self.some_call(data)
        self.comes(call_id, self.sitting.sit_in(call_id, who, "listen", OFFER), who)

    def comes(self, call_id: str, sitting_in: Awaitable[object], who: str) -> None:
        if self.do(sitting_in) == [None]:
            self.lines[call_id, who].sound.set()
            self.do()

    @rule(
        data=st.data(),
        agent=agents,
        what=st.sampled_from(["all_three", "back", "give", "take_over"]),
    )
    def goes_on(self, data: st.DataObject, agent: str, what: str) -> None:
        self.do(getattr(self.sitting, what)(self.some_call(data), agent))

    @rule(data=st.data(), agent=agents)
    def closes_the_card(self, data: st.DataObject, agent: str) -> None:
        """When the talk is over: its page asks for that first."""
        call_id = self.some_call(data)
        if call_id not in self.on_the_line:
            self.do(self.cards.close(call_id, agent, WrapUp("solved"), any_card=False))

    @rule()
    def kalm_is_killed(self) -> None:
        self.runner.run(self._stop())
        self.runner.run(self._start())

    def read(self, call_id: str) -> list[Event]:
        return self.runner.run(self.journal.read(call_id))

    @invariant()
    def who_has_the_caller_has_the_caller(self) -> None:
        if hasattr(self, "journal"):
            self.runner.run(self._look())

    async def _look(self) -> None:
        having: set[str] = set()
        there: list[str] = []
        for call_id in self.calls:
            no_call_is_taken_by_two(await self.journal.read(call_id))
            row = await self.journal.summary(call_id)
            assert row is not None
            if row.state == "accepted" and row.agent is not None:
                having.add(row.agent)
            relay = self.relays.find(call_id)
            assert (relay is not None) == (call_id in self.on_the_line)
            if relay is None or row.ended is not None:
                continue
            roles: tuple[Role, ...] = ("agent", "colleague", "supervisor")
            parts = {role: part for role in roles if (part := relay.at(role)) is not None}
            there += [part.agent for part in parts.values()]
            agent = parts.get("agent")
            if row.state == "accepted":
                assert row.agent in {part.agent for part in parts.values()}, "nobody is with them"
            if row.state == "bot":
                assert agent is None, "somebody talks whose card it is not"
            if row.state == "waiting":
                assert agent is None or agent.handing_on
            if agent is not None and not agent.handing_on:
                assert row.agent == agent.agent
            assert relay.open == (agent is not None and agent.heard)
            if relay.open:
                with_caller = [r for r in roles if relay.conference.hears("caller", r)]
                assert with_caller or relay.conference.on_hold
        assert len(there) == len(set(there)), "somebody is in two talks"
        for name in AGENTS:
            state = (await self.presences.of(name)).state
            assert (state in ("busy", "wrap_up")) == (name in having or name in there), name


Talks.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestTalks = Talks.TestCase
