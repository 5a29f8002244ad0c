"""A stutter is told from a pause by the marks that end whatever the bot says."""

import base64

from ear import GAP_S, NEW_ANSWER_S, Ear

from bot.line.robot_handset import FRAME, TICK
from bot.line.twilio_messages import ClearMessage, MarkMessage, MediaMessage, read_outbound

SOUND = base64.b64encode(bytes([0x10]) * FRAME).decode()


def media(ear: Ear, frames: int = 1) -> None:
    for _ in range(frames):
        message = read_outbound(
            f'{{"event": "media", "streamSid": "MZ", "media": {{"payload": "{SOUND}"}}}}'
        )
        assert isinstance(message, MediaMessage)
        ear.receive(message)


def mark(ear: Ear, name: str) -> None:
    message = read_outbound(f'{{"event": "mark", "streamSid": "MZ", "mark": {{"name": "{name}"}}}}')
    assert isinstance(message, MarkMessage)
    ear.receive(message)


def clear(ear: Ear) -> None:
    message = read_outbound('{"event": "clear", "streamSid": "MZ"}')
    assert isinstance(message, ClearMessage)
    ear.receive(message)


def ticks(ear: Ear, seconds: float) -> None:
    for _ in range(round(seconds / TICK)):
        ear.tick()


def test_sound_that_runs_out_in_mid_sentence_is_a_gap() -> None:
    """However long it lasts, silence before the mark is heard as a stutter."""
    for seconds in (0.08, 0.4, 2.0):
        ear = Ear()
        mark(ear, "before")
        media(ear, 2)
        ticks(ear, 2 * TICK + seconds)
        media(ear)
        assert ear.gaps_s == [round(seconds, 3)]


def test_a_late_frame_that_nobody_hears_is_no_gap() -> None:
    """Up to three frames late, the ear forgives."""
    ear = Ear()
    mark(ear, "before")
    media(ear)
    ticks(ear, TICK + GAP_S)
    media(ear)
    assert ear.gaps_s == []


def test_silence_after_the_mark_is_a_pause() -> None:
    """What was marked as said is over; what follows is something new."""
    ear = Ear()
    media(ear)
    mark(ear, "said")
    ticks(ear, 0.4)
    media(ear)
    assert ear.gaps_s == []


def test_a_mark_that_comes_late_ends_the_sentence_all_the_same() -> None:
    """Sound that ran out before its mark came was whole."""
    ear = Ear()
    media(ear)
    ticks(ear, 0.2)
    mark(ear, "said")
    ticks(ear, 0.2)
    media(ear)
    assert ear.gaps_s == []


def test_without_marks_a_long_silence_is_a_new_answer() -> None:
    """A bot that sends no marks is judged by short silences alone."""
    ear = Ear()
    media(ear)
    ticks(ear, TICK + 0.3)
    media(ear)
    ticks(ear, TICK + NEW_ANSWER_S)
    media(ear)
    assert ear.gaps_s == [0.3]


def test_what_is_taken_back_is_silence_from_then_on() -> None:
    """A clear is noted where it came, and the silence after it is no gap."""
    ear = Ear()
    media(ear, 50)
    ticks(ear, 0.5)
    clear(ear)
    assert ear.cleared == [25 * FRAME]
    ticks(ear, 0.5)
    media(ear)
    assert ear.gaps_s == []
    mark(ear, "said")
    ticks(ear, 0.1)
    clear(ear)
    assert ear.cleared == [25 * FRAME], "there was nothing to take back"
