"""Whatever is refused, all that was typed is still there, and can be saved once more."""

import re
from html import unescape

import httpx
import pytest

from handoff.studio import flow_text
from handoff.studio.archive import pack
from handoff.studio.flow_steps import flow_of, step_at
from handoff.studio.parts import KINDS, part_of, spelled
from handoff.studio.workshop import Workshop
from tests.studio.pages import Enter, Owner, hidden, typed

pytestmark = pytest.mark.usefixtures("quick_hashes")
ANSWER = "/studio/answers/goodbye"
PAYMENTS = "flows/payments.yml"


@pytest.fixture
async def noor(served: tuple[Enter, Workshop]) -> Owner:
    return await served[0]("Noor", "owner")


async def sem_saves(workshop: Workshop, path: str, old: str, new: str) -> None:
    """Have a colleague change a file meanwhile."""
    assert old in (await workshop.drafts.now()).texts[path]
    await workshop.drafts.change(path, lambda text: text.replace(old, new, 1), by="Sem")


def everything(page: httpx.Response) -> dict[str, str | list[str]]:
    """Return what the form of a page sends, as it stands."""
    html = page.text[page.text.index('action="/studio/again"') :]
    sent: dict[str, str | list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html):
        if name != "csrf":
            sent[name] = [*sent.get(name, []), unescape(value)]
    for name in re.findall(r'<textarea[^>]* name="([^"]+)"', html):
        [sent[name]] = typed(page, name)
    return sent


def hidden_all(page: httpx.Response, *names: str) -> dict[str, str]:
    return {name: hidden(page, name) for name in names}


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_comes_back_from_a_form(kind: str) -> None:
    """What is refused is saved later as the part that it was; what nobody sent is none."""
    name = "" if kind == "file" else "a:b"
    part = part_of(f"{kind}:{name}")
    assert part is not None
    assert spelled(part) == f"{kind}:{name}"
    assert part_of(f"no{kind}:{name}") is None


async def test_one_refused_box_takes_no_other_with_it(noor: Owner, workshop: Workshop) -> None:
    """Where a colleague was first in one language the other is saved, and what was refused is
    shown with where to save it.
    """
    shown = await noor.get(ANSWER)
    dutch, english = typed(shown, "nl")[:-1], typed(shown, "en")[:-1]
    await sem_saves(workshop, "answers/nl.yml", dutch[0], "Dag van Sem")
    refused = await noor.send(
        ANSWER,
        nl=["Dag van Noor", *dutch[1:]],
        en=["Bye from Noor", *english[1:]],
        **hidden_all(shown, "read_nl", "read_en"),
    )
    assert refused.status_code == 409
    assert "de rest wel" in refused.text
    assert "Bye from Noor" in (await workshop.drafts.now()).texts["answers/en.yml"]
    stored = await noor.send("/studio/again", **everything(refused))
    assert stored.headers["location"] == f"{ANSWER}?saved"
    assert "Dag van Noor" in (await workshop.drafts.now()).texts["answers/nl.yml"]


async def test_several_refused_boxes_are_shown_and_saved_together(
    noor: Owner, workshop: Workshop
) -> None:
    """Two languages and a topic in files that can't be read by now: all of it is on the page, and
    is saved from there when the files can be read again.
    """
    page = "/studio/intents/check_payment"
    shown = await noor.get(page)
    boxes = ("nl", "en", "topic_nl", "topic_en")
    sent = {name: typed(shown, name)[0] + f"\nvan noor {name}" for name in boxes}
    sent |= hidden_all(shown, *(f"read_{name}" for name in boxes))
    files = ("nlu.nl.yml", "nlu.en.yml", "answers/nl.yml", "answers/en.yml")
    for path in files:
        await workshop.drafts.change(path, lambda text: f"a: [\n{text}", by="Sem")
    refused = await noor.send(page, **sent)
    assert refused.status_code == 422
    for name in boxes:
        assert typed(refused, name) == [sent[name]]
    for path in files:
        await workshop.drafts.change(path, lambda text: text.removeprefix("a: [\n"), by="Sem")
    assert (await noor.send("/studio/again", **everything(refused))).status_code == 303
    texts = (await workshop.drafts.now()).texts
    for name, path in zip(boxes, files, strict=True):
        assert f"van noor {name}" in texts[path]


