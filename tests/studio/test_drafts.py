"""No save of the shared draft is lost: who saves on an older state gets both texts."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from handoff.store.journal import DurableJournal
from handoff.studio.drafts import LARGEST, MOST, Draft, DraftError, Drafts, SavedMeanwhile
from handoff.studio.versions import Version, Versions
from tests.handoff.conftest import HandClock

NLU = "# van Sem\nnlu:\n- intent: greet\n  examples: |\n    - hallo\n    - hoi\n    - dag\n"
FILES = {"nlu.nl.yml": NLU, "flows/call.yml": "flows: {}\n"}


class Disk:
    """A folder that an owner may change meanwhile."""

    def __init__(self) -> None:
        self.files = dict(FILES)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def drafts(journal: DurableJournal, versions: Versions, clock: HandClock, disk: Disk) -> Drafts:
    return Drafts(journal.database, versions, lambda: disk.files, clock)


async def save(
    drafts: Drafts, text: str | None, by: str = "Noor", path: str = "nlu.nl.yml"
) -> None:
    draft = await drafts.now()
    await drafts.save(path, text, read_at=draft.read_at(path), by=by)


async def test_a_draft_begins_as_what_is_live(drafts: Drafts, versions: Versions) -> None:
    """Before anything was published it is the folder, then the live version."""
    assert (await drafts.now()).texts == dict(sorted(FILES.items()))
    await versions.publish({"a.yml": "1\n"}, by="Sem", why="x", based_on=None)
    draft = await drafts.now()
    assert (draft.live, draft.texts, draft.changed) == (1, {"a.yml": "1\n"}, [])


async def test_a_save_is_of_one_file(drafts: Drafts) -> None:
    """It shows at once, with who saved, and touches no other file; taking it back leaves none."""
    await save(drafts, NLU + "    - hee\n")
    draft = await drafts.now()
    assert draft.texts == dict(sorted({**FILES, "nlu.nl.yml": NLU + "    - hee\n"}.items()))
    assert (draft.changed, draft.edits["nlu.nl.yml"].by) == (["nlu.nl.yml"], "Noor")
    await save(drafts, NLU)
    assert (await drafts.now()).changed == []
    await save(drafts, None)
    assert "nlu.nl.yml" not in (await drafts.now()).texts
    await save(drafts, "nieuw\n", path="flows/new.yml")
    assert (await drafts.now()).texts["flows/new.yml"] == "nieuw\n"


async def test_the_second_of_two_is_told_and_nothing_is_lost(
    drafts: Drafts, clock: HandClock
) -> None:
    """Who saves on an older state gets who, when and both texts; nothing is stored."""
    read_at = (await drafts.now()).read_at("nlu.nl.yml")
    theirs = NLU.replace("- hoi", "- hoi hoi")
    await drafts.save("nlu.nl.yml", theirs, read_at=read_at, by="Sem")
    saved_at = clock.now
    clock.forward(minutes=5)
    mine = NLU.replace("- hallo", "- hallo hallo")
    with pytest.raises(SavedMeanwhile) as told:
        await drafts.save("nlu.nl.yml", mine, read_at=read_at, by="Noor")
    assert told.value.values == {"by": "Sem", "at": saved_at}
    assert (told.value.mine, told.value.theirs) == (mine, theirs)
    assert told.value.merged is None  # side by side
    assert (await drafts.now()).texts["nlu.nl.yml"] == theirs
    far = NLU.replace("- dag", "- dag dag")
    with pytest.raises(SavedMeanwhile) as told:
        await drafts.save(
            "nlu.nl.yml", far.replace("# van Sem", "# van ons"), read_at=read_at, by="N"
        )
    assert told.value.merged is None  # "dag" lies beside "hoi"
    with pytest.raises(SavedMeanwhile) as told:
        top = NLU.replace("# van Sem", "# van ons")
        await drafts.save("nlu.nl.yml", top, read_at=read_at, by="Noor")
    assert told.value.merged == theirs.replace("# van Sem", "# van ons")


async def test_many_who_save_at_once_form_a_line(drafts: Drafts) -> None:
    """Of several that save on the same state exactly one is stored; the others are told of it."""
    read_at = (await drafts.now()).read_at("nlu.nl.yml")
    texts = [NLU + f"    - groet {n}\n" for n in range(6)]
    results = await asyncio.gather(
        *(drafts.save("nlu.nl.yml", text, read_at=read_at, by="N") for text in texts),
        return_exceptions=True,
    )
    assert [type(result) for result in results if result is not None] == [SavedMeanwhile] * 5
    stored = (await drafts.now()).texts["nlu.nl.yml"]
    assert stored == texts[results.index(None)]


async def test_what_is_only_added_is_never_lost(drafts: Drafts) -> None:
    """`change` builds on what is there, however many do so at once."""

    def adding(number: int) -> Callable[[str], str]:
        return lambda text: f"{text}    - {number}\n"

    await asyncio.gather(
        *(drafts.change("nlu.nl.yml", adding(number), by="N") for number in range(4))
    )
    text = (await drafts.now()).texts["nlu.nl.yml"]
    assert sorted(text.removeprefix(NLU).split()) == sorted(
        ["-", "0", "-", "1", "-", "2", "-", "3"]
    )


async def test_publishing_makes_the_draft_live(drafts: Drafts, versions: Versions) -> None:
    """The version holds the edits, the draft is then what is live, and rolling back undoes both."""
    await save(drafts, NLU + "    - hee\n")
    await drafts.publish(by="Noor", why="een groet erbij")
    await save(drafts, NLU + "    - heela\n")
    version = await drafts.publish(by="Noor", why="anders")
    assert (version.number, version.based_on) == (2, 1)
    draft = await drafts.now()
    assert (draft.changed, draft.texts["nlu.nl.yml"]) == ([], NLU + "    - heela\n")
    await versions.rollback(1, by="Sem", why="toch niet")
    draft = await drafts.now()
    assert (draft.changed, draft.texts["nlu.nl.yml"]) == ([], NLU + "    - hee\n")


async def test_what_others_published_is_joined_first(drafts: Drafts, versions: Versions) -> None:
    """An edit of a file that went live otherwise can't be published until both are one."""
    await versions.publish(FILES, by="Sem", why="x", based_on=None)
    await save(drafts, NLU + "    - hee\n")
    theirs = NLU.replace("# van Sem", "# van Sem en Ana")
    await versions.publish({**FILES, "nlu.nl.yml": theirs}, by="Ana", why="y", based_on=1)
    draft = await drafts.now()
    assert draft.behind == ["nlu.nl.yml"]
    with pytest.raises(DraftError) as told:
        await drafts.publish(by="Noor", why="z")
    assert told.value.reason == "behind"
    joined = draft.joined("nlu.nl.yml")
    assert joined == theirs + "    - hee\n"
    await drafts.join("nlu.nl.yml", joined, read_at=draft.read_at("nlu.nl.yml"), by="Noor")
    assert (await drafts.publish(by="Noor", why="z")).number == 3
    assert (await versions.texts(3))["nlu.nl.yml"] == joined


