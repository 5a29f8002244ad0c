"""An owner edits intents, answers and flows on pages; nobody else can, and nothing gets lost."""

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bot.studio.draft_checks import DraftChecks
from handoff.store import DurableJournal
from handoff.studio.archive import pack, unpack
from handoff.studio.rewriting import value_of
from handoff.studio.versions import diff
from handoff.studio.workshop import Workshop
from tests.handoff.conftest import HandClock
from tests.intents_folder import small_intents
from tests.studio.pages import Enter, NoLooks, hidden, studio, typed

PAGES = [
    "/studio/intents", "/studio/intents/opening_hours", "/studio/answers",
    "/studio/answers/goodbye", "/studio/flows", "/studio/flows/goodbye", "/studio/versions",
    "/studio/draft", "/studio/files/ladder.yml",
]  # fmt: skip
FORMS = [
    "/studio/intents/opening_hours", "/studio/answers/goodbye", "/studio/flows/goodbye",
    "/studio/files/ladder.yml", "/studio/versions/1", "/studio/draft/folder", "/studio/draft/join",
]  # fmt: skip

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
async def served(
    request: pytest.FixtureRequest,
    journal: DurableJournal,
    clock: HandClock,
    folder: Path,
    tmp_path: Path,
) -> AsyncIterator[tuple[Enter, Workshop]]:
    kind = DraftChecks if "looking" in request.fixturenames else NoLooks
    checks = kind(lambda: None, tmp_path / "cache")
    async with studio(journal, clock, small_intents(folder), checks) as made:
        yield made


@pytest.fixture
def looking() -> None:
    """Ask for it in a test of what is found in the whole of the files."""


@pytest.fixture
def enter(served: tuple[Enter, Workshop]) -> Enter:
    return served[0]


@pytest.fixture
def workshop(served: tuple[Enter, Workshop]) -> Workshop:
    return served[1]


async def test_only_owners_come_in(enter: Enter) -> None:
    """Agents and supervisors are kept out of the studio; an owner is kept out of calls."""
    for role in ("agent", "supervisor"):
        other = await enter(role, role)
        for path in PAGES:
            assert (await other.get(path)).status_code == 403, path
        for path in FORMS:
            assert (await other.send(path, text="x")).status_code == 403, path
    owner = await enter("Noor", "owner")
    for path in PAGES:
        assert (await owner.get(path)).status_code == 200, path
    desk = await owner.get("/desk")
    assert (desk.status_code, desk.headers["location"]) == (303, "/studio")
    assert (await owner.get("/api/cards")).status_code == 403


async def test_strangers_and_stale_forms_change_nothing(enter: Enter, workshop: Workshop) -> None:
    """Without a session there is the login, without the CSRF token a refusal."""
    owner = await enter("Noor", "owner")
    owner.csrf = "stale"
    for path in FORMS:
        assert (await owner.send(path, text="x", nl="x")).status_code == 403
    assert (await owner.ask("/studio/answers/heard", wording="x")).status_code == 403
    owner.client.cookies.clear()
    gone = await owner.get("/studio/intents")
    assert gone.headers["location"].startswith("/login")
    assert (await workshop.drafts.now()).changed == []


async def test_utterances_are_edited_per_language(enter: Enter, workshop: Workshop) -> None:
    """What an owner writes in two boxes stands in two files, with the comments that were there."""
    owner = await enter("Noor", "owner")
    shown = await owner.get("/studio/intents/opening_hours")
    (dutch,), (english,) = typed(shown, "nl"), typed(shown, "en")
    assert dutch.splitlines()[0] == "wanneer zijn jullie open"
    stored = await owner.send(
        "/studio/intents/opening_hours",
        nl=dutch.replace("\n", "\r\n") + "\r\ntot hoe laat [zaterdag](day)\r\n",
        en=english,
        read_nl=hidden(shown, "read_nl"),
        read_en=hidden(shown, "read_en"),
    )
    assert stored.status_code == 303
    draft = await workshop.drafts.now()
    assert draft.changed == ["nlu.nl.yml"]
    old, new = draft.published["nlu.nl.yml"], draft.texts["nlu.nl.yml"]
    assert new.startswith("# van Sem\n")
    assert set(new.splitlines()) - set(old.splitlines()) == {"    - tot hoe laat [zaterdag](day)"}
    again = await owner.get("/studio/intents/opening_hours?saved")
    assert "tot hoe laat [zaterdag](day)" in again.text
    assert "Bewaard." in again.text


