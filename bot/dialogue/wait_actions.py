"""Actions for a caller who waits: where in the queue, and a message for who comes."""

import re

from bot.dialogue.action import Action, Done, Task
from bot.dialogue.place_slots import place_slots
from bot.events import MessageLeft, PromiseMade

_DONE = re.compile(
    r"\b(?:(?:dat|dit) (?:was|is) (?:het|alles|mijn (?:bericht|boodschap))|ik ben klaar|"
    r"einde (?:bericht|boodschap)|that(?:'s| is| was) (?:it|all|my message|everything)|"
    r"i(?:'m| am) done|end of message|tot ziens|doei|goodbye|bye)\b\W*"
    r"(?:(?:dank ?u|dank je|bedankt|thanks?|thank you|dag|bye|wel|hoor)\W*)*$",
    re.IGNORECASE,
)


def says_done(words: str) -> bool:
    """Whether words end a message."""
    return bool(_DONE.search(words))


def message_of(spoken: tuple[tuple[int, str], ...]) -> tuple[int, ...]:
    """Return the `seq` of what belongs to a message, without a closing that says nothing else."""
    return tuple(seq for seq, words in spoken if _DONE.sub("", words).strip(" .,!?"))


async def _look_in_queue(task: Task) -> Done:
    """Note where the caller is among those who wait for a person."""
    return Done(slots=place_slots(await task.place(), task.zone))


async def _leave_message(task: Task) -> Done:
    """Put what was dictated on the card, and promise that it is read."""
    of = message_of(task.state.wait.spoken)
    if not of:
        return Done(slots={"message": False})
    return Done(
        slots={"message": True}, events=(MessageLeft(of=of), PromiseMade(what="message_read"))
    )


ACTIONS = (
    Action("look_in_queue", _look_in_queue, asks_company=False),
    Action("leave_message", _leave_message, asks_company=False),
)
