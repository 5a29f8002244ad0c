"""Ear: a caller's telephone that notes when the bot's sound stuttered, and when it was cleared.

    bot's messages   media media mark       media . . . media   clear
    played           ~~~~~ ~~~~~            ~~~~~|       ~~~~~|
                                 no gap          |<-gap->|    silent

A gap is told from a pause by the marks that end whatever the bot says: sound that runs out
before its mark came too late. Where a bot sends no marks, a silence of less than
`NEW_ANSWER_S` is taken for a gap.
"""

from bot.line.robot_handset import RATE, Handset
from bot.line.twilio_messages import ClearMessage, MarkMessage, MediaMessage, Outbound

GAP_S = 0.06
"""A silence within the bot's speech that a listener takes for a stutter."""
NEW_ANSWER_S = 0.6
"""Silence after which more sound is another answer, where the bot sends no marks."""


class Ear(Handset):
    """A handset that remembers what a listener would complain of."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps_s: list[float] = []
        """Silences within what the bot said, in seconds."""
        self.cleared: list[int] = []
        """Samples at which the bot took back what it had sent: it was silent from then on."""
        self._marks = False
        self._open = False
        """Whether sound came after the last mark."""
        self._dry_since: int | None = None

    def receive(self, message: Outbound) -> list[str]:
        """Take what the bot sent; returns marks to send back at once."""
        match message:
            case MediaMessage():
                self._refilled()
                self._open = True
            case MarkMessage():
                self._marks, self._open, self._dry_since = True, False, None
            case ClearMessage():
                if self.playing or self._open:
                    self.cleared.append(self.now)
                self._open, self._dry_since = False, None
        return super().receive(message)

    def tick(self) -> tuple[bytes, list[str]]:
        """Pass 20 ms, as a handset does."""
        played = super().tick()
        if self._open and not self._to_play and self._dry_since is None:
            self._dry_since = self.now
        return played

    def _refilled(self) -> None:
        if self._dry_since is not None:
            seconds = (self.now - self._dry_since) / RATE
            pause = not self._marks and seconds >= NEW_ANSWER_S
            if seconds > GAP_S and not pause and not self._music:
                self.gaps_s.append(round(seconds, 3))
        self._dry_since = None
