"""The robot's telephone plays what Twilio would play, however the bot cuts it up."""

import audioop
import base64

from hypothesis import given
from hypothesis import strategies as some

from bot.line.robot_ears import first_sound, last_sound
from bot.line.robot_handset import FRAME, Handset
from bot.line.twilio_messages import ClearMessage, Mark, MarkMessage, Media, MediaMessage
from tests.line.serving import tone

PIECES = some.lists(some.binary(max_size=700) | some.sampled_from(["a", "b"]), max_size=12)


def message(piece: bytes | str) -> MediaMessage | MarkMessage:
    if isinstance(piece, str):
        return MarkMessage(event="mark", mark=Mark(name=piece))
    return MediaMessage(event="media", media=Media(payload=base64.b64encode(piece).decode()))


@given(PIECES)
def test_all_sound_is_played_in_order_and_each_mark_after_what_came_before(
    pieces: list[bytes | str],
) -> None:
    """The sum of the pieces comes out, padded to whole frames; a mark is never early."""
    handset = Handset()
    marks: list[tuple[str, int]] = []
    due: list[tuple[str, int]] = []
    sound = b""
    for piece in pieces:
        back = handset.receive(message(piece))
        if isinstance(piece, str):
            due.append((piece, len(sound)))
        else:
            sound += piece
        marks += [(name, 0) for name in back]
    while handset.playing:
        _, played = handset.tick()
        marks += [(name, handset.now) for name in played]
    heard = handset.bot_sound(0)
    assert heard[: 2 * len(sound)] == audioop.ulaw2lin(sound, 2)
    assert [name for name, _ in marks] == [name for name, _ in due]
    for (_, at), (_, before) in zip(marks, due, strict=True):
        assert before <= at < before + 2 * FRAME


@given(PIECES)
def test_clear_gives_back_every_mark_that_was_not_played(pieces: list[bytes | str]) -> None:
    """As Twilio does; and nothing of the old sound is left."""
    handset = Handset()
    back = [name for piece in pieces for name in handset.receive(message(piece))]
    back += handset.receive(ClearMessage(event="clear"))
    assert back == [piece for piece in pieces if isinstance(piece, str)]
    assert not handset.playing


@given(some.integers(0, 3000), some.integers(400, 4000), some.integers(0, 3000))
def test_the_bounds_of_a_sound_are_found(before: int, length: int, after: int) -> None:
    """Within 5 ms, whatever silence is around it."""
    sound = bytes(2 * before) + tone(length / 8000, 8000) + bytes(2 * after)
    first, last = first_sound(sound), last_sound(sound)
    assert first is not None and last is not None
    assert abs(first - before) <= 40
    assert abs(last - before - length) <= 40


@given(some.integers(0, 3000))
def test_silence_has_no_bounds(length: int) -> None:
    """No sound, no place where it begins."""
    assert first_sound(bytes(2 * length)) is last_sound(bytes(2 * length)) is None


def test_music_is_no_answer_and_nobody_waits_for_its_end() -> None:
    """Between its marks sound begins nothing and ends nothing; a clear ends it too."""
    handset = Handset()
    sound = audioop.lin2ulaw(tone(0.5, 8000), 2)

    def send(*pieces: bytes | str) -> None:
        for piece in pieces:
            handset.receive(message(piece))

    def pass_by(ticks: int) -> None:
        for _ in range(ticks):
            handset.tick()

    send("music/1", sound)
    pass_by(10)
    assert handset.onsets == []
    assert handset.last_sound is None
    assert not handset.playing
    pass_by(20)
    send("music/1/over", sound)
    pass_by(1)
    assert len(handset.onsets) == 1
    assert handset.playing
    pass_by(60)
    send("music/2", sound)
    pass_by(5)
    assert len(handset.onsets) == 1
    handset.receive(ClearMessage(event="clear"))
    pass_by(60)
    send(sound)
    pass_by(1)
    assert len(handset.onsets) == 2
