"""Whisper, decoded for short turns on a telephone line: one model, used by every call.

Stock Whisper looks at 30 seconds whatever was said, which costs 1.5 s of a
caller's patience for a "ja". Here the window fits the turn, and the silence after it is
heard in few places; the full window is only the way out when that gives a bad score or
goes round in circles.
"""

import math
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from ctranslate2 import StorageView
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from bot.events import Language
from bot.hearing.heard import RATE, Audio
from bot.hearing.whisper_encoder import load_encoder, window

FULL_S = 30
"""Whisper's own window, seconds."""
SHORT_S = 8
"""The shortest window of CTranslate2's encoder; with less, short clips go round in circles."""
MARGIN_S = 1.0
"""Silence after the turn inside that window, so that the last word is not cut."""
LONG_S = 12
"""Of turns longer than this CTranslate2's encoder takes less memory, and loses little."""
BEAM = 5
QUICK_BEAM = 2
"""Of the first try at a turn; it takes two thirds of the time.

Poor turns are tried again with BEAM, and so nothing is lost: see docs/performance.md.
"""
Care = Literal["quick", "careful", "dictation"]
"""How a turn is written down. `quick` is as good where it was heard well; in `dictation` digits
repeat, and as those that are heard wrong score well, it is never quick."""
WAYS = 5
"""Ways in which a dictated number is written down."""
NO_REPEAT = 4
"""No four tokens in a row are said twice: the guard against going round in circles."""
NO_REPEAT_DIGITS = 8
"""The same in dictation, where 06 12 12 12 12 is a telephone number."""
TOKENS_PER_S = 9.0
"""Faster than anyone speaks; more tokens than this are inventions."""
POOR_SCORE = -0.3
"""Mean log probability of a token below which the turn is written down once more, without hints."""
HOPELESS_SCORE = -1.6
"""The same, below which the full window is tried.

It costs ten times a short one, and between the two scores its words were no better.
"""
CIRCLES = 2.2
"""Compression ratio of text above which it repeats itself."""


@dataclass(frozen=True)
class Draft:
    """Words as Whisper gave them, before anyone asked whether they were said."""

    words: str
    score: float
    """Mean log probability of a token."""
    no_speech: float
    compression: float
    perhaps_part: bool = False
    """Whether a dictated number may go on, though it reads as a whole one."""

    @property
    def confidence(self) -> float:
        """Mean probability of a token."""
        return min(1.0, math.exp(self.score))

    @property
    def circles(self) -> bool:
        """Whether the words repeat themselves."""
        return self.compression > CIRCLES

    @property
    def hopeless(self) -> bool:
        """Whether the full window is worth its time."""
        return self.score < HOPELESS_SCORE or self.circles

    @property
    def poor(self) -> bool:
        """Whether another try may do better."""
        return self.score < POOR_SCORE or self.circles


@dataclass(frozen=True)
class Listened:
    """A turn as Whisper's encoder heard it."""

    audio: Audio
    encoded: StorageView

    @property
    def seconds(self) -> float:
        """How long the turn is."""
        return len(self.audio) / RATE


