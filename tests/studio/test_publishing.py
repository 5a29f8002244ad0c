"""Nothing goes live that was not compared as it is, and a worse version not by a slip."""

import asyncio
import re

import httpx
import pytest

from handoff.accounts import Accounts
from handoff.store.journal import DurableJournal
from handoff.studio.changes import Changes, Moved, Outcome, Went
from handoff.studio.utterances import Spoken
from tests.handoff.conftest import HandClock
from tests.studio.learners import FILES, WORSE, Studio, calls_with, misunderstood, open_studio

pytestmark = pytest.mark.usefixtures("quick_hashes")
PATH = "nlu.nl.yml"


@pytest.fixture
def studio(journal: DurableJournal, clock: HandClock) -> Studio:
    return open_studio(journal, Accounts(journal.database, clock), clock)


async def edit(studio: Studio, more: str = "    - panelen stuk\n") -> None:
    await studio.drafts.change(PATH, lambda text: text + more, by="Iris")


async def compared(owner: httpx.AsyncClient) -> httpx.Response:
    """Compare, and wait until it ended."""
    assert (await owner.post("/studio/publish/compare")).status_code == 303
    for _ in range(50):  # each request lets the comparison go on
        if (await owner.get("/studio/publish/progress")).json()["stage"] != "running":
            break
    return await owner.get("/studio/publish")


def form(page: httpx.Response, **typed: str) -> dict[str, str]:
    return {"digest": re.findall(r'name="digest" value="(\w+)"', page.text)[0], **typed}


async def test_a_draft_is_compared_and_then_published(studio: Studio) -> None:
    """What goes live is what was compared; it is learned before, and looked for at once."""
    await calls_with(studio.journal, misunderstood("panelen stuk"))
    await edit(studio)
    async with studio.visit() as owner:
        page = await compared(owner)
        assert "3 van 3 gaan zoals ze geschreven zijn" in page.text
        [(live, candidate, real)] = studio.trial.compared
        assert (live, real) == (FILES, 1)
        sent = await owner.post("/studio/publish/now", data=form(page, why="panelen"))
        assert sent.headers["location"] == "/studio/publish?published=1"
        assert "Versie 1 is gepubliceerd" in (await owner.get(sent.headers["location"])).text
    assert await studio.versions.texts(1) == candidate == studio.trial.prepared[0]
    assert studio.trial.looks == 1
    assert (await studio.versions.version(1)).by == "Iris"
    assert (await studio.drafts.now()).changed == []


async def test_what_changed_since_is_compared_anew(studio: Studio) -> None:
    """A comparison says nothing of another draft, nor of another live version."""
    await edit(studio)
    async with studio.visit() as owner:
        page = await compared(owner)
        await edit(studio, "    - nog iets\n")
        sent = await owner.post("/studio/publish/now", data=form(page, why="panelen"))
        assert sent.status_code == 409
        assert "nog niet vergeleken" in sent.text
        page = await compared(owner)
        await studio.versions.publish(
            {**FILES, "new.yml": "x"}, by="Noor", why="uren", based_on=None
        )
        sent = await owner.post("/studio/publish/now", data=form(page, why="panelen"))
        assert sent.status_code == 409
        assert "Noor liet versie 1 gelden op vrijdag 20 november, 14:00" in sent.text
    assert await studio.versions.live() == 1
    assert (await studio.versions.version(1)).by == "Noor"
    assert (await studio.drafts.now()).changed == [PATH]


