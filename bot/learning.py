"""Learning: makes an edition from what was learned elsewhere, or learns it for elsewhere."""

import tempfile
from dataclasses import replace
from pathlib import Path

from bot.edition import Edition, Intents, Press
from bot.understanding.packing import pack, unpack


def learn(
    press: Press, intents: Intents, version: int | None, learned: bytes | None = None
) -> tuple[Edition, bytes]:
    """Make an edition.

    Args:
        press: Its cache is used, and holds afterwards what was learned.
        intents: From which to learn.
        version: The edition's.
        learned: What this returned for the same intents in another process; where it fits,
            nothing is learned, and where not, only time is lost.

    Returns:
        The edition, and what was learned for it. They are the same bytes as `learned` when
        that was all.

    Raises:
        TrainingDataError: No utterance holds a word.
    """
    with tempfile.TemporaryDirectory(prefix="kalm-learn-") as place:
        # A cache of its own: others learn other things into the press's cache meanwhile.
        own = Path(place)
        unpack(pack(press.cache) if learned is None else learned, own)
        edition = replace(press, cache=own).make(intents, version)
        found = pack(own)
    unpack(found, press.cache)
    return edition, found
