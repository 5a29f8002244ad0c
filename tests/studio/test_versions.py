"""What was published never changes; what is live moves only by a recorded act, whole or not."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.engine import Connection

from handoff.store.journal import DurableJournal
from handoff.studio.folder import (
    LONGEST,
    NotText,
    check_path,
    read_folder,
    sha256,
    write_folder,
)
from handoff.studio.versions import (
    Moved,
    NoSuchVersion,
    Unchanged,
    VersionError,
    Versions,
    VersionsNotKept,
    diff,
)
from tests.handoff.conftest import HandClock

ONE = {"nlu.nl.yml": "# van Sem\nnlu: []\n", "flows/call.yml": "flows: {}\n"}
TWO = {**ONE, "nlu.nl.yml": "# van Sem\nnlu:\n- intent: greet\n"}
names = st.text("abcxyzé 🙂_-", min_size=1, max_size=8).filter(lambda name: name == name.strip())
paths = st.lists(names, min_size=1, max_size=3).map(lambda parts: "/".join([*parts]) + ".yml")
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=80)
folders = st.dictionaries(paths, words, min_size=1, max_size=6)


async def publish(
    versions: Versions, texts: dict[str, str], based_on: int | None = None, by: str = "Sem"
) -> int:
    version = await versions.publish(texts, by=by, why="a test", based_on=based_on)
    return version.number


async def test_nothing_is_live_at_first(versions: Versions) -> None:
    """A fresh database has no versions and nothing to roll back to."""
    assert await versions.live() is None
    assert await versions.all() == []
    assert await versions.moves() == []
    with pytest.raises(NoSuchVersion):
        await versions.texts(1)


async def test_publishing_numbers_stores_and_goes_live(
    versions: Versions, clock: HandClock
) -> None:
    """Versions count from 1, carry who, when, why and on what, and the last is live."""
    first = await versions.publish(ONE, by="Sem", why="  the first ", based_on=None)
    clock.forward(minutes=5)
    second = await versions.publish(TWO, by="Noor", why="greetings", based_on=1)
    assert (first.number, first.by, first.why, first.based_on) == (1, "Sem", "the first", None)
    assert (second.number, second.based_on, second.at) == (2, 1, clock.now)
    assert await versions.live() == 2
    assert await versions.all() == [second, first]
    assert await versions.texts(1) == ONE
    assert await versions.texts(2) == TWO
    assert second.sha256 == sha256(TWO) != first.sha256
    assert [(move.kind, move.version, move.before) for move in await versions.moves()] == [
        ("publish", 2, 1),
        ("publish", 1, None),
    ]


async def test_a_rollback_is_an_act_on_record(versions: Versions) -> None:
    """Rolling back moves the pointer, keeps every version, and tells who and why."""
    await publish(versions, ONE)
    await publish(versions, TWO, 1)
    move = await versions.rollback(1, by="Noor", why="callers were greeted twice")
    assert await versions.live() == 1
    assert (move.kind, move.version, move.before, move.by) == ("rollback", 1, 2, "Noor")
    assert (await versions.moves())[0] == move
    assert await versions.texts(2) == TWO
    assert await publish(versions, {**TWO, "new.yml": ""}, 1) == 3


async def test_the_second_of_two_people_is_told_who_was_first(versions: Versions) -> None:
    """Who began on a version that is no longer live is refused, and nothing of theirs is stored."""
    await publish(versions, ONE)
    await publish(versions, TWO, 1, by="Noor")
    with pytest.raises(Moved, match=r"version 1.*Noor published version 2 on 2026-11-20") as told:
        await publish(versions, {"mine.yml": "x"}, 1)
    assert told.value.last is not None
    assert told.value.last.by == "Noor"
    assert len(await versions.all()) == 2


async def test_of_many_who_publish_at_once_one_does(versions: Versions) -> None:
    """Ten who began on the same version: one version more, nine who are told."""
    await publish(versions, ONE)
    results = await asyncio.gather(
        *(publish(versions, {"f.yml": str(number)}, 1, by=f"p{number}") for number in range(10)),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Moved"] * 9 + ["int"]
    assert [version.number for version in await versions.all()] == [2, 1]


@pytest.mark.parametrize("table", ["content_moves", "content_live"])
async def test_a_publish_that_fails_half_way_leaves_the_old_live(
    versions: Versions, journal: DurableJournal, table: str
) -> None:
    """When the disk gives up between the version and the pointer, neither is there."""
    await publish(versions, ONE)

    def fail(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith((f"INSERT INTO {table}", f"UPDATE {table}")):
            raise OSError(28, "No space left on device")

    engine = journal.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(VersionsNotKept, match="No space left"):
            await publish(versions, TWO, 1)
    finally:
        event.remove(engine, "before_cursor_execute", fail)
    assert await versions.live() == 1
    assert len(await versions.all()) == 1
    assert await publish(versions, TWO, 1) == 2


async def test_what_has_no_reason_is_not_published(versions: Versions) -> None:
    """No files, no word why, the same files again, a path that leads out: refused with a word."""
    for texts, why in [({}, "x"), (ONE, "  "), (ONE, "x" * 501), ({"../up.yml": ""}, "x")]:
        with pytest.raises(VersionError):
            await versions.publish(texts, by="Sem", why=why, based_on=None)
    await publish(versions, ONE)
    with pytest.raises(Unchanged, match="version 1"):
        await publish(versions, dict(reversed(ONE.items())), 1)
    with pytest.raises(VersionError, match="live already"):
        await versions.rollback(1, by="Sem", why="x")
    with pytest.raises(NoSuchVersion):
        await versions.rollback(7, by="Sem", why="x")


async def test_the_same_text_is_kept_once(versions: Versions, journal: DurableJournal) -> None:
    """A hundred versions that differ in one file cost that file, not the folder."""
    await publish(versions, {"big.yml": "x" * 100_000, "small.yml": "0"})
    for number in range(1, 6):
        await publish(versions, {"big.yml": "x" * 100_000, "small.yml": str(number)}, number)
    async with journal.database.engine.connect() as connection:
        found = await connection.execute(text("SELECT COUNT(*) FROM content_texts"))
        assert found.scalar_one() == 7


async def test_a_diff_tells_what_changed(versions: Versions) -> None:
    """Each file that differs has a unified diff; one that is new comes from nowhere."""
    await publish(versions, ONE)
    await publish(versions, {**TWO, "new.yml": "a\u2028b"}, 1)
    changes = await versions.diff(1, 2)
    assert list(changes) == ["new.yml", "nlu.nl.yml"]
    assert "+- intent: greet\n" in changes["nlu.nl.yml"]
    assert "--- /dev/null\n+++ new.yml\n" in changes["new.yml"]
    assert "+a\u2028b\n\\ No newline at end of file\n" in changes["new.yml"]


@given(old=folders, new=folders)
def test_a_diff_is_empty_exactly_when_nothing_differs(
    old: dict[str, str], new: dict[str, str]
) -> None:
    """Paths in a diff are those whose text differs."""
    assert set(diff(old, new)) == {p for p in {*old, *new} if old.get(p) != new.get(p)}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(texts=folders, before=folders)
def test_a_folder_comes_back_byte_for_byte(
    texts: dict[str, str], before: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Written and read, texts are what they were, whatever lay in the folder before."""
    places = {part for path in texts for part in Path(path).parents}
    if places & {Path(path) for path in texts}:
        return  # a file can't be a folder too
    folder = tmp_path_factory.mktemp("round")
    write_folder(texts, folder)
    assert read_folder(folder) == texts
    assert {path: (folder / path).read_bytes() for path in texts} == {
        path: text.encode() for path, text in texts.items()
    }
    assert sha256(read_folder(folder)) == sha256(texts)


