"""What is live is in force for the next call, on every worker; what does not load never is."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, update
from sqlalchemy.engine import Connection

from bot.edition import Edition, Press
from bot.editions import Editions
from bot.encoder import SentenceEncoder, Vectors
from bot.mood.model import Model
from bot.published import NothingToServe
from bot.rehearsal import stage
from bot.understanding.meaning import Meaning
from handoff.store.journal import DurableJournal
from handoff.studio.folder import read_folder
from handoff.studio.tables import content_learned
from handoff.studio.versions import Versions
from tests.intents_folder import change, small_intents


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_intents(tmp_path / "intents")


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[DurableJournal]:
    async with DurableJournal(f"sqlite+aiosqlite:///{tmp_path / 'kalm.db'}", stage.clock) as opened:
        yield opened


@pytest.fixture
def versions(journal: DurableJournal) -> Versions:
    return Versions(journal.database, stage.clock)


@pytest.fixture(scope="session")
def moods() -> Model:
    return Model.load()


@pytest.fixture
def press(encoder: SentenceEncoder, moods: Model, tmp_path: Path) -> Press:
    return Press(encoder, moods, tmp_path / "cache", stage.clock, stage.ZONE)


@pytest.fixture
def editions(versions: Versions, press: Press, folder: Path, tmp_path: Path) -> Editions:
    return Editions(versions, press, folder, tmp_path / "kept")


async def publish(versions: Versions, folder: Path, **changes: str) -> int:
    """Publish the folder with some files replaced, unchecked, as nobody should."""
    texts = read_folder(folder)
    for name, text in changes.items():
        texts[name.replace("__", "/") + ".yml"] = text
    based_on = await versions.live()
    version = await versions.publish(texts, by="Sem", why="a test", based_on=based_on)
    return version.number


def greeting(edition: Edition) -> str:
    return edition.content.answers.texts("greeting", "nl")[0]


async def test_the_folder_serves_until_something_is_published(
    editions: Editions, folder: Path
) -> None:
    """Without a version the folder is in force, and changes in it wait for a restart."""
    edition = await editions.first()
    assert edition.version is None
    assert "u spreekt met de digitale assistent" in greeting(edition)
    assert editions.notices == []
    change(folder / "answers" / "nl.yml", "Goedendag, u spreekt", "Dag, u spreekt")
    assert await editions.look() is None


async def test_the_next_call_has_the_next_version_and_one_in_progress_its_own(
    editions: Editions, versions: Versions, folder: Path, tmp_path: Path
) -> None:
    """A version that goes live is in force at the next look; a call goes on."""
    await publish(versions, folder)
    first = await editions.first()
    assert first.version == 1
    call = stage.Stage(
        first.content, first.understanding, stage.demo_company(tmp_path), mood=first.mood
    )
    await call.start()
    change(folder / "answers" / "nl.yml", "  goodbye:\n", "  goodbye:\n    - Tot horens!\n")
    change(folder / "nlu.nl.yml", "- ja graag", "- doe maar hoor")
    await publish(versions, folder)
    second = await editions.look()
    assert second is not None
    assert second.version == 2
    assert "Tot horens!" in second.content.answers.texts("goodbye", "nl")
    assert await editions.look() is None
    turn = await call.say("nee dank u")
    assert "Tot horens!" not in turn.words
    assert call.over


async def test_every_worker_sees_it(
    editions: Editions, versions: Versions, folder: Path, tmp_path: Path, press: Press
) -> None:
    """Another process on the same database puts the same version in force."""
    await publish(versions, folder)
    await editions.first()
    url = f"sqlite+aiosqlite:///{tmp_path / 'kalm.db'}"
    async with DurableJournal(url, stage.clock) as other:
        theirs = Editions(Versions(other.database, stage.clock), press, folder, tmp_path / "k2")
        assert (await theirs.first()).version == 1
        await publish(versions, folder, notes="x: 1\n")
        for worker in (editions, theirs):
            edition = await worker.look()
            assert edition is not None
            assert edition.version == 2


class Watched:
    """An encoder that counts what it is asked for."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self.version = encoder.version
        self.asked = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += len(texts)
        return self._encoder.encode(texts)


async def understood(edition: Edition) -> Meaning:
    return await edition.understanding.parse("mijn factuur klopt niet", "nl")


