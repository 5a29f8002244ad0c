"""A flow is edited by form: what is saved can be read, or is refused at its field."""

import re
from html import unescape
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import FormData

from bot.settings import ROOT
from bot.studio.draft_checks import DraftChecks
from handoff.studio import flow_steps, flow_text, wordings
from handoff.studio.asking import Asked
from handoff.studio.checking import Unreadable
from handoff.studio.flow_steps import flow_of, listed, read_place
from handoff.studio.folder import read_folder
from handoff.studio.splicing import NotEditable
from handoff.studio.step_form import Names, StepForm, form_of, sent, step_of
from handoff.studio.steps_pages import look
from handoff.studio.workshop import Workshop
from tests.studio.pages import Enter, Owner, hidden, typed
from tests.studio.test_rewriting import comments

pytestmark = pytest.mark.usefixtures("quick_hashes")

FILES = {
    path: text
    for path, text in read_folder(ROOT / "intents").items()
    if path.startswith(("flows/", "answers/"))
}
PATH = "flows/payments.yml"
FLOWS = sorted(flow_text.read(FILES[PATH]))
SAID = {
    language: {
        name: "\n".join(" ".join(words.split()) for words in each.texts)
        for name, each in wordings.read(FILES[f"answers/{language}.yml"]).items()
    }
    for language in ("nl", "en")
}
CHECKS = DraftChecks(lambda: None, Path("unused"))
KNOWN = CHECKS.known(FILES)


@pytest.fixture
async def owner(served: tuple[Enter, Workshop]) -> Owner:
    return await served[0]("Noor", "owner")


def wrong(page: str) -> dict[str, str]:
    """Return what a page tells at its fields."""
    found = re.findall(r'id="([a-z_]+)-wrong"[^>]*>([^<]+)<', page)
    return {name: unescape(text) for name, text in found}


def steps_of(text: str, name: str) -> list[flow_steps.Listed]:
    return listed(flow_of(flow_text.cut(text, name), name))


def all_names(name: str) -> Names:
    goals = [str(one.step["id"]) for one in steps_of(FILES[PATH], name) if "id" in one.step]
    flows = [flow for path in flow_text.paths(FILES) for flow in flow_text.names(FILES, path)]
    return Names(KNOWN.asked, KNOWN.slots, KNOWN.actions, flows, goals)


def test_saving_a_form_as_it_was_shown_changes_nothing() -> None:
    """Every step of Kalm's own flows goes into its form and comes out the same."""
    flows = [
        (path, name) for path in flow_text.paths(FILES) for name in flow_text.names(FILES, path)
    ]
    for path, name in flows:
        cut = flow_text.cut(FILES[path], name)
        steps = listed(flow_of(cut, name))
        goals = [str(one.step["id"]) for one in steps if "id" in one.step]
        names = Names(KNOWN.asked, KNOWN.slots, KNOWN.actions, [n for _, n in flows], goals)
        for one in steps:
            step = step_of(form_of(one.step), one.step, names)
            assert step == one.step, (name, one.at)
            assert flow_steps.changed(cut, name, one.place, step) == cut


def test_no_row_of_a_long_step_is_dropped() -> None:
    """What a browser sends of a step with forty ways is all of them."""
    ways = [(f"slots.months > {count}", "END", str(count)) for count in range(40)]
    columns = zip(("way_if", "way_to", "way_was"), zip(*ways, strict=True), strict=True)
    fields = [(name, value) for name, column in columns for value in column]
    assert sent(FormData([("kind", "fork"), ("to", "END"), *fields])).ways == ways


