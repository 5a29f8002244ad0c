"""Noise: what long noise cut the bot off in, which is said once more when it is over.

A turn that lasts for longer than a nod interrupts the bot for good. When not one word comes
of it, the caller has lost what the bot was saying, and may wait for it in silence.
"""

from bot.say import Say


class CutOff:
    """What was cut off by a turn of which it is not known yet whether it has words."""

    def __init__(self) -> None:
        self._says: list[Say] = []
        self._open = False
        self._over = False

    def begin(self, says: list[Say]) -> None:
        """Keep what a turn without a word so far has cut off."""
        self._says, self._open, self._over = says, True, False

    def add(self, say: Say) -> None:
        """Keep what was about to be said too, if it was such a turn that cut the bot off."""
        if self._open:
            self._says.append(say)

    def turn_begins(self) -> None:
        """Take that there is sound again: of the new turn too it is to be known first."""
        self._over = False

    def turn_was_noise(self) -> None:
        """Take that the last turn had no words."""
        self._over = self._open

    def forget(self) -> None:
        """Say none of it again: words came, or something else was said."""
        self._says, self._open, self._over = [], False, False

    def take(self) -> list[Say]:
        """Return what to say once more, once; nothing while the noise may not be over."""
        if not self._over:
            return []
        says = self._says
        self.forget()
        return says
