"""What tests of inbox, try it, publish and numbers share: an app, owners, a bot on strings."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import Response

from bot.events import Body, CallStarted, Candidate, Language, StepReached, Understood
from handoff.accounts import Accounts, Role
from handoff.guard import SESSION_COOKIE
from handoff.store.journal import DurableJournal
from handoff.studio.changes import Broken, Outcome, Tick
from handoff.studio.checking import Problem
from handoff.studio.drafts import Drafts
from handoff.studio.entrance import Entrance, Shut
from handoff.studio.folder import Texts
from handoff.studio.learning import Bot, router
from handoff.studio.tryout import Near, Reply, TextCall, Transcript, UnusableSound
from handoff.studio.utterances import Spoken
from handoff.studio.versions import Versions
from handoff.studio.workshop import Workshop
from tests.handoff.calls import nl
from tests.handoff.conftest import AMSTERDAM, HandClock

FILES = {
    "nlu.nl.yml": 'version: "3.1"\n\n# van Sem\nnlu:\n- intent: greet\n  examples: |\n    - hallo\n'
    "- intent: tariff\n  examples: |\n    - wat kost stroom # vaak\n",
    "nlu.en.yml": 'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hello\n',
}
FINE = Outcome(3, (), 10, 9, 9, (), 5, (), (), ())
WORSE = Outcome(3, (), 10, 7, 9, (), 5, (), ("2 of 10 fewer",), ("held_out",))


def misunderstood(words: str, *guesses: str, of: int = 2, language: Language = "nl") -> list[Body]:
    """Return what the record says of an utterance that was not understood."""
    said = nl(words).model_copy(update={"language": language})
    ranking = tuple(
        Candidate(intent=name, confidence=0.3 - n / 10) for n, name in enumerate(guesses)
    )
    return [
        said,
        Understood(of=of, intent="out_of_scope", confidence=0.7, ranking=ranking),
        StepReached(flow="call", step="first_wish", tries=1),
    ]


async def calls_with(
    journal: DurableJournal, *said: Sequence[Body], version: int | None = None
) -> None:
    """Put calls on record, one for each utterance."""
    started = CallStarted(line="chat", language="nl", content_version=version)
    for number, bodies in enumerate(said):
        await journal.open(f"v{version}-{number}-{id(bodies)}", started, *bodies)


class FirstWord:
    """Groups sentences by their first word."""

    async def groups(self, sentences: Sequence[str]) -> list[list[int]]:
        found: dict[str, list[int]] = {}
        for index, sentence in enumerate(sentences):
            found.setdefault(sentence.split()[0], []).append(index)
        return list(found.values())


@dataclass
class TrialOnStrings:
    """Finds what a test says; a draft with "kapot" in it does not load."""

    outcome: Outcome = FINE
    compared: list[tuple[Texts, Texts, int]] = field(default_factory=list)
    prepared: list[Texts] = field(default_factory=list)
    looks: int = 0

    async def compare(
        self, live: Texts, candidate: Texts, real: Sequence[Spoken], tick: Tick
    ) -> Outcome:
        tick(1, 2)
        if any("kapot" in text for text in candidate.values()):
            told, dutch = ("It is broken.", "Mend it."), ("Het is kapot.", "Herstel het.")
            raise Broken(Problem("nlu.nl.yml", 3, *told, error=True, dutch=dutch))
        self.compared.append((live, candidate, len(real)))
        return self.outcome

    async def prepare(self, candidate: Texts) -> None:
        self.prepared.append(candidate)

    def look_now(self) -> None:
        self.looks += 1

    def in_force(self) -> int | None:
        return None


@dataclass
class Parrot:
    """Implements TextCall: says what it hears, and hangs up on "dag"."""

    language: Language
    hung_up: bool = False

    async def begin(self) -> Reply:
        return Reply("", self.language, says=("Goedendag <b>",))

    async def say(self, words: str) -> Reply:
        return Reply(
            words, self.language, "greet", 0.9, (Candidate(intent="greet", confidence=0.9),),
            says=(f"U zei {words}",), near=(Near("hallo", "greet", "nl", 0.83),),
            ended=words == "dag",
        )  # fmt: skip

    async def close(self) -> None:
        self.hung_up = True


@dataclass
class BenchOnStrings:
    """Begins calls with a parrot; hears what the sound's bytes spell."""

    begun: list[tuple[Texts, bool, Parrot]] = field(default_factory=list)

    async def call(self, texts: Texts, *, live: bool, language: Language) -> TextCall:
        call = Parrot(language)
        self.begun.append((texts, live, call))
        return call

    async def hear(self, sound: bytes, language: Language) -> Transcript | None:
        if sound.startswith(b"\0"):
            raise UnusableSound("no sound")
        return Transcript(sound.decode(), language, 0.8) if sound else None


class NoChecks:
    """Finds a mistake where it says "fout"."""

    def check(self, files: Texts) -> list[Problem]:
        wrong = [path for path, text in files.items() if "fout" in text]
        return [Problem(path, 1, "dit is fout", "herstel het", error=True) for path in wrong]

    def _not_asked(self, *_given: object, **_named: object) -> NoReturn:
        raise AssertionError("only `check` is asked for here")

    heard = placeholders = known = told = steps = _not_asked


@dataclass
class Studio:
    """A studio to be visited."""

    app: FastAPI
    accounts: Accounts
    journal: DurableJournal
    drafts: Drafts
    versions: Versions
    trial: TrialOnStrings
    bench: BenchOnStrings

    @asynccontextmanager
    async def visit(
        self, name: str = "Iris", role: Role = "owner"
    ) -> AsyncIterator[httpx.AsyncClient]:
        """Log somebody in; what they send carries their CSRF token."""
        password = await self.accounts.add_user(name, role=role)
        session = await self.accounts.log_in(name, password, "192.0.2.1")
        assert session is not None
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app),
            base_url="http://kalm.test",
            cookies={SESSION_COOKIE: session.token},
            headers={"Accept-Language": "nl", "X-CSRF-Token": session.csrf},
        ) as client:
            yield client


def open_studio(
    journal: DurableJournal, accounts: Accounts, clock: HandClock, files: Texts = FILES
) -> Studio:
    """Return a studio in which nothing was published yet."""
    versions = Versions(journal.database, clock)
    drafts = Drafts(journal.database, versions, lambda: files, clock)
    workshop = Workshop(drafts, versions, NoChecks())
    trial, bench = TrialOnStrings(), BenchOnStrings()
    app = FastAPI()

    async def shut(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Shut)
        return error.response

    app.add_exception_handler(Shut, shut)
    bot = Bot(FirstWord(), trial, bench)
    entrance = Entrance(accounts)
    app.include_router(router(journal, workshop, bot, entrance, clock, AMSTERDAM))
    return Studio(app, accounts, journal, drafts, versions, trial, bench)


def own_folder() -> Path:
    """Return the intents that Kalm comes with."""
    return Path("intents")