forms = st.builds(
    StepForm,
    kind=st.sampled_from(["collect", "say", "action", "call", "link", "set", "fork"]),
    id=st.sampled_from(["", "", "pick", "mine", "END", "no good"]),
    what=st.sampled_from(["months", "open_amount", "goodbye", "find_invoices", "verify", "nope"]),
    again=st.booleans(),
    typed=st.sampled_from(["", "", "months", "confirm"]),
    otherwise=st.sampled_from(["", "", "pick", "nowhere"]),
    rejections=st.lists(st.tuples(st.sampled_from(["slots.months > 3", "("]), st.just("goodbye"))),
    values=st.lists(st.tuples(st.sampled_from(["months", "nope"]), st.sampled_from(["", "3"]))),
    ways=st.lists(
        st.tuples(
            st.sampled_from(["slots.months > 3", "slots.nope", "", "1 +"]),
            st.sampled_from(["END", "pick", "confirm", "@own", "nowhere"]),
            st.sampled_from(["", "0", "7"]),
        ),
        max_size=2,
    ),
    to=st.sampled_from(["", "END", "pick", "@own"]),
)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(FLOWS), forms, st.booleans(), st.data())
def test_any_change_by_form_can_be_read_or_is_refused(
    name: str, form: StepForm, new: bool, data: st.DataObject
) -> None:
    """What a form makes loads, with every comment that was there, or something is told."""
    text = FILES[PATH].replace(
        "      - call: verify\n", "      # who calls\n      - call: verify # !\n"
    )
    files = {**FILES, PATH: text}
    cut = flow_text.cut(text, name)
    steps = listed(flow_of(cut, name))
    one = data.draw(st.sampled_from(steps))
    place = one.place if not new else read_place(one.after)
    asked = Asked(form.answer, form.answer, {"nl": SAID["nl"].get(form.answer, "")})
    asked.words["en"] = SAID["en"].get(form.answer, "")
    looked = look(
        CHECKS, files, (PATH, name, cut), place, form, {} if new else one.step, KNOWN, asked, "nl"
    )
    if looked.wrong:
        assert all(looked.wrong.values())
        return
    assert looked.flow is not None
    CHECKS.steps({**files, PATH: flow_text.put(text, name, looked.flow)}, PATH, name)
    if new or "next" not in one.step:
        assert comments(looked.flow) == comments(cut)
    assert name in flow_text.names({PATH: flow_text.put(text, name, looked.flow)}, PATH)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(FLOWS), st.lists(st.tuples(st.integers(0, 40), st.sampled_from([-1, 1, 0]))))
def test_moving_and_removing_keeps_every_other_step(
    name: str, moves: list[tuple[int, int]]
) -> None:
    """Steps that change places stay the same steps; one that is taken out takes only itself."""
    cut = flow_text.cut(FILES[PATH], name)
    for number, by in moves[:4]:
        before = listed(flow_of(cut, name))
        one = before[number % len(before)]
        try:
            after = (
                flow_steps.moved(cut, name, one.place, by)
                if by
                else flow_steps.removed(cut, name, one.place)
            )
        except NotEditable:
            assert one.first or one.last
            continue
        told = [repr(each.step) for each in listed(flow_of(after, name)) if each.depth == 0]
        old = [repr(each.step) for each in before if each.depth == 0]
        if one.depth == 0:
            assert sorted(told) == sorted(
                old if by else [each for each in old if each != repr(one.step)]
            )
        assert comments(after) == comments(cut)
        cut = after


async def test_a_step_is_changed_and_its_words_with_it(owner: Owner, workshop: Workshop) -> None:
    """One form saves the step in its flow and what is said in both languages; all else stays."""
    shown = await owner.get("/studio/flows/payment_link/steps/5")
    assert shown.status_code == 200
    assert "confirm_link" in shown.text
    (dutch,), (english,) = typed(shown, "words_nl"), typed(shown, "words_en")
    stored = await owner.send(
        "/studio/flows/payment_link/steps/5/save",
        **_sent(shown, "collect"),
        what="confirm_link",
        id="confirm",
        again="on",
        words_nl=f"{dutch}\r\nZal ik u de link sturen?",
        words_en=english,
        answer_was=hidden(shown, "answer_was"),
        **{"way_if": "slots.confirm_link", "way_to": "send", "way_was": "0"},
        to="@own",
        to_was="1",
    )
    assert stored.status_code == 303, wrong(stored.text)
    draft = await workshop.drafts.now()
    assert draft.changed == ["answers/nl.yml"]
    assert '"Zal ik u de link sturen?"' in draft.texts["answers/nl.yml"]


def _sent(shown: httpx.Response, kind: str) -> dict[str, str]:
    """Return what the form of a step sends along unseen."""
    names = ("read_text", "read_nl", "read_en")
    there = [name for name in names if f'name="{name}"' in shown.text]
    return {**{name: hidden(shown, name) for name in there}, "kind": kind}