async def test_a_join_on_what_is_not_live_any_more_is_refused(
    drafts: Drafts, versions: Versions
) -> None:
    """Who joins while yet another version goes live does not take that one back unseen."""
    await versions.publish(FILES, by="Sem", why="x", based_on=None)
    await save(drafts, NLU + "    - hee\n")
    for number, by in ((1, "Ana"), (2, "Sem")):
        files = {**FILES, "nlu.nl.yml": f"# van {by}\n" + NLU}
        if number == 2:
            draft = await drafts.now()
        await versions.publish(files, by=by, why="y", based_on=number)
    with pytest.raises(SavedMeanwhile):
        await drafts.join("nlu.nl.yml", "x\n", read_at=draft.read_at("nlu.nl.yml"), by="Noor")


async def test_who_edits_an_old_page_of_what_was_published_is_told(
    drafts: Drafts, versions: Versions
) -> None:
    """A page that was read before others saved and published does not take their work back."""
    read_at = (await drafts.now()).read_at("nlu.nl.yml")
    await save(drafts, NLU + "    - hee\n", by="Sem")
    await drafts.publish(by="Sem", why="x")
    with pytest.raises(SavedMeanwhile) as told:
        await drafts.save("nlu.nl.yml", NLU + "    - jo\n", read_at=read_at, by="Noor")
    assert told.value.theirs == NLU + "    - hee\n"
    assert told.value.values["by"] == "Sem"


