"""Task: what the caller wants, what was done about it, and what is left to do."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from bot.events import ActionStarted, ActionTaken, Understood
from handoff import mood
from handoff.forms import shorten
from handoff.mood_notes import FlagName
from handoff.notes import Noted, Notes
from handoff.parts import Detail, Fact, Named, Step
from handoff.people import OUT_OF_SCOPE
from handoff.wording import Wording, plain, wording

SMALL = frozenset(
    {
        "affirm",
        "are_you_human",
        "ask_person",
        "change_language",
        "correct",
        "deny",
        "dont_know",
        "goodbye",
        "greet",
        "help",
        "hold_on",
        "inform",
        "repeat",
        "slower",
        "stop",
        "thanks",
    }
)
"""Intents that say how the talk should go, not what the caller called about."""
MANY_WISHES = 3
"""Utterances that fit on a card."""


def reason(taken: Notes, words: Wording) -> Named | None:
    """Say in one line why the caller calls: the latest wish that was understood."""
    wished = wish(taken)
    if wished is None:
        return None
    intent = wished.body.intent
    text = words.say(known(taken, words), "reasons", intent) or plain(intent)
    return Named(name=intent, text=text, seq=wished.seq)


def wish(taken: Notes) -> Noted[Understood] | None:
    """Return the latest wish that was understood, a complaint only for want of another."""
    wishes = [u for u in taken.understood if u.body.intent not in SMALL | {OUT_OF_SCOPE}]
    # That someone complains says less than what about, if that is known.
    telling = [u for u in wishes if u.body.intent != "complain"]
    found = telling or wishes
    return found[-1] if found else None


def wants(taken: Notes) -> tuple[Fact, ...]:
    """Quote what the caller wants; who wants nothing but a person is quoted with that."""
    quoted = _quotes(taken, lambda intent: intent is not None and intent not in SMALL)
    quoted = quoted or _quotes(taken, lambda intent: intent in (None, "ask_person"))
    return tuple(quote for quote in quoted.values() if quote.text)[-MANY_WISHES:]


def _quotes(taken: Notes, telling: Callable[[str | None], bool]) -> dict[str, Fact]:
    """Return the utterances with a telling intent, None for one that nobody made sense of yet."""
    intents: dict[int, list[str | None]] = {seq: [] for seq in taken.spoke}
    for understood in taken.understood:
        intents.get(understood.body.of, []).append(understood.body.intent)
    quoted: dict[str, Fact] = {}
    for seq, spoke in sorted(taken.spoke.items()):
        if any(telling(intent) for intent in intents[seq] or [None]):
            words = shorten(spoke.body.words)
            quoted.pop(words, None)
            quoted[words] = Fact(text=words, seq=seq)
    return quoted


def steps(taken: Notes, words: Wording) -> tuple[Step, ...]:
    """Tell what was done or tried, in order; what was done twice in the same words, once."""
    told: dict[str, Step] = {}
    actions = taken.own_actions()
    latest = {action.body.action: action.seq for action in actions}
    for action in actions:
        # What the dialogue made of an answer belongs to the latest of its kind.
        context = known(taken, words) if latest[action.body.action] == action.seq else {}
        text = step(action.body, words, taken.refusals.get(action.seq), context)
        if text is not None:
            told.pop(text, None)
            told[text] = Step(
                text=text, seq=action.seq, action=action.body.action, result=action.body.result
            )
    for begun in taken.begun.values():
        text = words.phrase("results", "unknown", what=_action(begun.body, words))
        told[text] = Step(text=text, seq=begun.seq, action=begun.body.action, result="unknown")
    return tuple(told.values())


def step(
    action: ActionTaken,
    words: Wording,
    refusal: str | None = None,
    context: Mapping[str, Any] = MappingProxyType({}),
) -> str | None:
    """Say how an action went; None when it went well and means nothing to an agent."""
    if action.result == "ok":
        if not words.has("steps", action.action):
            return plain(action.action)
        values = {**context, **flat({**action.arguments, **action.facts})}
        return words.say(values, "steps", action.action)
    what = _action(action, words)
    if action.result == "refused" and refusal is not None:
        why = words.get("refusals", refusal) or plain(refusal)
        return words.phrase("results", "refused_because", what=what, why=why)
    return words.phrase("results", action.result, what=what)


def _action(action: ActionTaken | ActionStarted, words: Wording) -> str:
    return words.say(flat(action.arguments), "actions", action.action) or plain(action.action)


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Spread what is nested, so that a phrase can name it; the outermost name wins.

    A list counts as its length, and one with a single entry is spread as well.
    """
    found: dict[str, Any] = {}
    inner: list[Mapping[str, Any]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            inner.append(value)
        elif isinstance(value, list | tuple):
            found[name] = len(value)
            if len(value) == 1 and isinstance(value[0], Mapping):
                inner.append(value[0])
        else:
            found[name] = value
    for mapping in inner:
        for name, value in flat(mapping).items():
            found.setdefault(name, value)
    return found


def open_points(taken: Notes, words: Wording) -> tuple[Fact, ...]:
    """Name what is not finished: flows that were left, and changes that failed."""
    points = []
    for flow, changed in taken.flows.items():
        if not words.has("flows", flow):
            points.append(Fact(text=plain(flow), seq=changed.seq))
        elif text := words.say(known(taken, words), "flows", flow):
            points.append(Fact(text=text, seq=changed.seq))
    points += [Fact(text=_todo(a.body, words), seq=a.seq) for a in _failed(taken)]
    return tuple(points)


def _failed(taken: Notes) -> Iterator[Noted[ActionTaken]]:
    """Yield the changes that were tried and did not succeed later."""
    latest = {a.body.action: a for a in taken.own_actions()}
    for action in latest.values():
        if action.body.idempotency_key is not None and action.body.result != "ok":
            yield action


def _todo(action: ActionTaken, words: Wording) -> str:
    return words.phrase("results", "todo", what=_action(action, words))


def unfinished(taken: Notes) -> bool:
    """Tell whether something is open that an agent would read as such, in whatever language."""
    return bool(open_points(taken, wording("nl")))


def promise_alone(what: str, words: Wording) -> str:
    """Name a promise without its date."""
    return words.say({}, "promises", what) or plain(what)


def promised(taken: Notes, words: Wording) -> tuple[Fact, ...]:
    """Tell what was promised to the caller in this call, as far as no agent tells it again."""
    told = []
    again = {promise.text for promise in taken.wrapped.body.promises} if taken.wrapped else set()
    for promise in taken.promises:
        if promise.body.what == "callback" and taken.callbacks and promise.body.due is None:
            continue  # said below, with the number
        if promise_alone(promise.body.what, words) in again:
            continue
        due = promise.body.due
        values = {"due": due.isoformat() if due else None}
        text = words.say(values, "promises", promise.body.what) or plain(promise.body.what)
        told.append(Fact(text=text, seq=promise.seq))
    for callback in taken.callbacks:
        text = words.phrase("callback", number=callback.body.number)
        told.append(Fact(text=text, seq=callback.seq))
    return tuple(told)


def facts(taken: Notes, words: Wording) -> tuple[Detail, ...]:
    """List what the task is about, as far as it is known now; the same value once."""
    told: dict[str, Detail] = {}
    order = list(words.get("slots"))
    slots = sorted(
        taken.slots.items(),
        key=lambda item: order.index(item[0]) if item[0] in order else len(order),
    )
    for name, slot in slots:
        value = slot.body.value
        label: str | None = None
        text: str | None = None
        if name in order:
            label = words.get("slots", name, "label")
            values = {**known(taken, words), "value": known_as(name, value, words)}
            text = words.say(values, "slots", name, "value")
        elif slot.body.by == "caller" and not isinstance(value, bool):
            label, text = plain(name), shorten(str(value))
        if label and text and text != taken.customer_id:
            told.setdefault(text, Detail(name=name, label=label, text=text, seq=slot.seq))
    return tuple(told.values())


def first_sentence(taken: Notes, words: Wording) -> Fact | None:
    """Suggest what to say first: what fits the mood, else what the call is about."""
    wished = wish(taken)
    intent = wished.body.intent if wished is not None else None
    about = words.get("about", intent) if intent is not None else None
    values = {**known(taken, words), "addressed": addressed(taken, words), "about": about}
    if (when := _when(taken)) is not None:
        text = words.say(values, "first_when", when[0])
        if text is not None:
            return Fact(text=text, seq=when[1])
    if wished is None or intent is None:
        return None
    text = words.say(values, "first", intent) or words.say(values, "first", "any")
    return None if text is None else Fact(text=text, seq=wished.seq)


def _when(taken: Notes) -> tuple[str, int] | None:
    """Return what the first sentence must fit before anything else, and which event says so."""
    names: tuple[FlagName, ...] = ("crisis", "vulnerable")
    for name in names:
        if (flag := mood.flag(taken, name)) is not None:
            return name, flag
    # That we have read what was said is only true of who said something.
    upset = mood.upset(taken) if taken.spoke else None
    return None if upset is None else ("upset", upset)


def addressed(taken: Notes, words: Wording) -> str | None:
    """Return how a proven caller is addressed, at the start of a sentence in our language."""
    if taken.verified is None:
        return None
    name = taken.slots.get("customer_name")
    spoken = str(name.body.value) if name is not None else ""
    if spoken:
        title, _, rest = spoken.partition(" ")
        ours = words.get("titles", title.lower()) if rest else None
        spoken = f"{ours} {rest}" if ours else spoken
        return spoken[0].upper() + spoken[1:]
    return taken.identified.body.name if taken.identified is not None else None


def next_step(taken: Notes, words: Wording) -> Fact | None:
    """Advise the next step: the most urgent thing that the events leave undone."""
    if taken.state == "closed":
        return None
    if (danger := _danger(taken, words)) is not None:
        return danger
    for begun in taken.begun.values():
        what = _action(begun.body, words)
        return Fact(text=words.phrase("next", "check", what=what), seq=begun.seq)
    if taken.mood.measure is not None:
        measure = taken.mood.measure
        return Fact(text=words.phrase("next", measure.body.measure), seq=measure.seq)
    number = _number(taken)
    for callback in taken.callbacks:
        text = words.phrase("next", "call_back", number=callback.body.number)
        return Fact(text=text, seq=callback.seq)
    if taken.ended is not None and taken.state == "waiting" and number:
        text = words.phrase("next", "call_back", number=number)
        return Fact(text=text, seq=taken.ended.seq)
    if taken.identified is not None and taken.verified is None:
        return Fact(text=words.phrase("next", "verify"), seq=taken.identified.seq)
    for action in _failed(taken):
        return Fact(text=_todo(action.body, words), seq=action.seq)
    for point in reversed(open_points(taken, words)):
        return Fact(text=words.phrase("next", "finish", what=point.text), seq=point.seq)
    if taken.asked is not None and taken.asked.body.reason == "not_understood":
        return Fact(text=words.phrase("next", "ask"), seq=taken.asked.seq)
    return None


def _number(taken: Notes) -> str | None:
    return taken.started.body.caller_number if taken.started else None


def _danger(taken: Notes, words: Wording) -> Fact | None:
    """Advise what goes before everything else when a life or a person is in danger."""
    if (crisis := mood.flag(taken, "crisis")) is not None:
        if taken.ended is None:
            return Fact(text=words.phrase("next", "crisis"), seq=crisis)
        text = words.phrase("next", "crisis_gone", number=_number(taken))
        return Fact(text=text, seq=taken.ended.seq)
    if (threat := mood.flag(taken, "threat")) is not None:
        return Fact(text=words.phrase("next", "threat"), seq=threat)
    return None


def known(taken: Notes, words: Wording) -> dict[str, Any]:
    """Return what is known now, by slot; choices in the agent's words."""
    return {name: known_as(name, slot.body.value, words) for name, slot in taken.slots.items()}


def known_as(name: str, value: Any, words: Wording) -> Any:
    """Return a choice's code in words, anything else as it is."""
    choices = words.get("slots", name, "choices")
    return value if choices is None else choices.get(value, plain(str(value)))