@pytest.mark.parametrize("damaged", [False, True])
async def test_what_one_worker_learned_no_other_learns_again(
    editions: Editions,
    versions: Versions,
    folder: Path,
    tmp_path: Path,
    press: Press,
    encoder: SentenceEncoder,
    journal: DurableJournal,
    damaged: bool,
) -> None:
    """A worker with nothing of its own takes over what publishing learned, and understands the
    same; when that is damaged it learns by itself, and the next worker need not.
    """
    await editions.prepare(read_folder(folder))
    await publish(versions, folder)
    first = await editions.first()
    if damaged:
        async with journal.database.writing.begin() as connection:
            await connection.execute(update(content_learned).values(content=b"damaged"))

    async def worker(name: str) -> tuple[Edition, int]:
        watched = Watched(encoder)
        own = replace(press, cache=tmp_path / name, encoder=watched)
        theirs = Editions(versions, own, folder, tmp_path / "k2")
        edition = await theirs.first()
        theirs.close()
        return edition, watched.asked

    second, asked = await worker("second")
    assert (asked > 0) is damaged
    third, asked = await worker("third")
    assert asked == 0
    assert await understood(first) == await understood(second) == await understood(third)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("flows__call", "flows: [", "flows/call.yml:1"),
        ("answers__nl", "answers: {}\n", "answers/"),
        ("nlu.nl", "nlu:\n- intent: x\n", "nlu.nl.yml:2"),
        ("ladder", "[" * 20_000, "ladder.yml:1"),
        ("nlu.en", "[" * 20_000, "nlu.en.yml:1"),
    ],
)
async def test_a_broken_version_is_never_in_force(
    editions: Editions, versions: Versions, folder: Path, name: str, text: str, told: str
) -> None:
    """The edition in force stays, the notice names file and line, and a rollback ends it."""
    await publish(versions, folder)
    assert (await editions.first()).version == 1
    await publish(versions, folder, **{name: text})
    assert await editions.look() is None
    [notice] = editions.notices
    assert "Version 2 of the intents does not load; version 1 serves." in notice
    assert told in notice
    assert "kalm intents rollback" in notice
    assert await editions.look() is None
    await versions.rollback(1, by="Noor", why="it was broken")
    assert await editions.look() is None
    assert editions.notices == []
    await publish(versions, folder, notes="x: 1\n")
    mended = await editions.look()
    assert mended is not None
    assert mended.version == 3


async def test_a_start_with_a_broken_version_serves_the_latest_that_loads(
    editions: Editions, versions: Versions, folder: Path
) -> None:
    """Calls are answered with an earlier version, and the owner is told why."""
    await publish(versions, folder)
    await publish(versions, folder, notes="x: 1\n")
    await publish(versions, folder, ladder="no: ladder\n")
    assert (await editions.first()).version == 2
    assert "Version 3 of the intents does not load; version 2 serves." in editions.notices[0]


async def test_a_start_with_nothing_but_broken_versions_serves_the_folder(
    editions: Editions, versions: Versions, folder: Path
) -> None:
    """The folder is the last thing to fall back on; without it the start says what to mend."""
    await publish(versions, folder, ladder="no: ladder\n")
    assert (await editions.first()).version is None
    assert "does not load; the folder serves" in editions.notices[0]
    (folder / "ladder.yml").write_text("no: ladder\n")
    (folder.parent / "kept").rename(folder.parent / "away")
    with pytest.raises(NothingToServe, match=r"ladder\.yml"):
        await editions.first()


async def test_a_folder_that_differs_from_what_is_live_is_told(
    editions: Editions, versions: Versions, folder: Path
) -> None:
    """Nothing is guessed: the notice names the command either way."""
    await publish(versions, folder)
    await editions.first()
    assert editions.notices == []
    change(folder / "nlu.nl.yml", "# van Sem", "# van Sem, en van Noor")
    await editions.first()
    [notice] = editions.notices
    assert 'kalm intents publish -m "why"' in notice
    assert "kalm intents export FOLDER" in notice


async def test_a_database_that_is_away_for_a_moment_costs_a_look(
    editions: Editions, versions: Versions, folder: Path, journal: DurableJournal
) -> None:
    """What went live while the database did not answer is in force after it does."""
    await publish(versions, folder)
    await editions.first()
    await publish(versions, folder, notes="x: 1\n")
    away = {"content_live"}

    def fail(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if any(table in statement for table in away):
            raise OSError("the database is away")

    engine = journal.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", fail)
    assert await editions.look() is None
    away.clear()
    away.add("content_texts")
    assert await editions.look() is None
    event.remove(engine, "before_cursor_execute", fail)
    edition = await editions.look()
    assert edition is not None
    assert edition.version == 2


async def test_whoever_publishes_here_need_not_wait_for_the_next_look(
    editions: Editions, versions: Versions, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the process a version is in force at once; a swap that fails ends nothing."""
    monkeypatch.setattr("bot.editions.POLL_S", 3600)
    await publish(versions, folder)
    await editions.first()
    swapped: asyncio.Queue[int | None] = asyncio.Queue()

    def swap(edition: Edition) -> None:
        swapped.put_nowait(edition.version)
        if edition.version == 2:
            raise RuntimeError("no voice for it")

    following = asyncio.create_task(editions.follow(swap))
    for number in (2, 3):
        await publish(versions, folder, notes=f"x: {number}\n")
        editions.look_now()
        assert await asyncio.wait_for(swapped.get(), 60) == number
    following.cancel()


async def test_going_back_to_what_was_in_force_takes_no_learning(
    editions: Editions, versions: Versions, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who rolls back is in a hurry: what was made is put in force again as it was."""
    await publish(versions, folder)
    first = await editions.first()
    await publish(versions, folder, notes="x: 1\n")
    assert await editions.look() is not None

    def learn(*_given: object) -> Edition:
        raise AssertionError("it was made before")

    monkeypatch.setattr(Press, "make", learn)
    await versions.rollback(1, by="Noor", why="quick")
    again = await editions.look()
    assert again is not None
    assert again.version == 1
    assert again.understanding is first.understanding


async def test_what_was_prepared_is_in_force_without_learning_again(
    editions: Editions, versions: Versions, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who compared a draft and publishes it has it learned by then; only the pointer moves."""
    await editions.first()
    await editions.prepare({**read_folder(folder), "notes.yml": "x: 1\n"})

    def learn(*_given: object) -> Edition:
        raise AssertionError("it was made before")

    monkeypatch.setattr(Press, "make", learn)
    number = await publish(versions, folder, notes="x: 1\n")
    edition = await editions.look()
    assert edition is not None
    assert edition.version == editions.in_force == number