class Whisper:
    """The one model. Every method blocks, and may be called from several threads."""

    def __init__(self, folder: Path, *, threads: int, workers: int):
        """Load the weights; `workers` turns run at once, on `threads` cores each."""
        self._model = WhisperModel(
            str(folder),
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            num_workers=workers,
            local_files_only=True,
        )
        self._encoder = load_encoder(folder)
        self._suppressed: dict[str, list[int]] = {}
        """By the signs that something is spelled in, the tokens of all others."""

    def warm_up(self) -> None:
        """Run once, so that the first caller does not wait for memory to be laid out."""
        silence = np.zeros(RATE, np.float32)
        self.draft(self.listen(silence), "nl", "")

    def listen(self, audio: Audio, *, full: bool = False) -> Listened:
        """Encode a turn of at most 30 s."""
        encoder = self._encoder
        if encoder is None or full or len(audio) > LONG_S * RATE:
            return Listened(audio, self._in_one_window(audio, FULL_S if full else SHORT_S))
        features = self._model.feature_extractor(window(audio), padding=0)
        encoded = encoder.encode(features, len(audio) / RATE)
        return Listened(audio, StorageView.from_array(encoded))

    def _in_one_window(self, audio: Audio, shortest_s: int) -> StorageView:
        seconds = max(shortest_s, int(len(audio) / RATE + MARGIN_S) + 1)
        size = min(seconds, FULL_S) * RATE
        whole = np.zeros(size, np.float32)
        whole[: len(audio)] = audio[:size]
        features = self._model.feature_extractor(whole, padding=0)
        view = StorageView.from_array(np.ascontiguousarray(features[np.newaxis], np.float32))
        return self._model.model.encode(view)

    def languages(self, listened: Listened) -> dict[str, float]:
        """Return how likely each language is, by its code."""
        return {
            token[2:-2]: probability
            for token, probability in self._model.model.detect_language(listened.encoded)[0]
        }

    def draft(
        self, listened: Listened, language: Language, hints: str, care: Care = "careful"
    ) -> Draft:
        """Write down what was heard, listening for `hints`."""
        return self._write(
            listened,
            language,
            hints,
            beam_size=QUICK_BEAM if care == "quick" else BEAM,
            no_repeat_ngram_size=NO_REPEAT_DIGITS if care == "dictation" else NO_REPEAT,
        )[0]

    def spelled(
        self, listened: Listened, language: Language, hints: str, signs: str
    ) -> list[Draft]:
        """Write down what was heard in these signs alone, in the likeliest ways, the best first.

        Whatever was said becomes digits or letters, and the scores tell only which are likelier
        than others.
        """
        return self._write(
            listened,
            language,
            hints,
            beam_size=BEAM,
            no_repeat_ngram_size=NO_REPEAT_DIGITS,
            num_hypotheses=WAYS,
            suppress_tokens=self._all_but(signs),
        )

    def _write(
        self, listened: Listened, language: Language, hints: str, **options: Any
    ) -> list[Draft]:
        tokenizer = self._tokenizers[language]
        prompt: list[int] = []
        if hints:
            prompt = [tokenizer.sot_prev, *tokenizer.encode(" " + hints)]
        prompt += [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        longest = min(8 + int(TOKENS_PER_S * listened.seconds), 200)
        result = self._model.model.generate(
            listened.encoded,
            [prompt],
            max_length=len(prompt) + longest,
            return_scores=True,
            return_no_speech_prob=True,
            **options,
        )[0]
        drafts = []
        for tokens, mean in zip(result.sequences_ids, result.scores, strict=True):
            words = tokenizer.decode(tokens).strip()
            # The score is a mean over the tokens; the end of the text counts as one.
            score = mean * len(tokens) / (len(tokens) + 1)
            drafts.append(Draft(words, score, result.no_speech_prob, compression(words)))
        return drafts

    def _all_but(self, signs: str) -> list[int]:
        if signs not in self._suppressed:
            tokenizer = self._tokenizers["en"]
            allowed = {token for sign in signs for token in tokenizer.encode(f" {sign}")}
            size = self._model.hf_tokenizer.get_vocab_size()
            self._suppressed[signs] = [
                token for token in range(size) if token not in allowed and token != tokenizer.eot
            ]
        return self._suppressed[signs]

    @cached_property
    def _tokenizers(self) -> dict[Language, Any]:
        inner = self._model.hf_tokenizer
        return {
            "nl": Tokenizer(inner, True, "transcribe", "nl"),
            "en": Tokenizer(inner, True, "transcribe", "en"),
        }


def compression(words: str) -> float:
    """Return how many times shorter the words get when repetition is taken out."""
    raw = words.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0
