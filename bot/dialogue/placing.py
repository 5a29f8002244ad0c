"""Placing: where a caller is among those who wait for a person, noted first and then said.

What is said is read from slots, so that the journal holds what the caller was told.
"""

from bot.dialogue.place_slots import place_slots
from bot.dialogue.talk import Talk
from bot.events import SlotFilled
from bot.queue import Place
from bot.say import Say


async def note_place(talk: Talk, place: Place | None) -> None:
    """Put on record what is known of the wait now, as far as it changed."""
    changed = [
        SlotFilled(slot=slot, value=value, by="flow")
        for slot, value in place_slots(place, talk.zone).items()
        if talk.state.slots.get(slot) != value
    ]
    if changed:
        await talk.record.append(*changed)


async def say_place(talk: Talk) -> Say:
    """Say the place and the wait that were noted; that the place is kept, when none is known."""
    slots = talk.state.slots
    position, wait = slots.get("queue_position"), slots.get("queue_wait")
    if position is None:
        return await talk.say("place_kept")
    name = "place_next" if position == 1 else "place"
    return await talk.say(f"{name}_and_wait" if wait is not None else name)
