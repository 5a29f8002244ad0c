"""Server: one process that holds the models, the lines, the desk and the API."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from importlib.metadata import version

from fastapi import APIRouter, FastAPI, HTTPException, Response
from fastapi.responses import PlainTextResponse
from fastapi_offline import FastAPIOffline
from loguru import logger
from pydantic import BaseModel, ConfigDict, Field

from bot.clock import Clock, utc_now
from bot.company.client import HttpCompany
from bot.company.open import open_company
from bot.crm import CompanyCrm
from bot.events import Candidate, Engine, Entity, Language
from bot.gauges import CONTENT_TYPE
from bot.line import browser, twilio
from bot.loading import Loading
from bot.running import Health, Kalm
from bot.settings import Settings
from bot.studio.likeness import SentenceLikeness
from handoff import mount
from handoff.accounts import Accounts, FirstRun
from handoff.bridge import BrowserLine
from handoff.filing import Filing
from handoff.following import following
from handoff.sitting_in import SittingIn
from handoff.studio.learning import Bot
from handoff.talking import Talking
from handoff.whisper import Whisper


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


def create_app(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    ready: Callable[[list[str]], None] = lambda notes: None,
    stopping: Callable[[], bool] = lambda: False,
    loading: Loading | None = None,
) -> FastAPI:
    """Build the application. The port answers at once; models are loaded behind it.

    Args:
        settings: The operator's choices.
        clock: Tells the time.
        ready: Called once when loading is over, with lines for the operator, among
            them the first password, which is never shown again.
        stopping: Tells whether the process is about to end.
        loading: The models, if somebody has begun to read them.
    """
    kalm = Kalm(settings, clock, stopping, loading)
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
                await asyncio.gather(kalm.follow_versions(), kalm.speak_ahead(), kalm.tidy())

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

    @routes.get("/healthz/room", tags=["operation"], responses={503: {"model": Health}})
    async def room(response: Response) -> Health:
        """Tell whether one more call can be taken: 200, or 503; for what spreads calls."""
        health = kalm.health()
        response.status_code = 200 if health.status == "ready" and not health.full else 503
        return health

    @routes.get("/metrics", tags=["operation"], response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Return the figures of this worker, in Prometheus' text format."""
        return Response(kalm.gauges.page(), media_type=CONTENT_TYPE)

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