def test_files_that_are_gone_are_taken_away_and_hidden_ones_stay(folder: Path) -> None:
    """An export replaces what was there, but not what git and editors keep."""
    write_folder({"a/b.yml": "1", "c.yml": "2"}, folder)
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("ref")
    write_folder({"c.yml": "3"}, folder)
    assert read_folder(folder) == {"c.yml": "3"}
    assert not (folder / "a").exists()
    assert (folder / ".git" / "HEAD").read_text() == "ref"


def test_comments_line_ends_and_marks_are_kept(folder: Path) -> None:
    """Windows' line ends, a byte order mark and comments come back as they were."""
    content = "\ufeff# hé\r\nnlu: []\r\n\n".encode()
    (folder / "nlu.yml").write_bytes(content)
    write_folder(read_folder(folder), folder / "copy")
    assert (folder / "copy" / "nlu.yml").read_bytes() == content


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"a\n\xff", "not UTF-8"), (b"a\n\0b", "no text"), (b"x" * (LONGEST + 1), "5.0 MB")],
)
def test_a_file_that_is_no_text_is_named(folder: Path, content: bytes, problem: str) -> None:
    """A picture, or a file that is far too big, is refused with its name and a cure."""
    (folder / "picture.yml").write_bytes(content)
    with pytest.raises(NotText, match=r"picture\.yml:") as told:
        read_folder(folder)
    assert problem in told.value.problem


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../a", "a/../b", "a//b", "a\\b", "c:a", ".git/x", "a/", "a\nb"]
)
def test_a_path_never_leads_out_of_its_folder(path: str) -> None:
    """A version from elsewhere can't write beside the folder, nor into git's own."""
    with pytest.raises(ValueError, match="no path"):
        check_path(path)
