"""Care: all of it together, for the pages, the dispatcher and the process that runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from handoff.care.breaks import Breaks
from handoff.care.colleagues import Colleagues
from handoff.care.debriefs import Debriefs
from handoff.care.load_told import LoadTold
from handoff.care.protocol import Protocol
from handoff.care.rules import CareRules, PauseInForce, own_rules
from handoff.care.weekly import Weekly
from handoff.dispatch import Dispatcher
from handoff.jobs import Timers
from handoff.store.journal import DurableJournal


@dataclass(frozen=True)
class Care:
    """What Kalm does for the people who take over."""

    breaks: Breaks
    colleagues: Colleagues
    debriefs: Debriefs
    protocol: Protocol
    load: LoadTold
    weekly: Weekly | None
    """None where weekly signals are switched off: then nothing of it is computed."""
    pause: PauseInForce
    """How long breaks are, as supervisors have set it."""

    @classmethod
    def build(
        cls,
        journal: DurableJournal,
        dispatcher: Dispatcher,
        timers: Timers,
        clock: Callable[[], datetime],
        zone: tzinfo,
        *,
        weekly_signals: bool = True,
        rules: CareRules | None = None,
        pause: PauseInForce | None = None,
    ) -> "Care":
        """Return all of it, to be made before timers start; the dispatcher minds the breaks.

        `pause` is what supervisors change; None for what nobody changes.
        """
        rules = rules or own_rules()
        routing = dispatcher.rules  # as supervisors have set them
        pause = pause or PauseInForce(rules.pause)
        breaks = Breaks(journal, dispatcher.presences, timers, clock, pause, routing)
        dispatcher.resting = breaks.resting
        return cls(
            breaks=breaks,
            pause=pause,
            colleagues=Colleagues(journal, clock),
            debriefs=Debriefs(journal.database, clock),
            protocol=Protocol(journal, timers, clock, rules.protocol),
            load=LoadTold(journal, breaks, routing, rules.pause, clock),
            weekly=(
                Weekly(journal, breaks, timers, clock, zone, rules, routing)
                if weekly_signals
                else None
            ),
        )

    async def follow(self) -> None:
        """Take up what was left, and go on for as long as the process runs."""
        await self.breaks.keep_up()
        if self.weekly is not None:
            await self.weekly.start()
        await self.protocol.follow()
