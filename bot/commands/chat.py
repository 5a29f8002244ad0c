"""`kalm chat`: the same dialogue in text, for trying out flows and for scripts."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Annotated, Any, Literal
from uuid import uuid4

import phonenumbers
import typer
from pydantic import ValidationError
from rich.console import Console

from bot import published
from bot.clock import utc_now
from bot.company.open import open_company
from bot.dialogue.conversation import Conversation
from bot.dialogue.effects import Effect, EndCall
from bot.dialogue.memory_journal import MemoryJournal
from bot.dialogue.written_language import guess_language
from bot.edition import Press
from bot.encoder import SentenceEncoder
from bot.events import CallerSpoke, OfferAccepted
from bot.journal import Journal
from bot.mood.model import Model
from bot.settings import Settings
from bot.understanding.rasa import engine, open_rasa
from handoff.card import card
from handoff.store.journal import DurableJournal

_HELP = "/key 123 types keys, /silence says nothing, /agent NAME takes the card, /hangup ends."


def chat(
    language: Annotated[
        Literal["nl", "en"] | None, typer.Option(help="Language of the greeting: nl, en.")
    ] = None,
    caller: Annotated[str | None, typer.Option("--from", help="The caller's number.")] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Store the call, so that its card is on the desk.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a turn.")] = False,
) -> None:
    """Talk to Kalm in text. Lines that begin with / are keys, silence, an agent, hanging up.

    Ends with 0 when the call came to an end, 1 when Kalm could not start, 2 for wrong options.
    """
    errors = Console(stderr=True)
    try:
        settings = Settings() if language is None else Settings(language=language)
        number = _number(caller) if caller else None
    except (ValidationError, phonenumbers.NumberParseException) as error:
        errors.print(f"Wrong option: {error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(2) from error
    try:
        asyncio.run(_chat(settings, number, keep=keep, as_json=as_json))
    except published.NothingToServe as error:
        errors.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error


def _number(text: str) -> str:
    number = phonenumbers.parse(text, "NL")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


async def _chat(settings: Settings, number: str | None, *, keep: bool, as_json: bool) -> None:
    async with AsyncExitStack() as stack:
        settings.data.mkdir(parents=True, exist_ok=True)
        journal: Journal = MemoryJournal(utc_now)
        if keep:
            durable = DurableJournal(settings.database, utc_now)
            await durable.start()
            stack.push_async_callback(durable.close)
            journal = durable
        company = open_company(settings, utc_now)
        stack.push_async_callback(company.aclose)
        intents = published.load(settings.intents, settings.data / "intents-last-good")
        encoder = await asyncio.to_thread(SentenceEncoder)
        if (rasa := open_rasa(settings)) is not None:
            await stack.enter_async_context(rasa)
        press = Press(
            encoder,
            Model.load(),
            settings.data / "understanding",
            utc_now,
            settings.zone,
            engine=engine(rasa),
        )
        edition = await asyncio.to_thread(press.make, intents.intents, None)
        conversation = Conversation(
            call_id=f"chat-{uuid4().hex[:12]}",
            line="chat",
            caller_number=number,
            content=edition.content,
            understanding=edition.understanding,
            company=company,
            journal=journal,
            clock=utc_now,
            zone=settings.zone,
            language=settings.language,
            company_name=settings.company_name,
            mood=edition.mood,
        )
        screen = _JsonScreen() if as_json else _Screen()
        await _talk(conversation, journal, screen, settings)


async def _talk(
    conversation: Conversation, journal: Journal, screen: "_Screen", settings: Settings
) -> None:
    over = await screen.turn(None, conversation.start(), conversation)
    while not over:
        line = await asyncio.to_thread(screen.listen)
        if line is None or line == "/hangup":
            break
        try:
            for said, effects in _stimuli(line, conversation, journal):
                over = over or await screen.turn(said, effects, conversation)
        except _UnknownLine as error:
            screen.complain(str(error))
    await conversation.ended("caller")
    events = await journal.read(conversation.call_id)
    now = utc_now().astimezone(settings.zone)
    screen.close(
        {
            "outcome": conversation.state.outcome,
            "call_id": conversation.call_id,
            "card": card(events, settings.language, now).model_dump(mode="json"),
            "events": [event.model_dump(mode="json") for event in events],
        }
    )


def _stimuli(
    line: str, conversation: Conversation, journal: Journal
) -> Iterator[tuple[str, AsyncIterator[Effect]]]:
    """Yield what a typed line does to the conversation."""
    word, _, rest = line.partition(" ")
    if word == "/key":
        for key in rest.replace(" ", ""):
            yield f"/key {key}", conversation.key(key)
    elif word == "/silence":
        yield line, conversation.silent(conversation.silence_after)
    elif word == "/agent":
        yield line, _accept(conversation, journal, rest or "Sem")
    elif word.startswith("/"):
        raise _UnknownLine(f"{word} is not known. {_HELP}")
    else:
        language = guess_language(line) or conversation.language
        yield line, conversation.heard(CallerSpoke(words=line, language=language))


async def _accept(
    conversation: Conversation, journal: Journal, agent: str
) -> AsyncIterator[Effect]:
    await journal.append(conversation.call_id, OfferAccepted(agent=agent))
    async for effect in conversation.accepted(agent):
        yield effect


class _UnknownLine(Exception):
    """A line that begins with / and means nothing."""


class _Screen:
    """Shows the call to a person at a terminal."""

    def __init__(self) -> None:
        self._console = Console()

    def listen(self) -> str | None:
        """Return what is typed; None at the end of input."""
        try:
            if sys.stdin.isatty():
                return self._console.input("[bold]> ").strip()
            line = sys.stdin.readline()
        except EOFError:
            return None
        return line.strip() if line else None

    async def turn(
        self, said: str | None, effects: AsyncIterator[Effect], conversation: Conversation
    ) -> bool:
        """Show what the bot does; True when the call is over."""
        over = False
        async for effect in effects:
            if isinstance(effect, EndCall):
                over = True
            else:
                self._console.print(effect.words, style="cyan", markup=False, highlight=False)
        return over

    def complain(self, text: str) -> None:
        """Tell that a line means nothing."""
        Console(stderr=True).print(text, style="red", markup=False)

    def close(self, result: dict[str, Any]) -> None:
        """Show how the call ended."""
        self._console.print(f"({result['outcome']}, {result['call_id']})", style="dim")


class _JsonScreen(_Screen):
    """Prints one JSON object a turn, for scripts."""

    def listen(self) -> str | None:
        """Return the next line of standard input."""
        line = sys.stdin.readline()
        return line.strip() if line else None

    async def turn(
        self, said: str | None, effects: AsyncIterator[Effect], conversation: Conversation
    ) -> bool:
        """Print what was said and done."""
        bot, over = [], False
        async for effect in effects:
            if isinstance(effect, EndCall):
                over = True
            else:
                bot.append(effect.words)
        meaning = conversation.state.meaning
        spoken = said is not None and not said.startswith("/")
        _print(
            {
                "caller": said,
                "intent": meaning.intent if spoken and meaning else None,
                "bot": bot,
                "language": conversation.language,
                "expects": conversation.expectation.kind,
            }
        )
        return over

    def close(self, result: dict[str, Any]) -> None:
        """Print the outcome, the card and the events."""
        _print(result)


def _print(row: dict[str, Any]) -> None:
    print(json.dumps(row, ensure_ascii=False, default=str), flush=True)
