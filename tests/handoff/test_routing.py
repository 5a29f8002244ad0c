"""Who gets whom: rules that always hold, a fit that can be explained, and loudness buys nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.events import Language
from handoff.heaviness import Heaviness
from handoff.load import Load
from handoff.routing import Free, Waiting, in_order, matches, may_take, overflows
from handoff.routing_rules import load_rules

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
RULES = load_rules()
DUTCH: frozenset[Language] = frozenset({"nl"})
HEAVY = Heaviness(4, heavy=True)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def caller(name: str = "c", *, waited: float = 60, points: float = 0, **more: Any) -> Waiting:
    return replace(
        Waiting(name, "nl", ago(waited), points=points, heavy=points >= 2),
        **more,
    )


def agent(name: str = "a", *, idle: float = 60, **more: Any) -> Free:
    return replace(
        Free(name, DUTCH, ago(idle), worked_week_h=20),
        **more,
    )


def after_heavy(minutes: float = 5, times: int = 1) -> Load:
    load = Load()
    for _ in range(times):
        load = load.after_call(HEAVY, ago(minutes * 60), RULES.load)
    return load


def pairs(callers: list[Waiting], agents: list[Free]) -> dict[str, str]:
    return {m.caller.call_id: m.agent.name for m in matches(callers, agents, NOW, RULES)}


def test_who_waits_longest_comes_first() -> None:
    """With one agent free, the longest waiting caller gets the agent."""
    assert pairs([caller("late", waited=10), caller("early", waited=50)], [agent()]) == {
        "early": "a"
    }


def test_a_crisis_goes_ahead_of_everyone() -> None:
    """A crisis gets the only agent, however short it waits and however full that agent is."""
    crisis = caller("crisis", waited=1, points=5, urgency=2)
    full = agent(load=after_heavy(times=9))
    assert pairs([caller("early", waited=500), crisis], [full]) == {"crisis": "a"}


def test_a_good_customer_gains_a_minute_and_no_more() -> None:
    """Value moves a caller ahead by the set seconds at most."""
    rich = caller("rich", waited=0, value=1.0)
    assert in_order([caller("p", waited=59), rich], NOW, RULES)[0].call_id == "rich"
    assert in_order([caller("p", waited=61), rich], NOW, RULES)[0].call_id == "p"


def test_language_skill_and_training_are_never_bent() -> None:
    """Who does not speak it, can't do it or is not trained for it does not get the call."""
    plain = agent()
    assert not may_take(plain, caller(language="en"), NOW, RULES)
    assert not may_take(plain, caller(skill="payments"), NOW, RULES)
    assert not may_take(plain, caller(trained_only=True), NOW, RULES)
    able = agent(languages=frozenset({"en"}), skills=frozenset({"payments"}), trained=True)
    asked = caller(language="en", skill="payments", trained_only=True)
    assert may_take(able, asked, NOW, RULES)


def test_a_heavy_call_goes_to_who_did_not_just_have_one() -> None:
    """While another who fits is free, nobody gets two heavy calls in a row."""
    tired = agent("tired", idle=600, load=after_heavy(), asked_for_heavy=True)
    assert pairs([caller(points=4)], [tired, agent("rested", idle=1)]) == {"c": "rested"}


def test_a_heavy_call_waits_a_moment_for_somebody_rested_and_then_no_longer() -> None:
    """With only a tired agent free, the caller waits for the grace set, and is then helped."""
    tired = agent("tired", load=after_heavy())
    grace = RULES.load.rest_grace_s
    assert pairs([caller(points=4, waited=grace - 1)], [tired]) == {}
    assert pairs([caller(points=4, waited=grace + 1)], [tired]) == {"c": "tired"}


def test_a_light_call_goes_to_who_just_had_a_heavy_one() -> None:
    """Routine is a rest: the light call goes to the tired agent, and says so."""
    tired = agent("tired", load=after_heavy())
    [match] = matches([caller()], [agent("fresh"), tired], NOW, RULES)
    assert match.agent.name == "tired"
    assert match.why[0].name == "rested"


def test_a_full_measure_takes_no_more_heavy_calls() -> None:
    """Above the cap a heavy call waits for another; a light one is taken."""
    full = agent(load=after_heavy(times=4))
    assert pairs([caller(points=4)], [full]) == {}
    assert pairs([caller()], [full]) == {"c": "a"}


def test_who_promised_something_is_preferred_and_told_so() -> None:
    """Continuity outweighs idle time, and the card can say why."""
    [match] = matches(
        [caller(promised_by=frozenset({"Sem"}))],
        [agent("Noor", idle=900), agent("Sem", idle=1)],
        NOW,
        RULES,
    )
    assert (match.agent.name, match.why[0].name) == ("Sem", "promised")


