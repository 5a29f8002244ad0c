"""Actions for a caller who waits for a person: to look where in the queue."""

from bot.dialogue.action import Action, Done, Task
from bot.dialogue.place_slots import place_slots


async def _look_in_queue(task: Task) -> Done:
    """Note where the caller is among those who wait for a person."""
    return Done(slots=place_slots(await task.place(), task.zone))


ACTIONS = (Action("look_in_queue", _look_in_queue, asks_company=False),)
