"""`kalm transcribe` writes down every file it can read, and says which it can't."""

import json
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from bot.hearing.files import UnreadableSound, read_sound
from bot.hearing.heard import RATE
from bot.settings import ROOT
from tests.voices import caller_speech, caller_wav, silence

RUN = "import typer; from bot.commands.transcribe import transcribe; typer.run(transcribe)"


def transcribe(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("rate", "channels", "kind", "subtype"),
    [
        (8000, 1, "wav", "PCM_16"),
        (8000, 1, "wav", "ULAW"),
        (16000, 1, "wav", "FLOAT"),
        (44100, 2, "flac", "PCM_16"),
        (48000, 2, "ogg", "VORBIS"),
    ],
)
def test_any_usual_sound_is_read(
    tmp_path: Path, rate: int, channels: int, kind: str, subtype: str
) -> None:
    """Whatever rate, channels and coding, a second is a second of mono at 16 kHz."""
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    path = tmp_path / f"tone.{kind}"
    soundfile.write(path, np.stack([tone] * channels, axis=1), rate, subtype=subtype)
    audio = read_sound(path)
    assert audio.dtype == np.float32
    assert len(audio) == pytest.approx(RATE, rel=0.02)
    assert float(np.abs(audio).max()) == pytest.approx(0.5, abs=0.1)


def test_what_soundfile_does_not_know_is_read_too(tmp_path: Path) -> None:
    """AAC, as telephones record it, goes through PyAV."""
    path = tmp_path / "tone.m4a"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(44100) / 44100)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(tone[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = 44100
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    assert len(read_sound(path)) == pytest.approx(RATE, rel=0.1)


@pytest.mark.parametrize("content", [b"", b"not a sound", b"RIFF\x10\0\0\0WAVEfmt "])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    """A file that is no sound is an error with its name in it."""
    path = tmp_path / "broken.wav"
    path.write_bytes(content)
    with pytest.raises(UnreadableSound, match=r"broken\.wav"):
        read_sound(path)


@pytest.mark.models
def test_files_are_written_down_one_object_a_line() -> None:
    """Each readable file gives one object; a missing one is named, and the code is 1."""
    dutch = caller_wav("Hoeveel moet ik nog betalen?", "nl")
    done = transcribe("--language", "nl", "--json", dutch, "no-such.wav")
    assert done.returncode == 1
    assert "no-such.wav" in done.stderr
    [line] = done.stdout.splitlines()
    transcript = json.loads(line)
    assert transcript["file"] == str(dutch)
    assert "betalen" in transcript["text"].lower()
    assert transcript["language"] == "nl"
    assert transcript["seconds"] == pytest.approx(soundfile.info(dutch).duration, abs=0.01)
    assert transcript["took_s"] > 0


@pytest.mark.models
def test_long_files_are_written_down_whole(tmp_path: Path) -> None:
    """A file longer than Whisper's window keeps its beginning, middle and end; noise gives none."""
    pause = silence(12)
    words = [
        "I got a reminder, but I have already paid.",
        "How much do I still have to pay?",
        "I want to talk to a person.",
    ]
    speech = [part for text in words for part in (caller_speech(text, "en"), pause)]
    path = tmp_path / "long.wav"
    soundfile.write(path, np.concatenate(speech), 8000)
    quiet = tmp_path / "quiet.wav"
    soundfile.write(quiet, silence(3), 8000)
    done = transcribe("--language", "auto", "--json", path, quiet)
    assert done.returncode == 0, done.stderr
    long, nothing = map(json.loads, done.stdout.splitlines())
    assert long["language"] == "en"
    text = long["text"].lower()
    assert text.index("reminder") < text.index("how much") < text.index("person")
    assert nothing["text"] == ""
