"""Likeness: which sentences of callers mean nearly the same, by the sentence encoder."""

import asyncio
from collections.abc import Callable, Sequence

import numpy as np

from bot.encoder import Encoder, Vectors, plain

APART = 0.4
"""Cosine distance, on average between two groups, from which they are kept apart. Of the 498 test
utterances with an intent it puts 79% into groups of two or more, of which 92% are of the group's
own intent; at 0.35 it is 69% and 96%, at 0.5 93% and 83%."""
REMEMBERED = 5000


class SentenceLikeness:
    """Implements `handoff.studio.inbox.Likeness`.

    Args:
        encoder: Returns the encoder; None for as long as it is being loaded: then every
            sentence is a group of its own.
    """

    def __init__(self, encoder: Callable[[], Encoder | None]) -> None:
        self._encoder = encoder
        self._known: dict[str, Vectors] = {}

    async def groups(self, sentences: Sequence[str]) -> list[list[int]]:
        """Return the indices of sentences that belong together; each index once."""
        encoder = self._encoder()
        if encoder is None or len(sentences) < 2:
            return [[index] for index in range(len(sentences))]
        return await asyncio.to_thread(self._groups, encoder, sentences)

    def _groups(self, encoder: Encoder, sentences: Sequence[str]) -> list[list[int]]:
        from sklearn.cluster import AgglomerativeClustering

        vectors = self._vectors(encoder, [plain(sentence) for sentence in sentences])
        clusters = AgglomerativeClustering(
            n_clusters=None, distance_threshold=APART, metric="cosine", linkage="average"
        )
        found: dict[int, list[int]] = {}
        for index, label in enumerate(clusters.fit_predict(vectors).tolist()):
            found.setdefault(label, []).append(index)
        return list(found.values())

    def _vectors(self, encoder: Encoder, texts: list[str]) -> Vectors:
        known = dict(self._known)
        new = list(dict.fromkeys(text for text in texts if text not in known))
        if new:
            known.update(zip(new, encoder.encode(new), strict=True))
        vectors = np.stack([known[text] for text in texts])
        # The latest are kept: the same inbox is looked at again and again.
        self._known = dict(list(known.items())[-REMEMBERED:])
        return vectors