def test_a_caller_whom_nobody_fits_does_not_hold_up_the_next() -> None:
    """An English caller without an English agent lets the Dutch one pass."""
    english = caller("en", waited=99, language="en")
    assert pairs([english, caller("nl", waited=1)], [agent()]) == {"nl": "a"}


def test_after_the_set_time_a_call_back_is_due() -> None:
    """Overflow begins at the set second, not before."""
    limit = RULES.place.overflow_after_s
    assert not overflows(caller(waited=limit - 1), NOW, RULES)
    assert overflows(caller(waited=limit), NOW, RULES)


waiting = st.builds(
    lambda n, lang, waited, points, value, urgency, trained: Waiting(
        f"c{n}", lang, ago(waited), None, urgency, points, points >= 2, value, frozenset(), trained
    ),
    st.integers(0, 999),
    st.sampled_from(["nl", "en"]),
    st.floats(0, 2000),
    st.floats(0, 8),
    st.floats(0, 1),
    st.sampled_from([0, 0, 0, 1, 2]),
    st.booleans(),
)
free = st.builds(
    lambda n, langs, idle, trained, asked, heavies, minutes: Free(
        f"a{n}", frozenset(langs), ago(idle), frozenset(), trained, asked,
        after_heavy(minutes, heavies), 20,
    ),
    st.integers(0, 999),
    st.sets(st.sampled_from(["nl", "en"]), min_size=1),
    st.floats(0, 5000),
    st.booleans(),
    st.booleans(),
    st.integers(0, 5),
    st.floats(0, 600),
)  # fmt: skip
crowd = st.lists(waiting, max_size=8, unique_by=lambda c: c.call_id)
team = st.lists(free, max_size=8, unique_by=lambda a: a.name)


@given(crowd, team)
def test_nobody_is_matched_twice_and_every_rule_holds(
    callers: list[Waiting], agents: list[Free]
) -> None:
    """Whatever waits and whoever is free, each is used once and no rule is bent."""
    found = matches(callers, agents, NOW, RULES)
    assert len({m.caller.call_id for m in found}) == len(found)
    assert len({m.agent.name for m in found}) == len(found)
    for match in found:
        assert may_take(match.agent, match.caller, NOW, RULES)


@given(crowd, team)
def test_two_heavy_calls_in_a_row_are_never_avoidable(
    callers: list[Waiting], agents: list[Free]
) -> None:
    """Who gets a heavy call after a heavy one was the last choice among all left free."""
    found = matches(callers, agents, NOW, RULES)
    left = {a.name for a in agents} - {m.agent.name for m in found}
    for match in found:
        if match.caller.heavy and match.agent.load.last_was_heavy:
            assert not [
                a
                for a in agents
                if a.name in left
                and may_take(a, match.caller, NOW, RULES)
                and not a.load.last_was_heavy
            ]


@given(crowd, st.floats(0, 8))
def test_being_loud_buys_no_place(callers: list[Waiting], points: float) -> None:
    """The order of callers is the same whatever their calls weigh."""
    louder = [replace(c, points=points, heavy=points >= 2) for c in callers]
    assert [c.call_id for c in in_order(callers, NOW, RULES)] == [
        c.call_id for c in in_order(louder, NOW, RULES)
    ]


@given(crowd, team)
def test_nobody_who_can_be_helped_is_left_waiting(
    callers: list[Waiting], agents: list[Free]
) -> None:
    """No light caller waits while somebody who may take the call stays free."""
    found = matches(callers, agents, NOW, RULES)
    helped = {m.caller.call_id for m in found}
    left = [a for a in agents if a.name not in {m.agent.name for m in found}]
    for one in callers:
        if one.call_id not in helped and not one.heavy:
            assert not any(may_take(a, one, NOW, RULES) for a in left)


def test_who_passed_is_asked_after_all_others() -> None:
    """Who was asked before comes last, who said no is not asked, a colleague is asked alone."""
    long_free, just_free = agent("a", idle=600), agent("b", idle=1)
    both = [long_free, just_free]
    assert pairs([caller(last=frozenset({"a"}))], both) == {"c": "b"}
    assert pairs([caller(last=frozenset({"a"}))], [long_free]) == {"c": "a"}
    assert pairs([caller(never=frozenset({"a"}))], [long_free]) == {}
    assert pairs([caller(only="b")], both) == {"c": "b"}
    assert pairs([caller(only="b")], [long_free]) == {}


def test_another_skill_will_do_when_the_rules_say_so() -> None:
    """The skill that is asked for, or one that will do by now; nothing else."""
    technical = agent(skills=frozenset({"technical"}))
    assert pairs([caller(skill="billing")], [technical]) == {}
    assert pairs([caller(skill="billing", also=frozenset({"technical"}))], [technical]) == {
        "c": "a"
    }
