"""Server: one process that holds the models, the lines, the desk and the API."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from importlib.metadata import version
from typing import Literal, get_args

import httpx
from fastapi import APIRouter, FastAPI, HTTPException, Response
from fastapi_offline import FastAPIOffline
from loguru import logger
from pydantic import BaseModel, ConfigDict, Field

from bot.call import House, run_call
from bot.clock import Clock, utc_now
from bot.company.client import HttpCompany
from bot.company.open import open_company
from bot.crm import CompanyCrm
from bot.dialogue.suggesting import Suggesting
from bot.edition import Edition, Press
from bot.editions import Editions
from bot.encoder import SentenceEncoder
from bot.events import Candidate, Engine, Entity, Language
from bot.hearing.pool import Recogniser
from bot.line import browser, twilio
from bot.line.arrival import Arrival
from bot.line.door import Door
from bot.models import Models
from bot.mood.frames import available as voice_is_measurable
from bot.mood.model import Model
from bot.mood.voice import Baseline
from bot.settings import Settings
from bot.speaking.music import Music, UnreadableMusic
from bot.speaking.voices import Voices
from bot.studio.draft_checks import DraftChecks
from bot.studio.likeness import SentenceLikeness
from bot.studio.trial import EditionTrial
from bot.studio.workbench import DemoWorkbench, Parts
from bot.understanding.rasa import engine, open_rasa
from handoff import KeptMeasures, mount
from handoff.accounts import Accounts, FirstRun
from handoff.bridge import BrowserLine
from handoff.callbacks import Callbacks
from handoff.care.care import Care
from handoff.dispatch import Dispatcher
from handoff.filing import Filing
from handoff.following import following
from handoff.jobs import Jobs, jobs_url
from handoff.queueing import KeptQueue
from handoff.relay import Relays
from handoff.routing_rules import own_rules
from handoff.rule_changes import RuleChanges
from handoff.sitting_in import SittingIn
from handoff.store.journal import DurableJournal
from handoff.studio.drafts import Drafts
from handoff.studio.folder import read_folder
from handoff.studio.learning import Bot
from handoff.studio.versions import Versions
from handoff.studio.workshop import Workshop
from handoff.talking import Talking
from handoff.webhooks import CardWebhook, SecretWrong, posting
from handoff.whisper import Whisper


class Health(BaseModel):
    """How this process is."""

    status: Literal["ready", "loading", "failed"]
    detail: str | None = None
    """What is being loaded now, or why loading failed."""
    calls: int = 0
    """Calls in progress."""
    notices: list[str] = []
    """What an operator or owner should mend; calls are answered all the same."""

    @property
    def problems(self) -> list[str]:
        """What an operator must know before the first call."""
        failed = [f"Kalm cannot answer calls: {self.detail}"] if self.status == "failed" else []
        return [*failed, *self.notices]


class ParseRequest(BaseModel):
    """A text to be understood."""

    text: str = Field(max_length=2000)
    language: Language = "nl"


class ParseResult(BaseModel):
    """What the text was taken to mean."""

    model_config = ConfigDict(from_attributes=True)

    text: str
    language: Language
    intent: str
    confidence: float
    entities: tuple[Entity, ...]
    ranking: tuple[Candidate, ...]
    by: Engine


class Kalm:
    """One running Kalm: what it has loaded so far, and the lines that wait for it."""

    def __init__(self, settings: Settings, clock: Clock, stopping: Callable[[], bool]) -> None:
        self.settings = settings
        self.clock = clock
        self.stopping = stopping
        self.journal = DurableJournal(settings.database, clock)
        self.door = Door(self._opening)
        self.jobs = Jobs(jobs_url(settings.database), clock)
        rules = own_rules().model_copy()  # supervisors change some of it
        self.rule_changes = RuleChanges(self.journal, rules, clock)
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
        )
        self.suggesting = Suggesting(
            lambda: self.house.edition.content if self.house else None,
            settings.company_name,
            lambda: clock().astimezone(settings.zone).date(),
        )
        self.client = httpx.AsyncClient()
        self.webhook = self._open_webhook()
        self.detail: str | None = "the database"
        self.failed = False

    async def load(self, company: HttpCompany) -> None:
        """Load what calls need, one thing after the other; never raises."""
        try:
            self.house = await self._load(company)
            self.detail = None
        except Exception as error:
            logger.exception("Kalm cannot answer calls")
            self.failed, self.detail = True, str(error)

    async def follow_versions(self) -> None:
        """Put each version that goes live in force for new calls, until cancelled."""
        if self.editions is not None and self.house is not None:
            await self.editions.follow(self._put_in_force)

    async def close(self) -> None:
        """Let go of threads and connections."""
        if self.editions is not None:
            self.editions.close()
        self.trial.close()
        self.workbench.close()
        if self.house is not None:
            self.house.recogniser.close()
            self.house.voices.close()

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
            notices=self.told(),
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

    async def _load(self, company: HttpCompany) -> House:
        settings = self.settings
        models = Models(settings)
        self.detail = "understanding"
        encoder = self.encoder = await asyncio.to_thread(SentenceEncoder)
        tone_is_heard = settings.voice_mood and voice_is_measurable()
        if settings.voice_mood and not tone_is_heard:
            logger.warning("the tone of voice is not looked at: Praat is not made for this machine")
        press = self.press = Press(
            encoder,
            await asyncio.to_thread(Model.load),
            settings.data / "understanding",
            self.clock,
            settings.zone,
            Baseline() if tone_is_heard else None,
            engine(self.rasa),
        )
        self.detail = "flows, answers and examples"
        kept = settings.data / "intents-last-good"
        self.editions = Editions(self.versions, press, settings.intents, kept)
        edition = await self.editions.first()
        self.detail = "speech recognition"
        recogniser = await asyncio.to_thread(Recogniser.load, models)
        self.detail = "voices"
        voices = await asyncio.to_thread(Voices.load, models, settings.data / "speech")
        _keep_fixed(voices, edition)
        return House(
            settings=settings,
            clock=self.clock,
            journal=self.journal,
            company=company,
            edition=edition,
            tone_is_heard=tone_is_heard,
            measures=KeptMeasures(self.journal.database, self.clock),
            recogniser=recogniser,
            voices=voices,
            relays=self.relays,
            queue=self.queue,
            music=await asyncio.to_thread(self._music),
            stopping=self.stopping,
        )

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
        _keep_fixed(self.house.voices, edition)


def _keep_fixed(voices: Voices, edition: Edition) -> None:
    for language in get_args(Language):
        voices.keep_on_disk(edition.content.answers.fixed(language), language)


def create_app(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    ready: Callable[[list[str]], None] = lambda notes: None,
    stopping: Callable[[], bool] = lambda: False,
) -> FastAPI:
    """Build the application. The port answers at once; models are loaded behind it.

    Args:
        settings: The operator's choices.
        clock: Tells the time.
        ready: Called once when loading is over, with lines for the operator, among
            them the first password, which is never shown again.
        stopping: Tells whether the process is about to end.
    """
    kalm = Kalm(settings, clock, stopping)
    accounts = Accounts(kalm.journal.database, clock)

    async def speak(text: str, language: Language) -> tuple[bytes, int]:
        if kalm.house is None:
            return b"", 16000
        sound = await kalm.house.voices.sound(text, language)
        return sound.pcm, sound.sample_rate

    whisper = Whisper(kalm.journal, clock, settings.zone, speak) if settings.whisper else None
    talking = Talking(
        kalm.relays,
        kalm.journal,
        clock,
        settings.zone,
        connect=BrowserLine.answer,
        tasks=kalm.tasks,
        whisper=whisper,
    )

    def hold(rate: int) -> bytes:
        return kalm.house.music.loop(rate) if kalm.house is not None else bytes(2 * rate)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            settings.data.mkdir(parents=True, exist_ok=True)
            await stack.enter_async_context(kalm.journal)
            for call_id in await kalm.journal.close_interrupted():
                logger.warning(f"call {call_id} was cut off when Kalm stopped; it is closed")
            notes = _first_words(await accounts.first_run())

            company = open_company(settings, clock)
            stack.push_async_callback(company.aclose)
            await stack.enter_async_context(_lasting_work(kalm, company))
            if kalm.rasa is not None:
                await stack.enter_async_context(kalm.rasa)

            async def load() -> None:
                await kalm.load(company)
                ready([*notes, *kalm.health().problems])
                await kalm.follow_versions()

            loading = asyncio.create_task(load(), name="load models")
            stack.push_async_callback(kalm.close)
            stack.push_async_callback(talking.close)
            yield
            loading.cancel()
            with suppress(asyncio.CancelledError):
                await loading

    # Its pages for the API's description load nothing from a foreign server.
    app: FastAPI = FastAPIOffline(title="Kalm", version=version("kalm"), lifespan=lifespan)
    app.include_router(twilio.router(kalm.answer, kalm.door, settings))
    app.include_router(browser.router(kalm.answer, kalm.door, settings))
    app.include_router(_own_routes(kalm))
    mount(
        app,
        kalm.journal,
        accounts,
        clock,
        settings.zone,
        kalm.told,
        talking,
        dispatcher=kalm.dispatcher,
        callbacks=kalm.callbacks,
        care=kalm.care,
        answers=kalm.suggesting,
        webhook=kalm.webhook,
        workshop=kalm.workshop,
        studio_bot=Bot(SentenceLikeness(lambda: kalm.encoder), kalm.trial, kalm.workbench),
        sitting=SittingIn(talking, hold),
        changes=kalm.rule_changes,
    )
    return app


@asynccontextmanager
async def _lasting_work(kalm: Kalm, company: HttpCompany) -> AsyncIterator[None]:
    """Do what must not be forgotten for as long as the context lasts; calls go on without.

    Contacts are filed at the company, timers ring, callers are offered to agents and called back,
    and another system is told of cards.
    """
    settings = kalm.settings
    filing = Filing(
        kalm.journal,
        CompanyCrm(company),
        jobs=kalm.jobs,
        clock=kalm.clock,
        zone=settings.zone,
        language=settings.language,
    )
    try:
        await kalm.jobs.start()
        await filing.start()
    except Exception as error:
        logger.exception("contacts can't be filed at the company")
        kalm.notices.append(f"Contacts are not filed at the company until a restart: {error}")
    await kalm.dispatcher.start()
    webhook = [kalm.webhook.follow] if kalm.webhook else []
    follows = [kalm.callbacks.follow, kalm.rule_changes.follow, kalm.care.follow, *webhook]
    try:
        async with following(*follows), kalm.client:
            yield
    finally:
        await kalm.dispatcher.close()
        await filing.close()
        await kalm.jobs.close()


def _own_routes(kalm: Kalm) -> APIRouter:
    routes = APIRouter()

    @routes.get("/healthz", tags=["operation"], responses={503: {"model": Health}})
    async def healthz(response: Response) -> Health:
        """Tell whether calls can be answered: 200, or 503 until then."""
        health = kalm.health()
        response.status_code = 200 if health.status == "ready" else 503
        return health

    @routes.post("/api/parse", tags=["understanding"])
    async def parse(wanted: ParseRequest) -> ParseResult:
        """Tell what a text would be taken to mean; nothing is stored."""
        if kalm.house is None:
            raise HTTPException(503, "The models are still being loaded; ask /healthz.")
        meaning = await kalm.house.edition.understanding.parse(wanted.text, wanted.language)
        return ParseResult.model_validate(meaning, from_attributes=True)

    return routes


def _first_words(first: FirstRun | None) -> list[str]:
    """Return what the operator is told once, at the first start."""
    if first is None:
        return []
    return [
        f"Log in to the desk as {first.name} with password: {first.password}",
        f"Token for scripts (Authorization: Bearer ...): {first.api_token}",
        "Both are shown this once. Change the password at the desk.",
    ]