async def test_a_step_is_not_lost_where_its_words_are_refused(
    noor: Owner, workshop: Workshop
) -> None:
    """A colleague worded the question anew: the flow is saved, and the words are shown again."""
    page = "/studio/flows/payment_link/steps/5"
    shown = await noor.get(page)
    (dutch,), (english,) = typed(shown, "words_nl"), typed(shown, "words_en")
    await sem_saves(workshop, "answers/nl.yml", dutch.splitlines()[0], "Van Sem?")
    refused = await noor.send(
        f"{page}/save",
        **hidden_all(shown, "read_text", "read_nl", "read_en", "answer_was", "path"),
        kind="collect", what="confirm_link", id="sure", again="on",
        words_nl=f"Van Noor?\n{dutch}", words_en=english,
        way_if="slots.confirm_link", way_to="send", way_was="0", to="@own", to_was="1",
    )  # fmt: skip
    assert refused.status_code == 409
    assert "Van Noor?" in typed(refused, "nl")[0]
    draft = await workshop.drafts.now()
    assert step_at(flow_text.cut(draft.texts[PAYMENTS], "payment_link"), "payment_link", (5,))[
        "id"
    ] == "sure"  # fmt: skip


async def test_a_flow_that_is_saved_broken_leads_to_its_mistake(
    noor: Owner, workshop: Workshop
) -> None:
    """A draft may hold mistakes: who saves one comes to the file, not to a page that is not there;
    who names the flow anew comes to it by its new name.
    """
    page = "/studio/flows/payment_link"
    shown = await noor.get(page)
    (text,) = typed(shown, "text")
    reads = hidden_all(shown, "read_text", "path")
    named = await noor.send(page, text=text.replace("payment_link:", "pay_link:", 1), **reads)
    assert named.headers["location"] == "/studio/flows/pay_link?saved"
    shown = await noor.get("/studio/flows/pay_link")
    reads = hidden_all(shown, "read_text", "path")
    broken = typed(shown, "text")[0].replace("steps:", "steps: [", 1)
    saved = await noor.send("/studio/flows/pay_link", text=broken, **reads)
    assert saved.headers["location"] == f"/studio/files/{PAYMENTS}?saved"
    assert (await noor.get(saved.headers["location"])).status_code == 200
    gone = await noor.get("/studio/flows/check_payment")
    assert gone.headers["location"] == "/studio/flows"
    assert f"{PAYMENTS} kan niet gelezen worden" in (await noor.get("/studio/flows")).text
    assert (await noor.get("/studio/flows/nope")).status_code == 303
    assert (await workshop.drafts.now()).changed == [PAYMENTS]


async def test_a_file_that_a_colleague_broke_takes_nothing_typed_with_it(
    noor: Owner, workshop: Workshop
) -> None:
    """The text of a flow, and the form of a step, are shown again with what was typed."""
    flow = await noor.get("/studio/flows/payment_plan")
    step = await noor.get("/studio/flows/payment_plan/steps/2")
    await workshop.drafts.change(PAYMENTS, lambda text: f"a: [\n{text}", by="Sem")
    mine = typed(flow, "text")[0].replace("description:", "description: Van Noor.", 1)
    reads = hidden_all(flow, "read_text", "path")
    refused = await noor.send("/studio/flows/payment_plan", text=mine, **reads)
    assert refused.status_code == 422
    assert typed(refused, "text") == [mine]
    refused = await noor.send(
        "/studio/flows/payment_plan/steps/2/save",
        **hidden_all(step, "read_text", "path"),
        kind="action", what="pick_unpaid", id="van_noor", to="",
    )  # fmt: skip
    assert refused.status_code == 422
    assert 'value="van_noor"' in refused.text
    assert f"{PAYMENTS} kan niet gelezen worden" in refused.text