async def test_a_topic_is_named_where_its_intent_is(enter: Enter, workshop: Workshop) -> None:
    """What callers hear an intent called is shown with it, and saved on its own line; emptied, the
    intent is never named; saved as it was, nothing changes.
    """
    owner = await enter("Noor", "owner")
    page = "/studio/intents/check_payment"
    shown = await owner.get(page)
    assert typed(shown, "topic_nl") == ["een betaling\nbetaald"]
    names = ("topic_nl", "topic_en")
    sent = {name: typed(shown, name)[0] for name in names}
    sent |= {f"read_{name}": hidden(shown, f"read_{name}") for name in names}
    assert (await owner.send(page, **sent)).status_code == 303
    assert (await workshop.drafts.now()).changed == []
    sent["topic_nl"] = "uw betaling\r\nbetaald\r\ngeld: over"
    sent["topic_en"] = ""
    assert (await owner.send(page, **sent)).status_code == 303
    draft = await workshop.drafts.now()
    changes = diff(draft.published, draft.texts)
    assert sorted(changes) == ["answers/en.yml", "answers/nl.yml"]
    added = [line for line in changes["answers/nl.yml"].splitlines() if line.startswith("+ ")]
    assert [" ".join(line.split()) for line in added] == [
        "+ check_payment: [uw betaling, betaald, 'geld: over']"
    ]
    assert "check_payment" not in value_of(draft.texts["answers/en.yml"])["topics"]
    again = await owner.get(page)
    assert typed(again, "topic_nl") == ["uw betaling\nbetaald\ngeld: over"]


async def test_a_new_intent_is_begun(enter: Enter, workshop: Workshop) -> None:
    """Its name leads to empty boxes; what is written there makes it, in both files."""
    owner = await enter("Noor", "owner")
    begun = await owner.send("/studio/intents", name="Lost Parcel")
    assert begun.headers["location"] == "/studio/intents/lost_parcel"
    shown = await owner.get("/studio/intents/lost_parcel")
    assert typed(shown, "nl") == [""]
    reads = {f"read_{lang}": hidden(shown, f"read_{lang}") for lang in ("nl", "en")}
    page = "/studio/intents/lost_parcel"
    await owner.send(page, nl="mijn pakje is weg", en="my parcel is lost", **reads)
    assert (await workshop.drafts.now()).changed == ["nlu.en.yml", "nlu.nl.yml"]
    assert "lost_parcel" in (await owner.get("/studio/intents")).text
    assert (await owner.get("/studio/intents/No-Name")).status_code == 404


@pytest.mark.usefixtures("looking")
async def test_a_placeholder_mistake_is_shown_and_mended(enter: Enter, workshop: Workshop) -> None:
    """It is told while typing and, once saved, at its place; the draft then can't be published."""
    owner = await enter("Noor", "owner")
    told = (
        await owner.ask("/studio/answers/heard", wording="Dag {klant:name}", language="nl")
    ).json()
    assert "klant" in told["problem"]
    shown = await owner.get("/studio/answers/goodbye")
    boxes = typed(shown, "nl")
    read_at = hidden(shown, "read_nl")
    assert boxes[-1] == ""
    wrong = [boxes[0] + " {klant:name}", *boxes[1:]]
    await owner.send("/studio/answers/goodbye", nl=wrong, read_nl=read_at)
    shown = await owner.get("/studio/answers/goodbye")
    assert "Er is geen gegeven &#39;klant&#39;" in shown.text
    assert 'aria-invalid="true"' in shown.text
    assert any(
        problem.error for problem in await workshop.problems((await workshop.drafts.now()).texts)
    )
    read_at = hidden(shown, "read_nl")
    await owner.send("/studio/answers/goodbye", nl=boxes, read_nl=read_at)
    assert (await workshop.drafts.now()).changed == []


async def test_what_is_typed_is_shown_as_text(enter: Enter) -> None:
    """Tags in an answer are told as a mistake, and are text on every page that shows them."""
    owner = await enter("Noor", "owner")
    shown = await owner.get("/studio/answers/goodbye")
    evil = "</textarea><script>alert(1)</script> {{ 7*7 }}"
    await owner.send(
        "/studio/answers/goodbye", nl=[evil, "b", "c"], read_nl=hidden(shown, "read_nl")
    )
    for path in ("/studio/answers/goodbye", "/studio/answers", "/studio/flows/goodbye",
                 "/studio/draft", "/studio/files/answers/nl.yml"):  # fmt: skip
        page = await owner.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    assert typed(await owner.get("/studio/answers/goodbye"), "nl")[0] == evil


