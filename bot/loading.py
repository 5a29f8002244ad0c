"""Loading: the models that every call uses, read in threads while Python does other things.

It takes three seconds of a core, two of which leave Python free (the encoder's do not). So
`kalm serve` begins with it, and imports meanwhile what it needs besides, which takes as long.
"""

from concurrent.futures import ThreadPoolExecutor

from bot.encoder import SentenceEncoder
from bot.hearing.pool import Recogniser
from bot.machine import cores
from bot.models import Models
from bot.settings import Settings
from bot.speaking.voices import Voices


class Loading:
    """The encoder, the recogniser and the voices as futures, which fail as reading them does."""

    def __init__(self, settings: Settings) -> None:
        """Begin to read."""
        models = Models(settings)
        threads = ThreadPoolExecutor(3, thread_name_prefix="loading")
        self.encoder = threads.submit(SentenceEncoder)
        self.recogniser = threads.submit(Recogniser.load, models, cores())
        self.voices = threads.submit(Voices.load, models, settings.data / "speech")
        threads.shutdown(wait=False)
