"""Machine: runs the steps of flows until the caller must speak or the call is over."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

from bot.company.api import (
    CompanyError,
    CompanyInvalid,
    CompanyRefused,
    CompanyTimeout,
    CompanyUnavailable,
)
from bot.dialogue.action import Action, Done, Task
from bot.dialogue.actions import ACTIONS, END_CALL
from bot.dialogue.conditions import SlotValue
from bot.dialogue.effects import Effect, EndCall
from bot.dialogue.filling import Ask, Fill, fill
from bot.dialogue.flow_checks import ROOT
from bot.dialogue.flows import END, Act, Call, Collect, Link, SetSlots, Step, Utter
from bot.dialogue.keys import idempotency_key
from bot.dialogue.state import Frame, State, action_key
from bot.dialogue.talk import Talk
from bot.events import (
    ActionStarted,
    ActionTaken,
    Body,
    CallEnded,
    FlowChanged,
    Outcome,
    SlotFilled,
    StepReached,
)

_log = logging.getLogger(__name__)

MOST_STEPS = 200
"""More steps than this without a question is a mistake in the flows."""

PATIENCE_S = (2.0, 6.0, 12.0)
"""Seconds after which a waiting caller hears that we are still at it; each counts from the last."""

_OVER = frozenset({ROOT, "goodbye"})
"""Flows that are still under way when everything wished for is done."""
_REASSURE = ("one_moment", "still_busy", "still_busy")
_PREFILLED = ("digits", "postcode", "count", "choice")
"""Slots that the words of the wish itself may fill."""

SLOW_S = 0.1
"""Seconds that an answer of the company may take before what led to it is stored on its own."""

Result = str
Turn = AsyncIterator[Effect]
Attempt = asyncio.Future[tuple[Done, Result, str | None]]


class InDanger(Exception):
    """Something was about to end the call of a caller in danger."""


class Machine:
    """The stack machine of flows."""

    def __init__(self, talk: Talk, before_asking: Callable[[], Turn] | None = None) -> None:
        """Take the talk, and a turn to take before the caller is asked anything."""
        self.talk = talk
        self._before_asking = before_asking
        self.running: set[asyncio.Task[Result]] = set()
        """Actions under way; they are finished and recorded even when the caller hangs up."""

    @property
    def state(self) -> State:
        """What is known now."""
        return self.talk.state

    async def run(self) -> AsyncIterator[Effect]:
        """Take steps until the caller must speak or the call is over."""
        for _ in range(MOST_STEPS):
            frame = self.talk.frame
            if frame is None or self.state.outcome is not None:
                return
            step = self.talk.step(frame)
            if step is None:
                await self._go(frame, self.talk.flow(frame).first)
            elif isinstance(step, Collect):
                known = await self._known(frame, step)
                if not known and self._before_asking:
                    async for effect in self._before_asking():
                        yield effect
                    if self.talk.frame != frame:
                        continue
                async for effect in self.go_on(frame, step) if known else self._ask(step):
                    yield effect
                if not known and self.talk.frame == frame:
                    return
            else:
                async for effect in self._take(frame, step):
                    yield effect
        raise RuntimeError(f"more than {MOST_STEPS} steps without a question: {self.state.stack}")

    async def _take(self, frame: Frame, step: Step) -> AsyncIterator[Effect]:
        """Take a step that asks nothing."""
        append = self.talk.record.append
        match step:
            case Utter():
                yield await self.talk.say(step.answer)
            case SetSlots():
                await append(
                    *(SlotFilled(slot=slot, value=value, by="flow") for slot, value in step.values)
                )
            case Call():
                await self.talk.start(step.flow, fresh=False)
                return
            case Link():
                await append(FlowChanged(flow=frame.flow, change="completed"))
                await self.talk.start(step.flow, fresh=False)
                return
            case Act(action=name) if name == END_CALL:
                yield await self.end_call()
                return
            case Act():
                async for effect in self._act(ACTIONS[step.action]):
                    yield effect
                if self.talk.frame != frame:
                    return  # something else has to come first
        async for effect in self.go_on(frame, step):
            yield effect

    async def go_on(self, frame: Frame, step: Step) -> AsyncIterator[Effect]:
        """Go from a step to the next, or back to the flow below."""
        caller = self.state.facts_of_caller()
        to = next(
            branch.to
            for branch in step.next
            if branch.when is None or branch.when.holds(self.state.slots, caller)
        )
        if to != END:
            await self._go(frame, to)
            return
        await self.talk.record.append(FlowChanged(flow=frame.flow, change="completed"))
        async for effect in self.come_back():
            yield effect

    async def come_back(self) -> AsyncIterator[Effect]:
        """Take up the flow below after one on top of it has ended."""
        frame = self.talk.frame
        step = self.talk.step(frame) if frame else None
        if frame is None or step is None or isinstance(step, Act):
            return  # an action waited for this: it is run again
        if isinstance(step, Collect) and step.slot != "wish":
            await self.talk.record.append(FlowChanged(flow=frame.flow, change="resumed"))
            if self.talk.content.slots[step.slot].type == "colleague":
                return  # who waits for a person is asked nothing
            yield await self.talk.say("back_to_question")
            return
        async for effect in self.go_on(frame, step):
            yield effect

    async def _go(self, frame: Frame, to: str) -> None:
        await self.talk.record.append(StepReached(flow=frame.flow, step=to))

    async def _ask(self, step: Collect) -> AsyncIterator[Effect]:
        if step.slot == "wish" and self.state.pending:
            flow = self.state.pending[0][0]
            yield await self.talk.say("next_wish")
            await self.talk.start(flow, fresh=True)
            return
        yield await self.talk.say(step.ask)

    async def _known(self, frame: Frame, step: Collect) -> bool:
        """Whether a slot needs no question: it is filled, or came with the wish itself."""
        if step.ask_before_filling or step.slot == "wish":
            return False
        if self.state.slots.get(step.slot) is not None:
            return True
        slot = self.talk.content.slots[step.slot]
        if slot.type not in _PREFILLED or frame.opening is None or step.id in frame.visited:
            return False
        found = fill(Ask(slot, frame.opening, self.state, self.talk.now))
        return found is not None and await self.put(step, found) is None

    async def put(self, step: Collect, found: Fill) -> str | None:
        """Put a value into the slot that was asked for.

        Returns:
            The answer that says why not, when the flow rejects it.
        """
        slots = self.talk.preview(step.slot, found.value)
        for rejection in step.rejections:
            if rejection.when.holds(slots, self.state.facts_of_caller()):
                return rejection.answer
        await self.talk.record.append(
            *(
                SlotFilled(slot=name, value=value, by="caller")
                for name, value in found.also.items()
            ),
            SlotFilled(slot=step.slot, value=found.value, by="caller"),
        )
        return None

    async def end_call(self, *, failed: bool = False, for_abuse: bool = False) -> EndCall:
        """Store that the call is over, and return the effect that ends it; raises InDanger."""
        if self.state.ladder.crisis:
            raise InDanger("a caller in danger is never hung up on")
        outcome: Outcome = "failed" if failed else "resolved"
        if for_abuse:
            outcome = "ended_for_abuse"
        elif self.state.callback is not None:
            outcome = "handed_off" if self.state.agent else "callback"
        elif not failed and (self.state.handoff is not None or self._unfinished()):
            outcome = "handed_off" if self.state.wait.message else "abandoned"
            # a card waits without a number to call, or a wish is left
        if self.running:
            await asyncio.wait(self.running)
        await self.talk.record.append(CallEnded(outcome=outcome, by="bot"))
        return EndCall(outcome)

    def _unfinished(self) -> bool:
        """Whether a wish is still under way, or waits for its turn."""
        under_way = [frame.flow for frame in self.state.stack if frame.flow not in _OVER]
        return bool(under_way or self.state.pending)

    async def _act(self, action: Action) -> AsyncIterator[Effect]:
        """Run an action; the caller hears it when that takes long or fails."""
        if action.private and not self.state.verified:
            await self.talk.start("verify", fresh=False)
            return
        if not action.asks_company:
            await self.perform(action)
            return
        task = self.begin(action)
        for seconds, answer in zip(PATIENCE_S, _REASSURE, strict=True):
            if await self.finished(task, seconds):
                break
            yield await self.talk.say(answer)
        result = await asyncio.shield(task)
        if result in ("unavailable", "timeout", "invalid"):
            # a change that was sent may have happened, whatever came back
            trouble = "doubt" if action.changes else result
            await self.talk.unwind()
            await self.talk.record.append(SlotFilled(slot="trouble", value=trouble, by="company"))
            await self.talk.start("company_trouble", fresh=False)

    def begin(self, action: Action, *, beside: bool = False) -> asyncio.Task[Result]:
        """Begin an action that goes on by itself, whatever becomes of the turn.

        Args:
            action: What to do.
            beside: No turn waits for it, so what comes of it is stored when it is done.
        """
        task = asyncio.ensure_future(self._beside(action) if beside else self.perform(action))
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return task

    async def _beside(self, action: Action) -> Result:
        result = await self.perform(action)
        await self.talk.record.settle()
        return result

    async def finished(self, task: asyncio.Task[Result], seconds: float) -> bool:
        """Wait for a task, at most so many seconds."""
        await asyncio.sleep(0)
        if task.done():
            return True
        timer = asyncio.ensure_future(self.talk.sleep(seconds))
        try:
            await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
        return task.done()

    async def perform(self, action: Action) -> Result:
        """Ask the company and store what came of it; a change is stored before it is sent."""
        arguments = action.arguments(self.state)
        key = None
        if action.changes:
            times = self.state.concluded.get(action_key(action.name, arguments), 0)
            key = idempotency_key(self.talk.record.call_id, action.name, arguments, times)
            await self.talk.record.append(
                ActionStarted(action=action.name, arguments=arguments, idempotency_key=key)
            )
        talk = self.talk
        task = Task(
            talk.company,
            self.state,
            talk.content.slots,
            talk.clock,
            talk.zone,
            arguments,
            key or "",
            talk.place,
        )
        attempt = asyncio.ensure_future(_attempt(action, task))
        (done, result, refusal), _ = await asyncio.gather(attempt, self._settle_if_slow(attempt))
        bodies: list[Body] = []
        if action.asks_company:
            taken = ActionTaken(
                action=action.name,
                arguments=arguments,
                result=result,
                facts=dict(done.facts),
                idempotency_key=key,
            )
            bodies.append(taken)
        slots: dict[str, SlotValue] = {**done.slots}
        if action.asks_company and refusal != self.state.slots.get("refusal"):
            slots["refusal"] = refusal
        by = "company" if action.asks_company else "flow"
        bodies += [SlotFilled(slot=n, value=v, by=by) for n, v in slots.items()]
        bodies += done.events
        if bodies:
            await talk.record.append(*bodies)
        return result

    async def _settle_if_slow(self, attempt: Attempt) -> None:
        """Put on record what led to a question, when the answer to it is long in coming.

        Of one that is there at once all is stored with what is said because of it, in one write.
        """
        await asyncio.wait({attempt}, timeout=SLOW_S)
        if not attempt.done():
            await self.talk.record.settle()


async def _attempt(action: Action, task: Task) -> tuple[Done, Result, str | None]:
    try:
        return await action.run(task), "ok", None
    except CompanyRefused as error:
        return Done(), "refused", error.reason
    except CompanyTimeout:
        return Done(), "timeout", None
    except CompanyInvalid:
        return Done(), "invalid", None
    except (CompanyUnavailable, CompanyError) as error:
        _log.warning("%s: the company's systems failed: %s", action.name, type(error).__name__)
        return Done(), "unavailable", None