async def test_what_is_joined_by_hand_is_kept_when_a_colleague_is_first(
    noor: Owner, workshop: Workshop
) -> None:
    """A text that was put together with care is shown again, beside what stands there now."""
    path = "nlu.nl.yml"
    published = (await workshop.drafts.now()).texts
    await workshop.versions.publish(published, by="Sem", why="x", based_on=None)
    await sem_saves(workshop, path, "# van Sem", "# van Noor en Sem")
    other = {**published, path: published[path].replace("# van Sem", "# van Ana")}
    await workshop.versions.publish(other, by="Ana", why="y", based_on=1)
    asked = await noor.send("/studio/draft/join", path=path)
    assert asked.status_code == 409
    sent = everything(asked)
    sent["text"] = other[path].replace("# van Ana", "# van Noor, Sem en Ana")
    await sem_saves(workshop, path, "jullie open", "jullie toch open")
    refused = await noor.send("/studio/again", **sent)
    assert refused.status_code == 409
    assert "# van Noor, Sem en Ana" in typed(refused, "text")[0]
    assert "jullie toch open" in refused.text
    assert (await noor.send("/studio/again", **everything(refused))).status_code == 303
    draft = await workshop.drafts.now()
    assert draft.behind == []
    assert draft.texts[path].startswith("# van Noor, Sem en Ana\n")


async def test_nobody_lets_go_what_a_colleague_saved_since(noor: Owner, workshop: Workshop) -> None:
    """The page showed other changes than those that would go: they stay, and that is told."""
    await sem_saves(workshop, "nlu.nl.yml", "# van Sem", "# van ons")
    shown = await noor.get("/studio/draft")
    form = shown.text[shown.text.index('action="/studio/draft/give-up"') :]
    read_at = re.findall(r'name="read_text" value="([^"]*)"', form)[0]
    await sem_saves(workshop, "nlu.nl.yml", "jullie open", "jullie toch open")
    refused = await noor.send("/studio/draft/give-up", path="nlu.nl.yml", read_text=read_at)
    assert refused.status_code == 409
    assert "Sem heeft dit intussen ook gewijzigd" in refused.text
    assert "jullie toch open" in (await workshop.drafts.now()).texts["nlu.nl.yml"]


async def test_every_wording_of_a_new_answer_is_shown_again(noor: Owner) -> None:
    """However many lines were typed in its boxes, a refusal shows them all."""
    words = ["een\r\ntwee {nobody:name}", "drie", "vier"]
    refused = await noor.send("/studio/new/answer", name="counted", words_nl=words, words_en=words)
    assert refused.status_code == 422
    assert typed(refused, "words_nl") == ["een", "twee {nobody:name}", "drie", "vier"]


async def test_words_typed_for_an_answer_that_exists_are_told_not_dropped(
    noor: Owner, workshop: Workshop
) -> None:
    """Neither are they thrown away, nor do they take the place of what another flow says."""
    page = "/studio/flows/office_address/steps/1"
    shown = await noor.get(f"{page}?new=collect")
    sent = hidden_all(shown, "read_text", "read_nl", "read_en", "answer_was", "path")
    sent |= {"kind": "collect", "what": "months", "words_nl": "Hoelang?\nHoe lang?", "to": ""}
    refused = await noor.send(f"{page}/insert", **sent, words_en="")
    assert refused.status_code == 422
    assert "ask_months bestaat al" in refused.text
    assert typed(refused, "words_nl") == ["Hoelang?\nHoe lang?"]
    sent["words_nl"] = ""
    assert (await noor.send(f"{page}/insert", **sent, words_en="")).status_code == 303
    new = {"name": "how_long", "description": "Vraagt hoe lang.", "slot": "months"}
    words = {"words_nl": "Hoelang?\nHoe lang?", "words_en": "How long?\nFor how long?"}
    refused = await noor.send("/studio/new/flow", **new, **words)
    assert refused.status_code == 422
    assert "ask_months bestaat al" in refused.text
    assert typed(refused, "words_en") == [words["words_en"]]
    assert (await workshop.drafts.now()).changed == ["flows/office.yml"]


async def test_a_way_is_left_out_by_emptying_it(noor: Owner, workshop: Workshop) -> None:
    """Both boxes of a way can be emptied, and the step has one way less."""
    page = "/studio/flows/payment_link/steps/6"
    shown = await noor.get(page)
    ways = re.findall(r'<select name="way_to">(.*?)</select>', shown.text, re.S)
    assert all('<option value=""' in way for way in ways)
    stored = await noor.send(
        f"{page}/save",
        **hidden_all(shown, "read_text", "path"),
        kind="action", what="send_payment_link", id="send",
        way_if=["slots.refusal", "", ""], way_to=["@own", "", ""], way_was=["0", "1", ""],
        to="@own", to_was="2",
    )  # fmt: skip
    assert stored.status_code == 303
    text = flow_text.cut((await workshop.drafts.now()).texts[PAYMENTS], "payment_link")
    step = flow_of(text, "payment_link")["steps"][6]
    assert [branch.get("if", "else") for branch in step["next"]] == ["slots.refusal", "else"]
    assert step["next"][1]["else"] == [{"action": "utter_link_texted"}]