async def test_two_owners_of_the_same_answer(enter: Enter, workshop: Workshop) -> None:
    """The second is told who was first, sees both texts, and saves what they make of them."""
    noor, sem = await enter("Noor", "owner"), await enter("Sem", "owner")
    page = "/studio/answers/goodbye"
    shown = await noor.get(page)
    boxes = typed(shown, "nl")[:-1]
    read_at = hidden(shown, "read_nl")
    await sem.send(page, nl=["Dag van Sem", *boxes[1:]], read_nl=read_at)
    refused = await noor.send(page, nl=["Dag van Noor", *boxes[1:]], read_nl=read_at)
    assert refused.status_code == 409
    assert "Sem heeft dit intussen ook gewijzigd" in refused.text
    assert "Dag van Sem" in refused.text
    mine = typed(refused, "nl")[0]
    assert mine.splitlines()[0] == "Dag van Noor"
    assert "Dag van Sem" in (await workshop.drafts.now()).texts["answers/nl.yml"]
    again = hidden(refused, "read_nl")
    both = mine.replace("Dag van Noor", "Dag van Noor en Sem")
    assert (await noor.send(page, nl=both, read_nl=again)).status_code == 303
    assert "Dag van Noor en Sem" in (await workshop.drafts.now()).texts["answers/nl.yml"]


async def test_two_owners_of_different_lines_are_joined(enter: Enter, workshop: Workshop) -> None:
    """Changes of other lines of an answer are offered as one; of another answer just saved."""
    noor, sem = await enter("Noor", "owner"), await enter("Sem", "owner")
    shown = await noor.get("/studio/answers/goodbye")
    boxes = typed(shown, "nl")[:-1]
    read_at = hidden(shown, "read_nl")
    await sem.send("/studio/answers/goodbye", nl=["A", *boxes[1:]], read_nl=read_at)
    refused = await noor.send("/studio/answers/goodbye", nl=[*boxes[:2], "C"], read_nl=read_at)
    assert (refused.status_code, typed(refused, "nl")[0].splitlines()) == (
        409,
        ["A", boxes[1], "C"],
    )
    other = await noor.send("/studio/answers/go_ahead", nl=["X", "Y"], read_nl=read_at)
    assert other.status_code == 303
    text = (await workshop.drafts.now()).texts["answers/nl.yml"]
    assert '- "A"\n' in text
    assert '- "X"\n' in text


async def test_a_flow_is_drawn_and_edited_as_text(enter: Enter, workshop: Workshop) -> None:
    """The drawing has a list beside it; a mistake is told at its line while typing."""
    owner = await enter("Noor", "owner")
    shown = await owner.get("/studio/flows/goodbye")
    assert "<svg" in shown.text
    assert 'aria-hidden="true"' in shown.text
    assert '<a href="/studio/answers/goodbye">Zeg: goodbye</a>' in shown.text
    (text,) = typed(shown, "text")
    wrong = text.replace("action: utter_goodbye", "acton: utter_goodbye")
    told = (await owner.ask("/studio/flows/look", flow="goodbye", text=wrong)).json()["problem"]
    assert "acton" in told["shown"]
    fine = await owner.ask("/studio/flows/look", flow="goodbye", text=text)
    assert fine.json() == {"problem": None}
    changed = text.replace("The caller says goodbye.", "The caller leaves.")
    read_at = hidden(shown, "read_text")
    await owner.send("/studio/flows/goodbye", text=changed, read_text=read_at)
    draft = await workshop.drafts.now()
    old, new = draft.published["flows/call.yml"], draft.texts["flows/call.yml"]
    assert new == old.replace("The caller says goodbye.", "The caller leaves.")


@pytest.mark.usefixtures("looking")
async def test_a_broken_file_is_told_and_can_be_mended(enter: Enter) -> None:
    """Every page opens all the same, tells of it, and leads to the file with the line."""
    owner = await enter("Noor", "owner")
    for path, page in (
        ("nlu.nl.yml", "/studio/intents"),
        ("answers/nl.yml", "/studio/answers"),
        ("flows/call.yml", "/studio/flows"),
    ):
        shown = await owner.get(f"/studio/files/{path}")
        (text,) = typed(shown, "text")
        broken = {"text": "a: [\n" + text, "read_text": hidden(shown, "read_text")}
        assert (await owner.send(f"/studio/files/{path}", **broken)).status_code == 303
        told = await owner.get(page)
        assert told.status_code == 200
        assert f"{path} kan niet gelezen worden" in told.text
        mending = await owner.get(f"/studio/files/{path}")
        assert "regel" in mending.text


async def test_too_much_is_refused_with_a_word_and_given_back(enter: Enter) -> None:
    """A file over 1 MB, or 10,000 utterances: refused, and what was typed is still there."""
    owner = await enter("Noor", "owner")
    shown = await owner.get("/studio/intents/opening_hours")
    read_at = hidden(shown, "read_nl")
    page = "/studio/intents/opening_hours"
    many = await owner.send(page, nl="\n".join(map(str, range(10_001))), read_nl=read_at)
    assert many.status_code == 422
    assert "meer dan 10000 regels" in many.text
    big = await owner.send(page, nl="x" * 1_000_001, read_nl=read_at)
    assert "groter dan 1 MB" in big.text
    assert "x" * 1000 in big.text


