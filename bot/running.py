"""Running: one running Kalm, what it has loaded so far, and who waits for it."""

import asyncio
from collections.abc import Callable
from typing import Literal, get_args

import httpx
from loguru import logger
from pydantic import BaseModel

from bot.call import House, run_call
from bot.clock import Clock
from bot.company.client import HttpCompany
from bot.dialogue.suggesting import Suggesting
from bot.edition import Edition, Press
from bot.editions import Editions
from bot.encoder import SentenceEncoder
from bot.events import Language
from bot.gauges import Gauges, Now
from bot.hearing.pool import Recogniser
from bot.line.arrival import Arrival
from bot.line.door import Door
from bot.loading import Loading
from bot.memory import give_back
from bot.mood.frames import available as voice_is_measurable
from bot.mood.model import Model
from bot.mood.voice import Baseline
from bot.settings import Settings
from bot.speaking.music import Music, UnreadableMusic
from bot.speaking.voices import Voices
from bot.studio.draft_checks import DraftChecks
from bot.studio.trial import EditionTrial
from bot.studio.workbench import DemoWorkbench, Parts
from bot.tracing import Tracing
from bot.understanding.rasa import engine, open_rasa
from bot.worker import measured_capacity
from handoff import KeptMeasures
from handoff.callbacks import Callbacks
from handoff.care.care import Care
from handoff.care.rules import PauseInForce
from handoff.care.rules import own_rules as care_rules
from handoff.dispatch import Dispatcher
from handoff.jobs import Jobs, jobs_url
from handoff.queueing import KeptQueue
from handoff.relay import Relays
from handoff.routing_rules import own_rules
from handoff.rule_changes import RuleChanges
from handoff.store.journal import DurableJournal
from handoff.studio.drafts import Drafts
from handoff.studio.folder import read_folder
from handoff.studio.versions import Versions
from handoff.studio.workshop import Workshop
from handoff.webhooks import CardWebhook, SecretWrong, posting

TIDY_S = 10.0
"""Seconds after which memory is given back once more."""


class Health(BaseModel):
    """How this process is."""

    status: Literal["ready", "loading", "failed"]
    detail: str | None = None
    """What is being loaded now, or why loading failed."""
    calls: int = 0
    """Calls in progress."""
    capacity: int | None = None
    """Calls that this worker can carry at the same time; None until that is known."""
    full: bool = False
    """Whether there is no place for another call now."""
    notices: list[str] = []
    """What an operator or owner should mend; calls are answered all the same."""

    @property
    def problems(self) -> list[str]:
        """What an operator must know before the first call."""
        failed = [f"Kalm cannot answer calls: {self.detail}"] if self.status == "failed" else []
        return [*failed, *self.notices]