async def test_an_emptied_box_and_a_name_that_is_none_are_told(noor: Owner) -> None:
    """With the right word: not as if the file were laid out strangely, and not in silence."""
    page = "/studio/intents/opening_hours"
    shown = await noor.get(page)
    refused = await noor.send(page, nl="\n", **hidden_all(shown, "read_nl"))
    assert refused.status_code == 422
    assert "Hier moet iets blijven staan" in refused.text
    shown = await noor.get(ANSWER)
    refused = await noor.send(ANSWER, nl=["", " "], **hidden_all(shown, "read_nl"))
    assert "Hier moet iets blijven staan" in refused.text
    named = await noor.send("/studio/intents", name="Café 24/7")
    assert named.status_code == 422
    assert 'value="Café 24/7"' in named.text


async def test_another_flows_mistake_is_not_told_as_if_it_were_here(
    noor: Owner, workshop: Workshop
) -> None:
    """While a flow is typed, a mistake elsewhere in its file is told with its own place."""
    (text,) = typed(await noor.get("/studio/flows/payment_link"), "text")
    await sem_saves(workshop, PAYMENTS, "action: pick_payment", "acton: pick_payment")
    told = await noor.ask("/studio/flows/look", flow="payment_link", text=text)
    problem = told.json()["problem"]
    assert problem["line"] is None
    assert problem["text"].startswith(f"{PAYMENTS}:1")


async def test_who_changes_the_language_of_a_refused_form_is_led_back(noor: Owner) -> None:
    """The address of what was refused can be opened: the switch of languages leads there."""
    for path in (
        "/studio/again", "/studio/flows/goodbye/steps/0/save", "/studio/draft/import",
        "/studio/draft/folder", "/studio/draft/join", "/studio/draft/give-up",
    ):  # fmt: skip
        assert (await noor.get(path)).status_code == 303, path
    sent = await noor.send("/studio/again", title="x", done="https://elsewhere.example/")
    assert sent.headers["location"] == "/studio"


async def test_who_goes_back_on_another_version_than_they_saw_is_told(
    noor: Owner, workshop: Workshop
) -> None:
    """A colleague's mend that went live meanwhile is not taken away unseen."""
    files = (await workshop.drafts.now()).texts
    await workshop.versions.publish(files, by="Sem", why="x", based_on=None)
    for number in (1, 2):
        more = {**files, "nlu.nl.yml": f"# {number}\n{files['nlu.nl.yml']}"}
        await workshop.versions.publish(more, by="Ana", why="beter", based_on=number)
        if number == 1:
            shown = await noor.get("/studio/versions/1")
    sent = {"why": "te lang", "live": hidden(shown, "live")}
    refused = await noor.send("/studio/versions/1", **sent)
    assert refused.status_code == 409
    assert "Ana heeft intussen een andere versie" in refused.text
    assert 'value="te lang"' in refused.text
    assert await workshop.versions.live() == 3
    again = {**sent, "live": hidden(refused, "live")}
    assert (await noor.send("/studio/versions/1", **again)).status_code == 303
    assert await workshop.versions.live() == 1


async def test_an_import_that_a_colleague_crosses_is_told(
    noor: Owner, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused with a word, and none of it is in the draft."""
    files = (await workshop.drafts.now()).texts
    real = workshop.drafts.now

    async def crossed() -> object:
        draft = await real()
        monkeypatch.setattr(workshop.drafts, "now", real)
        await sem_saves(workshop, "nlu.nl.yml", "# van Sem", "# van ons")
        return draft

    mine = {**files, "answers/nl.yml": "# mijn\n" + files["answers/nl.yml"], "nlu.nl.yml": "x\n"}
    monkeypatch.setattr(workshop.drafts, "now", crossed)
    upload = {"file": ("x.zip", pack(mine))}
    refused = await noor.client.post("/studio/draft/import", data={"csrf": noor.csrf}, files=upload)
    assert refused.status_code == 422
    assert "Een collega heeft dit intussen gewijzigd" in refused.text
    assert (await workshop.drafts.now()).changed == ["nlu.nl.yml"]
