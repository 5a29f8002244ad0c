"""Conference: who hears whom while a person talks with a caller, as a rule that can be read.

Nobody but the agent hears a whisper. The caller hears no consult, and nobody hears the caller
during one. A supervisor hears nothing before the agent was told of it.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["caller", "agent", "colleague", "supervisor"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Who takes part in a talk at most, one of each."""

ColleaguePart = Literal["out", "consult", "all"]
"""`consult`: with the agent alone; `all`: with the caller too."""
SupervisorPart = Literal["out", "listen", "whisper"]


@dataclass(frozen=True)
class Conference:
    """How a talk stands."""

    open: bool = False
    """Caller and agent were brought together."""
    colleague: ColleaguePart = "out"
    supervisor: SupervisorPart = "out"
    announced: bool = False
    """The agent was told of the supervisor."""

    @property
    def on_hold(self) -> bool:
        """Whether the caller hears music, and nobody hears the caller."""
        return self.open and self.colleague == "consult"

    def hears(self, listener: Role, speaker: Role) -> bool:
        """Tell whether one hears the other; nobody hears themselves."""
        if not self.open or listener == speaker:
            return False
        match listener, speaker:
            case ("caller", "agent") | ("agent", "caller"):
                return not self.on_hold
            case ("agent", "colleague") | ("colleague", "agent"):
                return self.colleague != "out"
            case ("caller", "colleague") | ("colleague", "caller"):
                return self.colleague == "all"
            case "agent", "supervisor":
                return self.announced and self.supervisor == "whisper"
            case "supervisor", _:
                heard = speaker == "agent" or self.hears("agent", speaker)
                return self.announced and self.supervisor != "out" and heard
            case _:
                return False
