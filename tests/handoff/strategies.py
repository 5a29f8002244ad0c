"""Any call at all, for property tests: likely names mixed with arbitrary content."""

from datetime import UTC, timedelta, timezone
from typing import get_args

from hypothesis import strategies as st

from bot.events import (
    ActionStarted,
    ActionTaken,
    AgentPromise,
    AngerKind,
    BargedIn,
    Body,
    BotSpoke,
    BoundarySet,
    Bridged,
    CallbackPlanned,
    CallbackPromised,
    CallbackTried,
    CallEnded,
    CallerIdentified,
    CallerSilent,
    CallerSpoke,
    CallerVerified,
    CallStarted,
    Candidate,
    ContactFiled,
    Entity,
    Evidence,
    FactDisputed,
    FlowChanged,
    HandedOn,
    HandoffRequested,
    IncidentReported,
    KeyPressed,
    Level,
    MeasureApplied,
    MessageLeft,
    MoodChanged,
    MoodHeard,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    PromiseMade,
    Returned,
    Sign,
    SlotFilled,
    StepReached,
    Trend,
    TurnTimed,
    Understood,
    WaitEnded,
    WarningGiven,
    WrappedUp,
)
from handoff.disputes import FIELDS
from tests.handoff.calls import START

words = st.text(max_size=40)
names = st.text(st.characters(categories=["Ll", "Nd"], include_characters="_"), min_size=1)
languages = st.sampled_from(["nl", "en"])
customers = st.sampled_from(["471109", "471203"])
numbers = st.sampled_from(["+31612345678", "+441514960000", "anonymous", "+"])
seqs = st.integers(1, 30)
# Events are in UTC; what is due may have an offset. Named zones repeat an hour each autumn,
# in which moments are not equal to themselves.
moments = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))]))
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False),
    words,
    st.sampled_from(["84.20", "2026-11-12", "2026-11-24T14:30:00+01:00", "none", "2026-118"]),
)
json = st.recursive(
    values,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(names | words, inner, max_size=3)
    ),
    max_leaves=8,
)
contacts = st.lists(
    st.fixed_dictionaries(
        {"at": values},
        optional={"channel": values, "agent": values, "summary": values, "promised": values},
    ),
    max_size=3,
)
facts = st.dictionaries(
    st.sampled_from(["contacts", "invoices", "start", "sent_to", "months"]) | names,
    contacts | json,
    max_size=3,
)
actions = names | st.sampled_from(["find_invoices", "book", "move", "send_payment_link"])
arguments = st.dictionaries(
    names | st.sampled_from(["customer", "invoice"]), customers | json, max_size=2
)
slots = names | st.sampled_from(
    ["invoice", "paid_on", "paid_amount", "subject", "customer_name", "refusal", "verify_failures"]
)
flows = names | st.sampled_from(["check_payment", "payment_link", "handoff", "verify"])
intents = names | st.sampled_from(["check_payment", "out_of_scope", "stop", "complain", "inform"])
keys = st.sampled_from(["k1", "k2"])
reasons = st.sampled_from(get_args(HandoffRequested.model_fields["reason"].annotation))
signs = st.sampled_from(get_args(Sign))
shares = st.floats(0, 1)
measured = ["louder_db", "higher_st", "repeated", "waited_s", "failed_tries", "earlier_calls"]
evidence = st.lists(
    st.builds(Evidence, source=st.just("words"), name=signs | names, words=words)
    | st.builds(
        Evidence,
        source=st.sampled_from(["voice", "course"]),
        name=st.sampled_from(measured) | names,
        value=st.none() | st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float),
    ),
    max_size=4,
).map(tuple)
heard_signs = st.lists(signs, max_size=3).map(tuple)
entities = st.lists(
    st.builds(Entity, name=names, value=words, text=words, start=seqs, end=seqs), max_size=2
)
rankings = st.lists(
    st.builds(Candidate, intent=intents, confidence=st.floats(0, 1)), max_size=2
).map(tuple)