async def test_a_question_is_added_with_its_answer(owner: Owner, workshop: Workshop) -> None:
    """A new step stands where it was asked for; its new answer stands in both files."""
    shown = await owner.get("/studio/flows/office_address/steps/1?new=say")
    assert shown.status_code == 200
    sent = {
        **_sent(shown, "say"), "what": "where_to_park", "to": "", "answer_was": "",
        "words_nl": "Parkeren kan voor de deur.\nVoor de deur kunt u parkeren.",
        "words_en": "You can park at the door.",
    }  # fmt: skip
    page = "/studio/flows/office_address/steps/1/insert"
    refused = await owner.send(page, **sent)
    assert refused.status_code == 422
    assert wrong(refused.text) == {
        "words_en": "Schrijf twee of meer bewoordingen, elk op een eigen regel."
    }
    assert typed(refused, "words_nl") == [sent["words_nl"]]
    assert (await workshop.drafts.now()).changed == []
    sent["words_en"] += "\nThere is parking at {the door}."
    told = await owner.send("/studio/flows/office_address/steps/1/check", **sent, new="1")
    assert "{the door}" in told.json()["wrong"]["words_en"]
    sent["words_en"] = "You can park at the door.\nThere is parking at the door."
    stored = await owner.send(page, **sent)
    assert stored.status_code == 303, wrong(stored.text)
    draft = await workshop.drafts.now()
    assert draft.changed == ["answers/en.yml", "answers/nl.yml", "flows/office.yml"]
    steps = steps_of(draft.texts["flows/office.yml"], "office_address")
    assert steps[1].step == {"action": "utter_where_to_park"}
    assert len(steps) == 1 + len(steps_of(draft.published["flows/office.yml"], "office_address"))


async def test_a_mistake_is_told_at_its_field(owner: Owner, workshop: Workshop) -> None:
    """A condition that can't be read, and a step that is not there, are told where they stand."""
    shown = await owner.get("/studio/flows/payment_plan/steps/2")
    sent = {**_sent(shown, "action"), "what": "pick_unpaid", "id": "pick"}
    page = "/studio/flows/payment_plan/steps/2/save"
    bad = await owner.send(page, **sent, way_if="slots.(", way_to="END", way_was="", to="confirm")
    assert bad.status_code == 422
    assert list(wrong(bad.text)) == ["ways"]
    gone = await owner.send(page, **sent, to="nowhere")
    assert "nowhere" in wrong(gone.text)["to"]
    assert (await workshop.drafts.now()).changed == []


async def test_steps_are_moved_and_taken_out_by_buttons(owner: Owner, workshop: Workshop) -> None:
    """Down and up again leaves the file as it was; what others lead to can't be taken out."""
    page = "/studio/flows/payment_plan/steps"
    shown = await owner.get(page)
    down = await owner.send(f"{page}/4/down", read_text=hidden(shown, "read_text"))
    assert down.headers["location"] == f"{page}?moved=5&by=down"
    moved = await owner.get(f"{page}?moved=5&by=down")
    assert len(re.findall(r"autofocus", moved.text)) == 1
    top = (await owner.get(f"{page}?moved=0&by=up")).text  # no button up: the other has the focus
    assert re.findall(r'aria-label="(\w+): [^"]*"  *autofocus', top) == ["Omlaag"]
    up = await owner.send(f"{page}/5/up", read_text=hidden(moved, "read_text"))
    assert up.status_code == 303
    assert (await workshop.drafts.now()).changed == []
    steps = steps_of((await workshop.drafts.now()).texts[PATH], "payment_plan")
    confirm = next(one for one in steps if one.step.get("id") == "request")
    again = hidden(await owner.get(page), "read_text")
    refused = await owner.send(f"{page}/{confirm.at}/remove", read_text=again)
    assert refused.status_code == 422
    assert "request" in refused.text
    assert (await workshop.drafts.now()).changed == []
    gone = await owner.send(f"{page}/4/remove", read_text=again)
    assert gone.status_code == 303
    assert (await workshop.drafts.now()).changed == [PATH]