async def test_versions_are_told_compared_and_taken_back(enter: Enter, workshop: Workshop) -> None:
    """Who, when and why; what differs; going back asks why and is then on the list."""
    owner = await enter("Noor", "owner")
    await workshop.drafts.publish(by="Sem", why="de eerste")
    await workshop.drafts.change(
        "answers/nl.yml", lambda t: t.replace("Tot ziens", "Dag"), by="Sem"
    )
    await workshop.drafts.publish(by="Sem", why="korter")
    told = await owner.get("/studio/versions")
    assert "korter" in told.text
    assert "20 november 2026, 14:00" in told.text
    compared = await owner.get("/studio/versions/1?to=live")
    assert "Tot ziens" in compared.text
    assert 'class="added"' in compared.text
    assert (await owner.send("/studio/versions/1", why=" ")).status_code == 422
    assert (await owner.send("/studio/versions/1", why="te kort")).status_code == 303
    assert await workshop.versions.live() == 1
    assert "Terug naar versie 1" in (await owner.get("/studio/versions")).text
    for path in ("/studio/versions/9", "/studio/versions/9/files.zip"):
        assert (await owner.get(path)).status_code == 404


async def test_files_go_out_and_come_back(enter: Enter, workshop: Workshop, folder: Path) -> None:
    """A zip of the draft brought back changes nothing; one that was edited is the draft."""
    owner = await enter("Noor", "owner")
    taken = await owner.get("/studio/draft/files.zip")
    upload = {"file": ("x.zip", taken.content)}
    csrf = {"csrf": owner.csrf}
    await owner.client.post("/studio/draft/import", data=csrf, files=upload)
    assert (await workshop.drafts.now()).changed == []
    files = unpack(taken.content)
    files["nlu.nl.yml"] = "# van ons\n" + files["nlu.nl.yml"]
    upload = {"file": ("x.zip", pack(files))}
    await owner.client.post("/studio/draft/import", data=csrf, files=upload)
    assert (await workshop.drafts.now()).texts == files
    shown = await owner.get("/studio/draft")
    assert "# van ons" in shown.text
    read_at = hidden(shown, "read_text")
    await owner.send("/studio/draft/give-up", path="nlu.nl.yml", read_text=read_at)
    assert (await workshop.drafts.now()).changed == []
    upload = {"file": ("x.zip", b"no zip")}
    refused = await owner.client.post("/studio/draft/import", data=csrf, files=upload)
    assert (refused.status_code, "geen zip" in refused.text) == (422, True)
    await workshop.drafts.publish(by="Noor", why="x")
    (folder / "nlu.nl.yml").write_text(files["nlu.nl.yml"], encoding="utf-8")
    await owner.send("/studio/draft/folder")
    assert (await workshop.drafts.now()).texts == files


async def test_every_page_is_in_both_languages(enter: Enter) -> None:
    """No page in English shows a Dutch word of the studio's own, and none the name of a text."""
    owner = await enter("Noor", "owner")
    for path in PAGES:
        dutch = (await owner.get(path)).text
        english = (await owner.client.get(path, headers={"Accept-Language": "en"})).text
        assert "Bedoelingen" in dutch
        assert "Intents" in english
        assert "Bedoelingen" not in english
        assert 'lang="en"' in english


async def test_a_file_without_intents_is_shown_as_that(enter: Enter, workshop: Workshop) -> None:
    """Where nothing stands yet, or any more, the pages open all the same."""
    owner = await enter("Noor", "owner")
    for text in ("nlu: []\n", 'version: "3.1"\n'):
        for path in ("nlu.nl.yml", "nlu.en.yml"):
            await workshop.drafts.change(path, partial(re.sub, ".+", text, flags=re.S), by="Sem")
        for page in ("/studio/intents", "/studio/intents/greet", "/studio/new/flow"):
            assert (await owner.get(page)).status_code == 200, page


async def test_a_picture_in_the_folder_is_told_with_its_name(enter: Enter, folder: Path) -> None:
    """As long as the folder serves, what is no text in it is told on every page, in words."""
    owner = await enter("Noor", "owner")
    (folder / "logo.png").write_bytes(b"\x89PNG\0")
    for path in ("/studio/intents", "/studio/draft"):
        shown = await owner.get(path)
        assert shown.status_code == 503
        assert "logo.png:1: Het bestand is geen tekst." in shown.text
