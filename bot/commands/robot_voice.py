"""Robot voice: how the robot caller speaks, unlike the bot."""

import io
import shutil
import subprocess
from functools import cache

import soundfile

from bot.events import Language
from bot.line.robot_script import Voice
from bot.speaking.espeak import EspeakError, EspeakVoice

BUILT_IN: dict[Language, EspeakVoice] = {
    "nl": EspeakVoice("nl+f4", rate=135, pitch=60),
    "en": EspeakVoice("en-us+m2", rate=145, pitch=50),
}
CLEAR_DUTCH = "mb-nl2"
"""Of MBROLA, where the system has it: recognition hardly understands espeak-ng's own Dutch."""
MBROLA_PACE = "130"


class VoiceMissing(ValueError):
    """The voice asked for is not there; the text says what to do."""


def robot_voice(language: Language, name: str | None) -> Voice:
    """Return the caller's voice.

    Args:
        language: Of the sentences.
        name: An espeak-ng voice; the best that is there when None.

    Raises:
        VoiceMissing: There is no such voice.
    """
    if name is None and language == "nl" and _has_mbrola(CLEAR_DUTCH):
        name = CLEAR_DUTCH
    if name is not None and name.startswith("mb-"):
        if not _has_mbrola(name):
            raise VoiceMissing(
                f"There is no voice {name}: it needs the programs espeak-ng and mbrola, and the "
                f"Debian package {name.replace('mb-', 'mbrola-')}."
            )
        return _mbrola(name)
    voice = EspeakVoice(name) if name is not None else BUILT_IN[language]
    try:
        voice.synthesise("a")
    except EspeakError as error:
        raise VoiceMissing(str(error)) from error
    return lambda text, _language: (voice.synthesise(text), voice.sample_rate)


def _mbrola(name: str) -> Voice:
    program = shutil.which("espeak-ng") or "espeak-ng"

    def speak(text: str, _language: Language) -> tuple[bytes, int]:
        command = [program, "-v", name, "-s", MBROLA_PACE, "--stdin", "--stdout"]
        made = subprocess.run(command, input=text.encode(), capture_output=True, check=True)  # noqa: S603 - no shell, and the text is its input
        samples, rate = soundfile.read(io.BytesIO(made.stdout), dtype="int16")
        return samples.tobytes(), rate

    return speak


@cache
def _has_mbrola(name: str) -> bool:
    program = shutil.which("espeak-ng")
    if program is None or shutil.which("mbrola") is None:
        return False
    made = subprocess.run(  # noqa: S603 - fixed words and a voice's name
        [program, "-v", name, "--stdout", "a"], capture_output=True, check=False
    )
    return made.returncode == 0 and len(made.stdout) > 1000