class Kalm:
    """One running Kalm: what it has loaded so far, and the lines that wait for it."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        stopping: Callable[[], bool],
        loading: Loading | None = None,
    ) -> None:
        self.settings = settings
        self._loading = loading
        self.clock = clock
        self.stopping = stopping
        self.journal = DurableJournal(settings.database, clock)
        self.door = Door(self._opening)
        self.jobs = Jobs(jobs_url(settings.database), clock)
        rules = own_rules().model_copy()  # supervisors change some of it
        pause = PauseInForce(care_rules().pause)
        self.rule_changes = RuleChanges(self.journal, rules, clock, pause)
        self.dispatcher = Dispatcher.build(self.journal, self.jobs, clock, rules)
        database = self.journal.database
        self.queue = KeptQueue.build(self.dispatcher, database, settings.zone, clock, rules)
        self.relays = Relays()
        self.versions = Versions(self.journal.database, clock)
        self.editions: Editions | None = None
        self.encoder: SentenceEncoder | None = None
        self.drafts = Drafts(
            self.journal.database, self.versions, lambda: read_folder(settings.intents), clock
        )
        self.workshop = Workshop(
            self.drafts,
            self.versions,
            DraftChecks(lambda: self.encoder, settings.data / "understanding"),
            self._look_now,
        )
        self.press: Press | None = None
        self.trial = EditionTrial(lambda: self.press, lambda: self.editions)
        self.workbench = DemoWorkbench(self._parts, clock, settings.zone)
        self.rasa = open_rasa(settings)
        self.house: House | None = None
        self.notices: list[str] = []
        self.callbacks = Callbacks(self.journal, clock, settings.zone, self.jobs)
        self.care = Care.build(
            self.journal,
            self.dispatcher,
            self.jobs,
            clock,
            settings.zone,
            weekly_signals=settings.weekly_signals,
            pause=pause,
        )
        self.suggesting = Suggesting(
            lambda: self.house.edition.content if self.house else None,
            settings.company_name,
            lambda: clock().astimezone(settings.zone).date(),
        )
        self.gauges = Gauges(self._now)
        self.tracing = Tracing.open(settings)
        self.client = httpx.AsyncClient()
        self.webhook = self._open_webhook()
        self.detail: str | None = "the database"
        self.failed = False
        self._to_speak = asyncio.Event()

    async def load(self, company: HttpCompany) -> None:
        """Load what calls need, one thing after the other; never raises."""
        try:
            house = await self._load(company)
            # Calls get in once there is a house, and never before it is known how many.
            self.door.most = await self._capacity(house.recogniser)
            self.house, self.detail = house, None
        except Exception as error:
            logger.exception("Kalm cannot answer calls")
            self.failed, self.detail = True, str(error)

    async def follow_versions(self) -> None:
        """Put each version that goes live in force for new calls, until cancelled."""
        if self.editions is not None and self.house is not None:
            await self.editions.follow(self._put_in_force)

    async def speak_ahead(self) -> None:
        """Speak what never changes before a caller waits for it, until cancelled."""
        while self.settings.speak_ahead and self.house is not None:
            await self._to_speak.wait()
            self._to_speak.clear()
            await self.house.voices.make_ahead(lambda: not self.door.inside)

    async def tidy(self) -> None:
        """Give memory back that calls no longer need, now and then, until cancelled."""
        while True:
            await asyncio.to_thread(give_back)
            await asyncio.sleep(TIDY_S)

    async def close(self) -> None:
        """Let go of threads and connections."""
        if self.editions is not None:
            self.editions.close()
        self.trial.close()
        self.workbench.close()
        if self.house is not None:
            self.house.recogniser.close()
            self.house.voices.close()
        await asyncio.to_thread(self.tracing.close)

    async def answer(self, arrival: Arrival) -> None:
        """Run a call; the door lets nobody in before the house is there."""
        assert self.house is not None  # noqa: S101 - the door is closed until it is
        await run_call(arrival, self.house)

    def tasks(self) -> list[str]:
        """Name the flows that an agent can give the bot to do."""
        triggers = self.house.edition.content.triggers if self.house else {}
        return list(dict.fromkeys(f for intent, f in triggers.items() if intent != "complain"))

    def health(self) -> Health:
        """Tell how this process is."""
        opening = self._opening()
        return Health(
            status="ready" if opening == "open" else opening,
            detail=self.detail,
            calls=len(self.door.inside),
            capacity=self.door.most,
            full=self.door.opening == "full",
            notices=self.told(),
        )

    def _now(self) -> Now:
        """Tell the gauges how this process is."""
        pool = self.house.recogniser if self.house else None
        return Now(
            calls=len(self.door.inside),
            capacity=self.door.most,
            ready=self._opening() == "open",
            turned_away=self.door.times_full,
            waiting=pool.inside if pool else 0,
            full_windows=pool.full_windows if pool else 0,
            refused=pool.refused if pool else 0,
            to_speak=self.house.voices.left_to_make if self.house else 0,
        )

    def told(self) -> list[str]:
        """Tell what an operator or owner should mend; calls are answered all the same."""
        rasa = [self.rasa.notice] if self.rasa and self.rasa.notice else []
        webhook = self.webhook.notices() if self.webhook else []
        editions = self.editions.notices if self.editions else ()
        return [*self.notices, *editions, *rasa, *webhook]

    def _open_webhook(self) -> CardWebhook | None:
        settings = self.settings
        if settings.card_webhook is None:
            return None
        try:
            return CardWebhook(
                self.journal,
                self.jobs,
                secret=settings.card_webhook_secret or "",
                send=posting(self.client, str(settings.card_webhook)),
                clock=self.clock,
                zone=settings.zone,
                language=settings.language,
            )
        except SecretWrong as error:
            self.notices.append(f"No card goes to KALM_CARD_WEBHOOK. The secret is wrong: {error}.")
            return None

    def _parts(self) -> Parts | None:
        """Return what owners try the bot with; None for as long as it is loading."""
        if self.house is None or self.press is None:
            return None
        house = self.house
        return Parts(house.edition, self.press, house.recogniser, self.settings.company_name)

    def _opening(self) -> Literal["open", "loading", "failed"]:
        if self.failed:
            return "failed"
        return "loading" if self.house is None else "open"

    async def _capacity(self, recogniser: Recogniser) -> int:
        """Return how many calls this worker takes: what is set, or else what it can carry."""
        if self.settings.calls_at_most is not None:
            return self.settings.calls_at_most
        self.detail = "how many calls this machine can carry"
        return await asyncio.to_thread(measured_capacity, recogniser)

    async def _load(self, company: HttpCompany) -> House:
        settings = self.settings
        self.detail = "models"
        loading, self._loading = self._loading or Loading(settings), None
        if settings.voice_mood and not self._tone_is_heard:
            logger.warning("the tone of voice is not looked at: Praat is not made for this machine")
        # Side by side: what is read from disk and laid out in memory takes seconds of each.
        edition, recogniser, voices, music = await asyncio.gather(
            self._first_edition(loading),
            asyncio.wrap_future(loading.recogniser),
            asyncio.wrap_future(loading.voices),
            asyncio.to_thread(self._music),
        )
        self._keep_fixed(voices, edition)
        return House(
            settings=settings,
            clock=self.clock,
            journal=self.journal,
            company=company,
            edition=edition,
            tone_is_heard=self._tone_is_heard,
            measures=KeptMeasures(self.journal.database, self.clock),
            recogniser=recogniser,
            voices=voices,
            relays=self.relays,
            gauges=self.gauges,
            tracing=self.tracing,
            queue=self.queue,
            music=music,
            stopping=self.stopping,
        )

    async def _first_edition(self, loading: Loading) -> Edition:
        """Load what understands and judges words, and what is live of the intents."""
        settings = self.settings
        self.encoder = await asyncio.wrap_future(loading.encoder)
        self.press = Press(
            self.encoder,
            await asyncio.to_thread(Model.load),
            settings.data / "understanding",
            self.clock,
            settings.zone,
            Baseline() if self._tone_is_heard else None,
            engine(self.rasa),
        )
        kept = settings.data / "intents-last-good"
        self.editions = Editions(self.versions, self.press, settings.intents, kept)
        return await self.editions.first(loading.learned)

    @property
    def _tone_is_heard(self) -> bool:
        """Whether the tone of voice is looked at; on some machines it can't be."""
        return self.settings.voice_mood and voice_is_measurable()

    def _music(self) -> Music:
        """Return what waiting callers hear; a file that can't be played costs only itself."""
        try:
            music = Music(self.settings.music)
        except UnreadableMusic as error:
            logger.warning(str(error))
            self.notices.append(f"Callers who wait hear Kalm's own music. {error}")
            music = Music()
        music.loop(8000)  # of every telephone line; made now, so that nobody waits for it
        return music

    def _look_now(self) -> None:
        if self.editions is not None:
            self.editions.look_now()

    def _put_in_force(self, edition: Edition) -> None:
        assert self.house is not None  # noqa: S101 - followed once it is there
        self.house.edition = edition
        self._keep_fixed(self.house.voices, edition)

    def _keep_fixed(self, voices: Voices, edition: Edition) -> None:
        known = {"company_name": self.settings.company_name}
        for language in get_args(Language):
            voices.keep_on_disk(edition.content.answers.fixed(language, known), language)
        self._to_speak.set()