agents = st.sampled_from(["Sem", "Noor"])
bodies: st.SearchStrategy[Body] = st.one_of(
    st.builds(
        CallStarted,
        line=st.sampled_from(["twilio", "browser"]) | names,
        language=languages,
        caller_number=st.none() | numbers,
    ),
    st.builds(CallerSpoke, words=words, confidence=st.floats(0, 1), language=languages),
    st.builds(KeyPressed, key=st.sampled_from("0123456789*#")),
    st.builds(CallerSilent, seconds=st.floats(0, 1e6)),
    st.builds(BotSpoke, words=words, language=languages, answer=st.none() | words),
    st.builds(BargedIn, of=seqs, heard=words),
    st.builds(TurnTimed, of=seqs, stages=st.dictionaries(names, st.floats(0, 30), max_size=3)),
    st.builds(
        Understood,
        of=seqs,
        intent=intents,
        confidence=st.floats(0, 1),
        entities=entities.map(tuple),
        ranking=rankings,
    ),
    st.builds(
        FlowChanged,
        flow=flows,
        change=st.sampled_from(
            ["queued", "started", "interrupted", "resumed", "completed", "cancelled"]
        ),
    ),
    st.builds(StepReached, flow=flows, step=names, tries=st.integers(0, 3)),
    st.builds(
        SlotFilled,
        slot=slots,
        value=values,
        by=st.sampled_from(["caller", "company", "line", "flow"]),
    ),
    st.builds(
        CallerIdentified,
        customer_id=customers,
        name=words,
        how=st.sampled_from(["number_on_line", "customer_number"]),
    ),
    st.builds(
        CallerVerified,
        customer_id=customers,
        factors=st.tuples(names, st.sampled_from(["postcode", "number_on_line"])),
    ),
    st.builds(ActionStarted, action=actions, arguments=arguments, idempotency_key=keys),
    st.builds(
        ActionTaken,
        action=actions,
        arguments=arguments,
        result=st.sampled_from(["ok", "refused", "unavailable", "timeout", "invalid"]),
        facts=facts,
        idempotency_key=st.none() | keys,
    ),
    st.builds(
        PromiseMade,
        what=names | st.sampled_from(["callback", "payment_plan_decision"]),
        due=st.none() | moments,
    ),
    st.builds(
        MoodHeard,
        of=seqs,
        signs=heard_signs,
        unsure=heard_signs,
        anger=shares,
        by_words=shares,
        by_voice=st.none() | shares,
        evidence=evidence,
    ),
    st.builds(
        MoodChanged,
        level=st.sampled_from(get_args(Level)),
        trend=st.sampled_from(get_args(Trend)),
        anger_kind=st.sampled_from(get_args(AngerKind)),
        anger=shares,
        evidence=evidence,
    ),
    st.builds(BoundarySet, of=seqs, sign=signs),
    st.builds(WarningGiven, of=seqs, sign=signs),
    st.builds(IncidentReported, of=seqs, sign=signs, urgent=st.booleans(), evidence=evidence),
    st.builds(
        MeasureApplied,
        measure=st.sampled_from(["trained_team", "warning_on_file"]),
        incident=words,
    ),
    st.builds(HandoffRequested, reason=reasons),
    st.builds(OfferMade, agent=agents, until=moments, why=st.just(("idle",))),
    st.builds(OfferDeclined, agent=agents),
    st.builds(OfferExpired, agent=agents),
    st.builds(OfferWithdrawn, agent=agents, why=st.sampled_from(["caller_gone", "taken"])),
    st.builds(OfferAccepted, agent=agents | words, talk=st.booleans()),
    st.builds(HandedOn, agent=agents, to=st.none() | agents, note=words),
    st.builds(WaitEnded, why=st.sampled_from(["resolved", "no_longer_wanted"])),
    st.builds(Bridged, agent=words),
    st.builds(
        Returned,
        agent=words,
        why=st.sampled_from(["given_back", "lost"]),
        task=st.none() | flows,
    ),
    st.builds(CallbackPromised, number=numbers | words),
    st.builds(
        WrappedUp,
        agent=words,
        disposition=st.sampled_from(["solved", "callback_made", "not_reached", "passed_on"]),
        note=words,
        done=words,
        promises=st.lists(
            st.builds(AgentPromise, text=words, due=st.none() | moments), max_size=2
        ).map(tuple),
    ),
    st.builds(MessageLeft, of=st.lists(seqs, max_size=3).map(tuple)),
    st.builds(
        FactDisputed,
        agent=words,
        field=st.sampled_from(FIELDS) | names,
        of=st.none() | seqs,
        was=words,
        now=words,
    ),
    st.builds(CallbackPlanned, agent=st.none() | words, due=moments, number=numbers, about=words),
    st.builds(
        CallbackTried,
        of=seqs,
        agent=words,
        result=st.sampled_from(["reached", "not_reached", "no_longer_needed"]),
    ),
    st.builds(
        ContactFiled,
        of=seqs,
        result=st.sampled_from(["filed", "retrying", "refused", "nobody", "gave_up"]),
    ),
    st.builds(
        CallEnded,
        outcome=st.sampled_from(
            ["resolved", "handed_off", "abandoned", "interrupted", "ended_for_abuse"]
        ),
        by=st.sampled_from(["caller", "bot", "system"]),
    ),
)
calls = st.lists(bodies, min_size=1, max_size=25)
stamps = st.just(START) | moments
