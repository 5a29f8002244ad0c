"""Call: builds the pipeline of one call, line -> ears -> mind -> mouth -> line, and runs it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from loguru import logger
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.workers.runner import WorkerRunner

from bot.clock import Clock
from bot.company.api import Company
from bot.company.client import HttpCompany
from bot.counted import Counted
from bot.dialogue.conversation import Conversation
from bot.dialogue.foresight import Foresight
from bot.edition import Edition
from bot.events import CallerSpoke
from bot.gauges import Gauges
from bot.hearing.ears import Ears
from bot.hearing.heard import Heard
from bot.hearing.pool import Recogniser
from bot.hearing.turns import turn_processors
from bot.journal import Journal, JournalFull
from bot.line.arrival import Arrival
from bot.measures import Measures
from bot.mind import Mind
from bot.mood.prosody import measure
from bot.queue import Queue
from bot.settings import Settings
from bot.speaking.mouth import Mouth
from bot.speaking.music import Music
from bot.speaking.voices import Voices
from bot.stages import Stopwatch
from bot.tracing import CallTrace, Tracing
from bot.understanding.ahead import Ahead
from handoff.bridge import AgentVoice, CallerTap
from handoff.relay import Relay, Relays


@dataclass
class House:
    """What all calls share: loaded once a process, never once a call."""

    settings: Settings
    clock: Clock
    journal: Journal
    company: HttpCompany
    edition: Edition
    """What new calls begin with; exchanged when another version goes live."""
    measures: Measures
    tone_is_heard: bool
    """Whether the tone of voice is looked at, of which callers are told."""
    recogniser: Recogniser
    voices: Voices
    relays: Relays = field(default_factory=Relays)
    """By which agents talk with callers."""
    gauges: Gauges = field(default_factory=Gauges)
    """What `/metrics` tells."""
    tracing: Tracing = field(default_factory=Tracing)
    """Where the times of a call go as spans."""
    queue: Queue | None = None
    """Knows who waits for a person; None: callers are called back."""
    music: Music = field(default_factory=Music)
    """What callers hear who wait for a person."""
    stopping: Callable[[], bool] = lambda: False
    """Whether this process is about to end, and its calls with it."""


HEARD_RATE = 16000
"""Samples a second of the caller's sound, whatever the line."""


async def run_call(arrival: Arrival, house: House) -> None:
    """Run a whole call; returns when it is over and on record as such."""
    with (
        house.relays.begin(
            arrival.call_id, caller_rate=HEARD_RATE, line_rate=arrival.sample_rate_out
        ) as relay,
        house.tracing.call(arrival.call_id, arrival.line) as trace,
    ):
        await _run(arrival, house, relay, trace)


async def _run(arrival: Arrival, house: House, relay: Relay, trace: CallTrace) -> None:
    settings = house.settings
    journal = Counted(house.journal, house.gauges)
    edition = house.edition  # for the whole call, whatever is published meanwhile
    understanding, mood = Ahead(edition.understanding), edition.mood.for_one_call()
    transport = arrival.transport
    language = arrival.language or settings.language

    def talk(company: Company, journal: Journal, measures: Measures | None) -> Conversation:
        return Conversation(
            call_id=arrival.call_id,
            line=arrival.line,
            caller_number=arrival.caller_number,
            content=edition.content,
            understanding=understanding,
            company=company,
            journal=journal,
            clock=house.clock,
            zone=settings.zone,
            language=language,
            company_name=settings.company_name,
            mood=mood,
            content_version=edition.version,
            measures=measures,
            queue=house.queue,
            tone_is_heard=house.tone_is_heard,
        )

    conversation = talk(house.company, journal, house.measures)
    foresight = Foresight(conversation, house.company, house.clock, partial(talk, measures=None))

    async def get_ready(heard: Heard) -> None:
        """Make the answer's first sound while the caller pauses, unless others need the cores."""
        if house.recogniser.idle:
            spoke = CallerSpoke(
                words=heard.words,
                confidence=heard.confidence,
                language=heard.languages.language,
            )
            if say := await foresight.first_words(spoke):
                await house.voices.get_ready(say.spoken, say.language, say.slow)

    ears = Ears(
        house.recogniser,
        lambda: conversation.expectation,
        language,
        prosody=measure if house.tone_is_heard else None,
        meant=understanding.meant,
        prepare=get_ready,
    )

    def turn_timed(watch: Stopwatch) -> None:
        house.gauges.turn_timed(watch.stages)
        trace.turn_timed(watch)

    mind = Mind(
        conversation,
        journal,
        call_id=arrival.call_id,
        relay=relay,
        language_changed=ears.follow,
        turn_timed=turn_timed,
    )
    mouth = Mouth(house.voices, music=house.music)
    agent = AgentVoice(relay)
    worker = PipelineWorker(
        Pipeline(
            [
                transport.input(),
                *arrival.inbound,
                CallerTap(relay),  # before all that listens
                *turn_processors(lambda: conversation.expectation, ears.overheard, ears.lull),
                ears,
                mind,
                mouth,  # right behind the mind, so that it works in the context of the turn
                *arrival.outbound,
                agent,  # behind all that listens
                transport.output(),
                agent.played,
            ]
        ),
        params=PipelineParams(
            audio_in_sample_rate=HEARD_RATE, audio_out_sample_rate=arrival.sample_rate_out
        ),
        enable_rtvi=False,
        idle_timeout_secs=None,
    )

    async def connected(_transport: object, _client: object) -> None:
        mind.begin()

    async def disconnected(_transport: object, _client: object) -> None:
        relay.end()
        try:
            # No report of the mouth's reaches the mind once the pipeline is cancelled.
            for said in mouth.cut_short():
                await conversation.barged_in(said.say, said.heard)
        except JournalFull as error:
            logger.error(f"what was heard at the end could not be stored: {error}")
        finally:
            await worker.cancel(reason="the caller hung up")

    transport.add_event_handler("on_client_connected", connected)
    transport.add_event_handler("on_client_disconnected", disconnected)
    try:
        runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
        await runner.add_workers(worker)
        await runner.run()
    except Exception:
        logger.exception(f"call {arrival.call_id} failed")
    finally:
        try:
            await conversation.ended("system" if house.stopping() else "caller")
        except JournalFull as error:
            logger.error(f"the end of call {arrival.call_id} could not be stored: {error}")
        outcome = conversation.state.outcome or "failed"
        house.gauges.call_over(arrival.line, outcome)
        trace.over(outcome)