async def test_what_is_saved_while_it_is_published_goes_live_with_the_next(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Learning takes seconds: who saves in them finds it in the draft, and callers hear only what
    was compared and checked.
    """
    await edit(studio)
    async with studio.visit() as owner:
        page = await compared(owner)

        async def slow(candidate: object) -> None:
            await edit(studio, "    - fout\n")

        monkeypatch.setattr(studio.trial, "prepare", slow)
        sent = await owner.post("/studio/publish/now", data=form(page, why="panelen"))
    assert sent.status_code == 303
    [(_, candidate, _)] = studio.trial.compared
    assert await studio.versions.texts(1) == candidate
    draft = await studio.drafts.now()
    assert (draft.changed, draft.behind) == ([PATH], [])
    assert draft.texts[PATH] == f"{candidate[PATH]}    - fout\n"


async def test_worse_needs_the_word(studio: Studio) -> None:
    """A worse draft goes live only for who types the word, and that it was worse is kept."""
    studio.trial.outcome = WORSE
    await edit(studio)
    async with studio.visit() as owner:
        page = await compared(owner)
        for word in ("", "worse", "ja"):
            sent = await owner.post("/studio/publish/now", data=form(page, why="toch", word=word))
            assert sent.status_code == 422
            assert 'value="toch"' in sent.text  # what was typed is there still
        assert await studio.versions.live() is None
        await owner.post("/studio/publish/now", data=form(page, why="toch", word=" Slechter "))
    [move] = await studio.versions.moves()
    assert move.although == "2 of 10 fewer"


async def test_errors_and_a_missing_why_refuse(studio: Studio) -> None:
    """A draft with errors can't be published, nor one of which nobody says why."""
    await edit(studio)
    async with studio.visit() as owner:
        page = await compared(owner)
        sent = await owner.post("/studio/publish/now", data=form(page, why="  "))
        assert sent.status_code == 422
        await edit(studio, "    - fout\n")
        page = await compared(owner)
        assert "dit is fout" in page.text
        assert "digest" not in page.text
        digest = (await owner.get("/studio/publish")).text
        assert 'action="/studio/publish/now"' not in digest
    assert await studio.versions.live() is None


async def test_a_draft_that_does_not_load_says_where(studio: Studio) -> None:
    """A comparison that fails tells the owner why, and the page goes on."""
    await edit(studio, "    - kapot\n")
    async with studio.visit() as owner:
        assert "nlu.nl.yml:3: Het is kapot. Herstel het." in (await compared(owner)).text
        english = await owner.get("/studio/publish", headers={"Accept-Language": "en"})
        assert "nlu.nl.yml:3: It is broken. Mend it." in english.text


async def test_what_changes_is_told_line_by_line_without_what_is_private(studio: Studio) -> None:
    """The page names the line that goes otherwise, and counts changes by pair with samples."""
    went = Went("afspraak", "tests/a.yml", 12, "hallo <b>", "Dag", "expected x", "verwacht was x")
    moved = tuple(Moved(f"panelen {n} 471109", "nl", "out_of_scope", "tariff") for n in range(5))
    studio.trial.outcome = Outcome(
        3, (went,), 10, 9, 8, (), 5, moved, ("1 of 3",), ("conversations",)
    )
    await edit(studio)
    async with studio.visit() as owner:
        page = await compared(owner)
    assert "tests/a.yml:12" in page.text
    assert "verwacht was x" in page.text
    assert "hallo &lt;b&gt;" in page.text
    assert "niet begrepen → tariff" in page.text
    assert page.text.count("panelen …") == 3
    assert "471109" not in page.text


async def test_one_comparison_at_a_time_and_it_can_be_stopped(
    studio: Studio, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks again for the same waits with the first; who stops it is told so."""
    started, go = asyncio.Event(), asyncio.Event()

    async def slow(*_given: object) -> Outcome:
        started.set()
        await go.wait()
        return WORSE

    monkeypatch.setattr(studio.trial, "compare", slow)
    changes = Changes(studio.journal.database, studio.drafts, studio.trial, clock)
    first = await changes.start("Iris")
    assert await changes.start("Noor") is first
    await started.wait()
    await changes.cancel()
    assert first.stage == "cancelled"
    again = await changes.start("Noor")
    await edit(studio)
    other = await changes.start("Iris")
    assert (again.stage, other.stage) == ("cancelled", "running")
    go.set()
    assert other.task is not None
    await other.task
    assert (other.stage, other.outcome) == ("done", WORSE)


async def test_what_is_stopped_before_it_began_can_be_asked_for_again(
    studio: Studio, clock: HandClock
) -> None:
    """A comparison that was stopped at once is not shown as running for ever."""
    changes = Changes(studio.journal.database, studio.drafts, studio.trial, clock)
    first = await changes.start("Iris")
    await changes.cancel()
    assert first.stage == "cancelled"
    again = await changes.start("Noor")
    assert again is not first
    assert again.task is not None
    await again.task
    assert again.stage == "done"


async def test_two_who_ask_at_once_wait_for_one_comparison(
    studio: Studio, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second gets the first one's: none runs on that nobody can stop."""
    go = asyncio.Event()

    async def slow(*_given: object) -> Outcome:
        await go.wait()
        return WORSE

    async def many(*_given: object) -> list[Spoken]:
        for _ in range(5):  # time enough for another to come
            await studio.drafts.now()
        return []

    monkeypatch.setattr(studio.trial, "compare", slow)
    monkeypatch.setattr("handoff.studio.changes.last_utterances", many)
    changes = Changes(studio.journal.database, studio.drafts, studio.trial, clock)
    one, other = await asyncio.gather(changes.start("Iris"), changes.start("Noor"))
    assert one is other
    go.set()
    assert one.task is not None
    await one.task
