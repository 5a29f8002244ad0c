"""espeak-ng speaks from any thread, and leaves Piper's own copy of it alone."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest
from piper.phonemize_espeak import EspeakPhonemizer

from bot.speaking import espeak
from bot.speaking.espeak import EspeakError, EspeakVoice

DUTCH = EspeakVoice("nl")
ENGLISH = EspeakVoice("en-gb")


def loudness(pcm: bytes) -> float:
    return float(np.abs(np.frombuffer(pcm, np.int16).astype(float)).mean())


def pitch(pcm: bytes) -> float:
    """Return the voice's main pitch in hertz, by autocorrelation."""
    samples = np.frombuffer(pcm, np.int16).astype(float)
    spectrum = np.fft.rfft(samples, 2 * len(samples))
    likeness = np.fft.irfft(np.abs(spectrum) ** 2)
    lags = np.arange(22050 // 400, 22050 // 60)
    return float(22050 / lags[np.argmax(likeness[lags])])


def as_long(one: bytes, other: bytes) -> bool:
    """Tell whether two sounds last alike; espeak-ng never says a sentence twice the same."""
    return len(one) == pytest.approx(len(other), rel=0.04)


@pytest.mark.parametrize("name", ["nl", "nl+f2", "en-gb", "en-us", "en-gb+m3"])
def test_it_speaks(name: str) -> None:
    """Languages and variants make sound of a believable length."""
    voice = EspeakVoice(name)
    pcm = voice.synthesise("Goedemorgen.")
    assert 0.4 < len(pcm) / 2 / voice.sample_rate < 2
    assert loudness(pcm) > 100


def test_settings_are_heard() -> None:
    """Variant, rate, pitch and slowness each change the sound, and the voice's name."""
    base = EspeakVoice("nl", rate=150, pitch=45)
    woman = EspeakVoice("nl+f2", rate=150, pitch=45)
    quick = EspeakVoice("nl", rate=200, pitch=45)
    high = EspeakVoice("nl", rate=150, pitch=90)
    sound = base.synthesise("Goedemorgen.")
    assert as_long(sound, base.synthesise("Goedemorgen."))
    assert pitch(woman.synthesise("Goedemorgen.")) > 1.3 * pitch(sound)
    assert pitch(high.synthesise("Goedemorgen.")) > 1.3 * pitch(sound)
    assert len(quick.synthesise("Goedemorgen.")) < 0.9 * len(sound)
    assert len(base.synthesise("Goedemorgen.", slow=True)) > 1.2 * len(sound)
    assert len({voice.name for voice in (base, woman, quick, high)}) == 4


def test_threads_do_not_mix() -> None:
    """Voices in different threads at once each say what they say alone."""
    work = [(DUTCH, "nog " * count + "een zin.") for count in range(8)]
    work += [(ENGLISH, "another " * count + "sentence.") for count in range(8)]
    alone = [voice.synthesise(text) for voice, text in work]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda job: job[0].synthesise(job[1]), work))
    assert all(as_long(*pair) for pair in zip(alone, together, strict=True))


def test_piper_has_its_own_copy() -> None:
    """Piper's phonemes and our sound are the same whether or not the other is at work."""
    phonemizer = EspeakPhonemizer()
    phonemes = phonemizer.phonemize("en-us", "Good morning, how are you?")
    sound = DUTCH.synthesise("Goedemorgen.")
    with ThreadPoolExecutor(1) as pool:
        spoken = [pool.submit(DUTCH.synthesise, "Goedemorgen.") for _ in range(20)]
        read = [phonemizer.phonemize("en-us", "Good morning, how are you?") for _ in range(20)]
    assert all(phoneme == phonemes for phoneme in read)
    assert all(as_long(future.result(), sound) for future in spoken)


@pytest.mark.parametrize(
    "text", ["", " ", "...", "\0", "a\0b", "😀", "<speak>a</speak>", "a" * 5000]
)
def test_any_text_is_safe(text: str) -> None:
    """Nothing a text may hold ends the process or raises."""
    assert len(DUTCH.synthesise(text)) % 2 == 0


def test_an_unknown_voice() -> None:
    """A voice that isn't there is an error, not some other voice."""
    with pytest.raises(EspeakError, match="xx"):
        EspeakVoice("xx").synthesise("a")


def test_a_deep_folder(tmp_path: Path) -> None:
    """A data folder with a path too long for espeak-ng's buffer is reached all the same."""
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    (deep / "espeak-ng-data").symlink_to(espeakng_loader.get_data_path())
    script = (
        "import sys, espeakng_loader\n"
        "espeakng_loader.get_data_path = lambda: sys.argv[1]\n"
        "from bot.speaking.espeak import EspeakVoice\n"
        "print(len(EspeakVoice('nl').synthesise('Goedemorgen.')))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(deep / "espeak-ng-data")],
        capture_output=True,
        text=True,
        cwd=espeak.__file__.rsplit("/bot/", 1)[0],
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) > 10000
