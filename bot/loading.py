"""Loading: the models that every call uses, read in threads while Python does other things.

It takes three seconds of a core, two of which leave Python free (the encoder's do not). So
`kalm serve` begins with it, and imports meanwhile what it needs besides, which takes as long.
"""

from concurrent.futures import ThreadPoolExecutor

from bot import first_learning
from bot.encoder import SentenceEncoder
from bot.hearing.pool import Recogniser
from bot.machine import cores
from bot.models import Models
from bot.settings import Settings
from bot.speaking.voices import Voices


class Loading:
    """The encoder, the recogniser and the voices as futures, which fail as reading them does.

    Args:
        settings: Where the models are.
        learn: Whether to learn in a process of its own meanwhile, if nothing was learned yet.
    """

    def __init__(self, settings: Settings, *, learn: bool = False) -> None:
        self.learned = (
            first_learning.begin(settings.intents, settings.data / "understanding")
            if learn
            else None
        )
        """Done when what is to be learned from the folder is in the cache, if it could be."""
        models = Models(settings)
        threads = ThreadPoolExecutor(3, thread_name_prefix="loading")
        self.encoder = threads.submit(SentenceEncoder)
        self.recogniser = threads.submit(Recogniser.load, models, cores())
        self.voices = threads.submit(Voices.load, models, settings.data / "speech")
        threads.shutdown(wait=False)
