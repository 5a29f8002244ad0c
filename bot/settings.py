"""What an operator can set: `KALM_...` in the environment, or a flag of `kalm serve`."""

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AnyHttpUrl, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: `intents/` and `voices/` lie here unless set otherwise."""


class Settings(BaseSettings):
    """One operator's choices; every field is `KALM_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="KALM_", frozen=True)

    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 for every network card."""
    port: int = Field(default=8000, ge=0, le=65535)
    """TCP port of pages, API and lines; 0 takes a free one."""
    language: Literal["nl", "en"] = "nl"
    """Language of the greeting, until the caller's own is heard."""
    time_zone: str = "Europe/Amsterdam"
    """Where "tomorrow at ten" is meant, an IANA name."""
    data: Path = Path("data")
    """Folder of the database, models, caches; the only one Kalm writes to."""
    intents: Path = ROOT / "intents"
    """Folder of the product owners."""
    voices: Path = ROOT / "voices"
    """Folder of the model and voice manifests."""
    database_url: str | None = None
    """SQLAlchemy URL; SQLite in `data` when unset."""
    company_name: str = "Kalm Energie"
    """The name that the bot answers the phone with."""
    company_url: AnyHttpUrl | None = None
    """Base URL of the company's API; the demo company when unset."""
    company_token: str | None = None
    """Bearer token sent to the company's API."""
    public_url: AnyHttpUrl | None = None
    """Address under which carriers reach this machine; used in TwiML."""
    twilio_auth_token: str | None = None
    """When set, `POST /lines/twilio/answer` is taken only with Twilio's signature."""
    nlu: Literal["embedded", "rasa"] = "embedded"
    """Who finds the intent: Kalm itself, or a Rasa server; Kalm itself when that is away."""
    rasa_url: AnyHttpUrl = AnyHttpUrl("http://127.0.0.1:5005")
    """Where Rasa listens; `make rasa` starts one there."""
    rasa_token: str | None = None
    """What Rasa was started with as `--auth-token`; `make rasa` hands it on."""
    card_webhook: AnyHttpUrl | None = None
    """Another system that is told of every card that is requested, accepted or closed."""
    card_webhook_secret: str | None = None
    """Signs what is sent there: base64 of 24 bytes or more; see docs/handoff.md."""
    voice_mood: bool = True
    """Compare the caller's tone of voice with its beginning; the caller is told. When false,
    nothing of it is computed."""
    weekly_signals: bool = True
    """Compare each agent's week with their own weeks before, from what the desk did and callers'
    mood; the agent reads it first (docs/care.md). When false, nothing of it is computed."""
    whisper: bool = True
    """Speak the first line of the card to the agent before the caller is connected, unless the
    agent does not want it (`kalm users profile NAME --no-whisper`)."""
    music: Path | None = None
    """Sound file (WAV, FLAC, OGG, MP3) for callers who wait for a person; Kalm's own when unset."""
    speak_ahead: bool = True
    """While nobody calls, speak once what never changes, so that no caller waits for it."""
    calls_at_most: int | None = Field(default=None, ge=1)
    """Calls that this worker takes at the same time; measured at the start when unset."""
    when_full_dial: str | None = Field(default=None, pattern=r"^\+[1-9]\d{6,14}$")
    """Number of people, E.164, to whom Twilio passes callers for whom there is no place; without
    it they hear that the lines are busy, and wait."""
    traces: AnyHttpUrl | None = None
    """Where the times of each call go as OpenTelemetry spans: the URL of a collector's
    OTLP/HTTP receiver, path included (http://localhost:4318/v1/traces); nowhere when unset."""
    offline: bool = False
    """Do not try the model hub; use what is on disk or in a registry pack."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.time_zone)

    @property
    def models(self) -> Path:
        """Where fetched weights are kept."""
        return self.data / "models"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite+aiosqlite:///{(self.data / 'kalm.db').absolute()}"