async def test_who_names_a_step_anew_takes_along_what_leads_there(
    owner: Owner, workshop: Workshop
) -> None:
    """A step's name changes wherever the flow says it."""
    shown = await owner.get("/studio/flows/payment_plan/steps/2")
    stored = await owner.send(
        "/studio/flows/payment_plan/steps/2/save",
        **_sent(shown, "action"), what="pick_unpaid", id="choose", to="",
    )  # fmt: skip
    assert stored.status_code == 303, wrong(stored.text)
    draft = await workshop.drafts.now()
    cut = flow_text.cut(draft.texts[PATH], "payment_plan")
    assert "pick_unpaid" in cut
    assert "else: choose" in cut
    try:
        CHECKS.steps(draft.texts, PATH, "payment_plan")
    except Unreadable as error:
        pytest.fail(str(error))


def test_what_is_remembered_stays_what_it_was() -> None:
    """A value in quotes is no number, nor becomes one when another row is changed."""
    old = {"set_slots": [{"months": "0123"}, {"open_amount": 1.5}]}
    names = Names((), ("months", "open_amount"), (), (), ())
    form = form_of(old)
    form.values = [form.values[0], form.values[1], ("months", "012"), ("months", "7")]
    assert step_of(form, old, names) == {
        "set_slots": [{"months": "0123"}, {"open_amount": 1.5}, {"months": "012"}, {"months": 7}]
    }


async def test_what_is_not_there_is_told(owner: Owner) -> None:
    """No address that somebody makes up leads to an error."""
    for path in ("nope/steps", "goodbye/steps/99", "goodbye/steps/x", "goodbye/steps/0-0-0"):
        assert (await owner.get(f"/studio/flows/{path}")).status_code == 404, path
    for path in ("goodbye/steps/0/fly", "goodbye/steps/99/up", "goodbye/steps/99/save"):
        sent = await owner.send(f"/studio/flows/{path}", read_text="0-0", kind="say")
        assert sent.status_code == 404, path


async def test_a_new_answer_is_made_in_both_languages(owner: Owner, workshop: Workshop) -> None:
    """Its placeholders are looked at before it stands in both files; a name taken is told."""
    shown = await owner.get("/studio/new/answer")
    reads = {name: hidden(shown, name) for name in ("read_nl", "read_en")}
    words: dict[str, str | list[str]] = {
        "words_nl": ["Er staat {open_amount:mony} open.", "Open is {open_amount:money}.", ""],
        "words_en": ["{open_amount:money} is open.", "Still open: {open_amount:money}.", ""],
    }
    bad = await owner.send("/studio/new/answer", name="goodbye", **reads, **words)
    assert bad.status_code == 422
    assert set(wrong(bad.text)) == {"name", "words_nl"}
    assert "mony" in wrong(bad.text)["words_nl"]
    words["words_nl"] = ["Er staat {open_amount:money} open.", "Open is {open_amount:money}.", ""]
    stored = await owner.send("/studio/new/answer", name="still_open", **reads, **words)
    assert stored.headers["location"] == "/studio/answers/still_open?saved"
    draft = await workshop.drafts.now()
    assert draft.changed == ["answers/en.yml", "answers/nl.yml"]
    for path in draft.changed:
        assert comments(draft.texts[path]) == comments(draft.published[path])
    again = await owner.get("/studio/answers/still_open")
    assert "Er staat € 84,20 open." in unescape(again.text)


async def test_a_new_flow_begins_with_a_question(owner: Owner, workshop: Workshop) -> None:
    """It stands in a file of its own, which loads; a name or an intent that is taken is told."""
    shown = await owner.get("/studio/new/flow")
    reads = {name: hidden(shown, name) for name in ("read_nl", "read_en")}
    sent = {"name": "call", "description": "Vraagt de maanden.", "intent": "opening_hours"}
    bad = await owner.send("/studio/new/flow", **sent, slot="nope", **reads)
    assert bad.status_code == 422
    assert {"name", "intent", "slot"} <= set(wrong(bad.text))
    sent |= {"name": "ask_months_first", "intent": "affirm", "slot": "months"}
    stored = await owner.send("/studio/new/flow", **sent, words_nl="", words_en="", **reads)
    assert stored.status_code == 303, wrong(stored.text)
    draft = await workshop.drafts.now()
    path = "flows/ask_months_first.yml"
    assert draft.changed == [path]
    [step] = CHECKS.steps(draft.texts, path, "ask_months_first")
    assert (step.kind, step.what, step.answer) == ("collect", "months", "ask_months")
    shown = await owner.get(stored.headers["location"])
    assert shown.status_code == 200