async def test_what_a_draft_may_not_hold_is_refused(drafts: Drafts) -> None:
    """Paths that lead elsewhere, files that are too big, lists too long: each with its reason."""
    for path in ("../x.yml", "/etc/x", ".git/x", "a\\b", "a//b", "", "c:x"):
        with pytest.raises(DraftError, match="path"):
            await drafts.save(path, "x", read_at="0-0", by="N")
    for text, reason in (
        ("x" * (LARGEST + 1), "too_big"),
        ("    - a\n" * (MOST + 1), "too_many"),
        ("a\0b", "not_text"),
        ("\ud800", "not_text"),
    ):
        with pytest.raises(DraftError) as told:
            await drafts.save("nlu.nl.yml", text, read_at="0-0", by="N")
        assert told.value.reason == reason
    for read_at in ("", "1", "x-1", "-1-0", "7-0", "1" * 30 + "-0", "٣-0"):
        with pytest.raises(DraftError, match="stale"):
            await drafts.save("nlu.nl.yml", "x", read_at=read_at, by="N")
    assert (await drafts.now()).changed == []


async def test_files_are_taken_over_whole(drafts: Drafts, disk: Disk) -> None:
    """After an import the draft holds those files, byte for byte, and no others."""
    files = {"nlu.nl.yml": "\ufeff# é 🙂\r\nnlu: []", "new.yml": "x"}
    await drafts.take_over(files, by="Noor")
    assert (await drafts.now()).texts == dict(sorted(files.items()))
    disk.files = {"only.yml": "y\n"}
    await drafts.take_over_folder(by="Noor")
    draft = await drafts.now()
    assert draft.texts == {"only.yml": "y\n"}


async def test_what_is_saved_while_a_draft_goes_live_stays_in_it(
    drafts: Drafts, versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an edit of what went live: nothing is lost, and nothing has to be joined."""
    await save(drafts, NLU + "    - hee\n")
    publish = versions.publish

    async def slow(*args: Any, **values: Any) -> Version:
        version = await publish(*args, **values)
        await save(drafts, NLU + "    - hee\n    - heela\n", by="Sem")
        return version

    monkeypatch.setattr(versions, "publish", slow)
    await drafts.publish(by="Noor", why="x")
    draft = await drafts.now()
    assert draft.texts["nlu.nl.yml"] == NLU + "    - hee\n    - heela\n"
    assert (draft.changed, draft.behind) == (["nlu.nl.yml"], [])
    assert draft.edits["nlu.nl.yml"].by == "Sem"


async def test_an_import_is_all_or_nothing(drafts: Drafts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people who bring files at once leave the files of one of them, never of both."""
    both, now = asyncio.Barrier(2), drafts.now

    async def at_once() -> Draft:
        draft = await now()
        await both.wait()  # neither stores before the other has looked as well
        return draft

    monkeypatch.setattr(drafts, "now", at_once)
    mine = {"flows/call.yml": "a\n", "nlu.nl.yml": "a\n"}
    theirs = {**FILES, "nlu.nl.yml": "b\n"}
    told = await asyncio.gather(
        drafts.take_over(theirs, by="Sem"), drafts.take_over(mine, by="Noor"),
        return_exceptions=True,
    )  # fmt: skip
    assert [type(each) for each in told if each is not None] == [DraftError]
    assert (await now()).texts in (mine, dict(sorted(theirs.items())))
