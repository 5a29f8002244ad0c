"""What was not understood waits until somebody filed it or set it aside, and is learned once."""

import re

import httpx
import pytest

from bot.events import FactDisputed
from handoff.accounts import Accounts
from handoff.store.journal import DurableJournal
from tests.handoff.conftest import HandClock
from tests.studio.learners import FILES, Studio, calls_with, misunderstood, open_studio

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def studio(journal: DurableJournal, clock: HandClock) -> Studio:
    return open_studio(journal, Accounts(journal.database, clock), clock)


def keys(page: httpx.Response) -> list[str]:
    return re.findall(r'name="key" value="([0-9a-f]+)"', page.text)


async def nlu(studio: Studio, language: str = "nl") -> str:
    return (await studio.drafts.now()).texts[f"nlu.{language}.yml"]


async def test_the_same_words_are_one_sentence_and_alike_ones_one_group(studio: Studio) -> None:
    """A sentence that many said stands there once, with how often; what is private does not."""
    await calls_with(
        studio.journal,
        misunderstood("panelen stuk", "tariff"),
        misunderstood("Panelen stuk!"),
        misunderstood("panelen doen niks, klant 471109"),
        misunderstood("geen stroom"),
    )
    async with studio.visit() as owner:
        page = await owner.get("/studio/inbox")
    assert len(keys(page)) == 3
    assert page.text.count("<form method") - 1 == 2 + 2  # language, logout, undo; two groups
    assert "3 keer" in page.text
    assert "471109" not in page.text
    assert "klant …" in page.text


async def test_filing_puts_a_sentence_into_the_draft_once_and_undo_takes_it_out(
    studio: Studio,
) -> None:
    """Filed twice, in two spellings, it is one line of the file; undone, the file is as it was."""
    await calls_with(studio.journal, misunderstood("panelen stuk", "tariff"))
    async with studio.visit() as owner:
        [key] = keys(await owner.get("/studio/inbox"))
        filed = await owner.post("/studio/inbox/file", data={"key": key, "intent": "tariff"})
        assert "“panelen stuk” ingedeeld bij tariff" in filed.text
        assert keys(filed) == []
        assert await nlu(studio) == FILES["nlu.nl.yml"] + "    - panelen stuk\n"
        again = await owner.post("/studio/inbox/file", data={"key": key, "intent": "tariff"})
        assert again.status_code == 409
        assert (await nlu(studio)).count("panelen stuk") == 1
        undone = await owner.post("/studio/inbox/undo")
        assert keys(undone) == [key]
        assert await nlu(studio) == FILES["nlu.nl.yml"]
        assert "niets om terug te nemen" in (await owner.post("/studio/inbox/undo")).text


async def test_a_group_is_filed_in_each_language_and_undone_in_one_go(studio: Studio) -> None:
    """Dutch sentences go into the Dutch file and English ones into the English, both or neither."""
    await calls_with(
        studio.journal,
        misunderstood("hallo daar"),
        misunderstood("hallo you there", language="en"),
        misunderstood("hallo"),
    )
    async with studio.visit() as owner:
        every = keys(await owner.get("/studio/inbox"))
        refused = await owner.post("/studio/inbox/file", data={"key": every, "intent": "tariff"})
        assert refused.status_code == 422
        assert "bij greet" in refused.text  # "hallo" stands there
        assert await nlu(studio) == FILES["nlu.nl.yml"]
        await owner.post("/studio/inbox/file", data={"key": every, "typed": "greet"})
        assert (await nlu(studio)).count("- hallo daar\n") == 1
        assert (await nlu(studio)).count("- hallo\n") == 1
        assert (await nlu(studio, "en")).endswith("- hello\n    - hallo you there\n")
        for _ in range(2):  # one go a language
            undone = await owner.post("/studio/inbox/undo")
        assert sorted(keys(undone)) == sorted(every)
        assert await nlu(studio) == FILES["nlu.nl.yml"]
        assert await nlu(studio, "en") == FILES["nlu.en.yml"]


async def test_other_words_may_be_learned_than_were_said(studio: Studio) -> None:
    """An owner takes out of a sentence what does not matter before it is learned."""
    await calls_with(studio.journal, misunderstood("ja eh Jan hier panelen stuk dus"))
    async with studio.visit() as owner:
        [key] = keys(await owner.get("/studio/inbox"))
        data = {"key": key, "intent": "tariff", "words": "panelen stuk"}
        assert "“panelen stuk”" in (await owner.post("/studio/inbox/file", data=data)).text
    assert "Jan" not in await nlu(studio)


async def test_an_intent_that_is_none_is_refused(studio: Studio) -> None:
    """Nothing is filed to an intent that the draft does not have."""
    await calls_with(studio.journal, misunderstood("panelen stuk"))
    async with studio.visit() as owner:
        [key] = keys(await owner.get("/studio/inbox"))
        page = await owner.post("/studio/inbox/file", data={"key": key, "typed": "tarif"})
        assert page.status_code == 422
        assert "geen bedoeling tarif" in page.text
        assert keys(page) == [key]


async def test_set_aside_stays_aside_and_is_undone(studio: Studio) -> None:
    """What was set aside does not come back with the next call, unless that is undone."""
    await calls_with(studio.journal, misunderstood("panelen stuk"))
    async with studio.visit() as owner:
        [key] = keys(await owner.get("/studio/inbox"))
        assert keys(await owner.post("/studio/inbox/aside", data={"key": key})) == []
        await calls_with(studio.journal, misunderstood("panelen stuk"), version=7)
        assert keys(await owner.get("/studio/inbox")) == []
        assert keys(await owner.post("/studio/inbox/undo")) == [key]


async def test_what_was_filed_comes_back_only_if_a_later_version_does_not_know_it(
    studio: Studio,
) -> None:
    """Until the draft is live the same words are no news; after that they are, and it is told."""
    await calls_with(studio.journal, misunderstood("panelen stuk"))
    async with studio.visit() as owner:
        [key] = keys(await owner.get("/studio/inbox"))
        await owner.post("/studio/inbox/file", data={"key": key, "intent": "tariff"})
        await calls_with(studio.journal, misunderstood("panelen stuk"))
        assert keys(await owner.get("/studio/inbox")) == []
        version = await studio.drafts.publish(by="Iris", why="panelen")
        await calls_with(studio.journal, misunderstood("panelen stuk"), version=version.number)
        page = await owner.get("/studio/inbox")
        assert keys(page) == [key]
        assert "eerder ingedeeld bij tariff" in page.text


async def test_what_agents_called_wrong_is_with_the_words_it_came_from(studio: Studio) -> None:
    """A disputed wish stands with its sentence; another disputed fact stands by itself."""
    said = misunderstood("panelen stuk", "tariff")
    wish = FactDisputed(
        agent="Sem", field="wants", of=3, was="wil een offerte 1234AB", now="storing"
    )
    name = FactDisputed(agent="Sem", field="who.name", of=1, was="Mw. Jansen", now="Dhr. Jansen")
    back = FactDisputed(agent="Sem", field="reason", of=1, was="x", now="x")
    await calls_with(studio.journal, [*said, wish, name, back])
    async with studio.visit() as owner:
        page = await owner.get("/studio/inbox")
        assert "Volgens Sem klopt dit niet: wil een offerte …. Het moet zijn: storing." in page.text
        assert "Mw. Jansen" in page.text
        assert len(keys(page)) == 2
        page = await owner.post("/studio/inbox/aside", data={"key": keys(page)[1]})
        assert "Mw. Jansen" not in page.text


async def test_words_of_callers_are_shown_as_they_are(studio: Studio) -> None:
    """A tag in what was recognised is no tag on the page, nor in the draft."""
    await calls_with(studio.journal, misunderstood("<b>stuk</b> {{ 7 * 7 }}"))
    async with studio.visit() as owner:
        page = await owner.get("/studio/inbox")
        assert "&lt;b&gt;stuk" in page.text
        assert "<b>stuk" not in page.text
        await owner.post("/studio/inbox/file", data={"key": keys(page), "intent": "tariff"})
    assert (await nlu(studio)).endswith("- b stuk /b … * …\n")


async def test_only_owners_and_only_from_their_own_pages(studio: Studio) -> None:
    """Agents see nothing, and a form from elsewhere changes nothing."""
    await calls_with(studio.journal, misunderstood("panelen stuk"))
    async with studio.visit("Ana", "agent") as agent:
        for path in ("inbox", "try", "publish", "numbers", "numbers.csv", "numbers.svg"):
            answer = await agent.get(f"/studio/{path}")
            assert answer.status_code in (303, 403)
            assert "panelen" not in answer.text
    async with studio.visit() as owner:
        [key] = keys(await owner.get("/studio/inbox"))
        del owner.headers["X-CSRF-Token"]
        for form in ("inbox/file", "inbox/aside", "inbox/undo", "publish/compare", "publish/now"):
            sent = await owner.post(f"/studio/{form}", data={"key": key, "intent": "tariff"})
            assert sent.status_code == 403
    assert await nlu(studio) == FILES["nlu.nl.yml"]
