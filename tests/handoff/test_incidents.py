"""Whatever a call reports has its incident, and only a supervisor who read it decides on it."""

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta
from tempfile import TemporaryDirectory
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bot.events import (
    Body,
    CallEnded,
    CallerIdentified,
    CallerSpoke,
    CallerVerified,
    CallStarted,
    IncidentReported,
    Sign,
    WarningGiven,
)
from bot.journal import JournalFull
from handoff.deciding import ChangedMeanwhile, Deciding, IncidentUnknown, Refused
from handoff.incident_parts import Incident, IncidentFile
from handoff.incident_record import record
from handoff.incidents import Incidents
from handoff.rules import Decision, own_rules
from handoff.store import DurableJournal
from handoff.store.incident_rows import fold
from handoff.store.tables import calls, events
from handoff.wording import wording
from tests.handoff.calls import START, nl, told
from tests.handoff.conftest import AMSTERDAM, HandClock, only_sqlite
from tests.handoff.incident_calls import (
    HEAVY,
    IDENTIFIED,
    NUMBER,
    STARTED,
    THREAT,
    VERIFIED,
    bot,
    report,
)
from tests.handoff.strategies import calls as any_calls

SIGNS: list[Sign] = ["threat", "insult_person", "crisis", "vulnerable", "discrimination"]


@pytest.fixture
def incidents(journal: DurableJournal, clock: HandClock) -> Incidents:
    return Incidents(journal, clock, AMSTERDAM)


@pytest.fixture
def deciding(journal: DurableJournal, clock: HandClock) -> Deciding:
    return Deciding(journal, clock, AMSTERDAM)


async def the_file(incidents: Incidents, number: int = 1) -> IncidentFile:
    found = await incidents.file(number, "nl")
    assert found is not None
    return found


async def the_open(incidents: Incidents) -> list[tuple[str, str]]:
    return [(i.call_id, i.sign) for i in await incidents.listed("open")]


# How they come about.


async def test_a_report_opens_an_incident(incidents: Incidents, journal: DurableJournal) -> None:
    """It has the moment, the sign, what it weighs and who called, told apart by proof."""
    await journal.open("c1", *THREAT)
    (threat,) = await incidents.listed("open")
    assert (threat.call_id, threat.sign, threat.level, threat.moment) == (
        "c1",
        "threat",
        "urgent",
        4,
    )
    assert (threat.number, threat.customer, threat.verified) == (NUMBER, "471109", False)
    assert threat.name == "Mw. J. de Vries"
    await journal.append("c1", VERIFIED)
    assert (await the_file(incidents)).verified


async def test_one_incident_a_sign(
    incidents: Incidents, journal: DurableJournal, clock: HandClock
) -> None:
    """Another report of the same sign is more evidence; another sign is another incident."""
    await journal.open("c1", *THREAT)
    clock.forward(seconds=20)
    await journal.append("c1", nl("ik kom eraan"), report(7), report(7, "insult_person"))
    threat, insult = await incidents.listed("open")
    assert (threat.reports, threat.moment, threat.latest - threat.opened) == (
        2,
        4,
        timedelta(seconds=20),
    )
    assert (insult.sign, insult.reports, insult.level) == ("insult_person", 1, "low")
    file = await the_file(incidents)
    assert [moment.of for moment in file.record.moments] == [4, 7]
    assert [other.id for other in file.same_call] == [insult.id]


async def test_events_that_report_nothing_change_nothing(
    incidents: Incidents, journal: DurableJournal
) -> None:
    """Calls without a report have no incident; what an incident rests on is folded once."""
    await journal.open("c0", STARTED, IDENTIFIED, nl("goedemiddag"))
    await journal.open("c1", *THREAT)
    before = await the_file(incidents)
    await journal.append("c1", nl("sorry"), bot("Dat geeft niet."), IDENTIFIED)
    assert (await the_file(incidents)).version == before.version
    assert await the_open(incidents) == [("c1", "threat")]


@only_sqlite
async def test_the_event_and_its_incident_are_one(
    incidents: Incidents, journal: DurableJournal
) -> None:
    """When the incident can't be stored, neither is the report, and the call goes on."""
    await journal.open("c1", STARTED)
    async with journal.database.writing.begin() as connection:
        await connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON incidents BEGIN SELECT RAISE(FAIL, 'full'); END"
        )
    with pytest.raises(JournalFull):
        await journal.append("c1", nl("pas maar op"), report(2))
    assert len(await journal.read("c1")) == 1
    assert await incidents.listed("open") == []
    assert [e.seq for e in await journal.append("c1", nl("pas maar op"))] == [2]


async def test_two_processes_report_in_one_call(
    incidents: Incidents, journal: DurableJournal, url: str, clock: HandClock
) -> None:
    """Reports that are stored at the same time are all counted, in one incident."""
    await journal.open("c1", STARTED, nl("pas maar op"))
    async with DurableJournal(url, clock) as other:
        await asyncio.gather(
            *(each.append("c1", report(2)) for each in [journal, other] for _ in range(8))
        )
    (threat,) = await incidents.listed("open")
    assert (threat.reports, threat.version) == (16, 16)


@pytest.mark.parametrize(
    ("told", "level"),
    [
        ([report(2, "threat")], "urgent"),
        ([report(2, "crisis")], "urgent"),
        ([report(2, "vulnerable")], "low"),
        ([report(2, "vulnerable", urgent=True)], "urgent"),
        ([report(2, "discrimination")], "high"),
        ([report(2, "insult_person")], "low"),
        ([report(2, "insult_person")] * 3, "high"),
        ([WarningGiven(of=2, sign="insult_person"), report(2, "insult_person")], "high"),
        ([report(2, "insult_person"), WarningGiven(of=2, sign="insult_person")], "low"),
        ([WarningGiven(of=2, sign="insult_person"), report(2, "vulnerable")], "low"),
        ([report(2, "insult_person"), CallEnded(outcome="ended_for_abuse", by="bot")], "high"),
        ([report(2, "insult_person"), CallEnded(outcome="abandoned", by="caller")], "low"),
        ([report(2, "vulnerable"), CallEnded(outcome="ended_for_abuse", by="bot")], "low"),
    ],
)
def test_levels(told: list[Body], level: str) -> None:
    """What it weighs follows from the sign, how often, and whether the call was ended for it."""
    (row,) = fold([(body, START) for body in (STARTED, nl("..."), *told)], own_rules())
    assert row["level"] == level


@pytest.mark.parametrize("number", [None, "anonymous", "+266696687", "client:anna", "+31", ""])
async def test_a_hidden_number_is_no_number(
    incidents: Incidents, journal: DurableJournal, number: str | None
) -> None:
    """What carriers send for a hidden number is not kept as the number of anyone."""
    await journal.open("c1", CallStarted(line="twilio", language="nl", caller_number=number))
    await journal.append("c1", nl("pas op"), report(2))
    assert (await the_file(incidents)).number is None


async def test_a_corrected_customer_is_not_blamed(
    incidents: Incidents, journal: DurableJournal
) -> None:
    """Who turned out not to be the caller is not in the incident, proof included."""
    await journal.open("c1", STARTED, IDENTIFIED, VERIFIED, nl("pas op"), report(4))
    other = CallerIdentified(customer_id="471203", name="Dhr. Bos", how="customer_number")
    await journal.append("c1", other)
    file = await the_file(incidents)
    assert (file.customer, file.verified) == ("471203", False)


# What is shown.


async def test_the_order_of_open_ones(
    incidents: Incidents, journal: DurableJournal, clock: HandClock
) -> None:
    """Urgent ones first, of those the oldest first; then the others likewise."""
    signs: list[tuple[str, Sign]] = [
        ("a", "insult_person"),
        ("b", "crisis"),
        ("c", "discrimination"),
    ]
    for call, sign in signs:
        await journal.open(call, STARTED, nl("x"), report(2, sign))
        clock.forward(minutes=1)
    await journal.open("d", STARTED, nl("x"), report(2, "threat"))
    assert [call for call, _ in await the_open(incidents)] == ["b", "d", "a", "c"]


async def test_what_was_said_to_the_caller(incidents: Incidents, journal: DurableJournal) -> None:
    """Boundary, warning and ending are told in the bot's own words, with their order."""
    await journal.open("c1", *HEAVY)
    record = (await the_file(incidents)).record
    assert [(said.occasion, said.text) for said in record.said] == [
        ("boundary", "Ik wil u graag helpen. Zo kan dat niet."),
        ("warning", "Als dit doorgaat, beëindig ik het gesprek."),
        ("ending", "Ik beëindig dit gesprek. Dag."),
    ]
    assert (record.warnings, record.warnings_after, record.ended_for_abuse) == (1, 0, True)
    (moment,) = record.moments
    assert moment.words == "kom hier dan zal ik je pakken"
    assert moment.because == ("zal ik je pakken",)


async def test_the_part_of_the_conversation(incidents: Incidents, journal: DurableJournal) -> None:
    """Lines around each moment are shown, those far from any are left out."""
    chat: list[Body] = [nl(f"regel {n}") for n in range(2, 61)]
    await journal.open("c1", STARTED, *chat)
    await journal.append("c1", report(20), report(50))
    lines = (await the_file(incidents)).record.lines
    seqs = [line.seq for line in lines if line.by == "caller"]
    assert seqs == [*range(14, 27), *range(44, 57)]
    assert [line.seq for line in lines if line.moment] == [20, 50]
    assert [line.seq for line in lines if line.after_gap] == [14, 44]


async def test_the_words_go_with_the_conversation(
    incidents: Incidents, deciding: Deciding, journal: DurableJournal
) -> None:
    """When retention removes a call, nothing that was said is left; the decision is."""
    await journal.open("c1", *THREAT)
    await deciding.decide(1, ["letter"], by="Kim", why="brief gestuurd", version=1)
    async with journal.database.writing.begin() as connection:
        await connection.execute(delete(events))
        await connection.execute(delete(calls))
    file = await the_file(incidents)
    assert not file.conversation_kept
    assert "brand" not in file.model_dump_json()
    assert [decided.why for decided in file.history] == ["brief gestuurd"]


async def test_nothing_is_recorded(incidents: Incidents, journal: DurableJournal) -> None:
    """The record says plainly that there is no sound, and has no field for it."""
    await journal.open("c1", *THREAT)
    shown = (await the_file(incidents)).model_dump()
    assert shown["recorded"] is False
    assert "audio" not in shown


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_sign_rule_and_measure_has_its_words(language: Any) -> None:
    """A supervisor never reads a bare name."""
    words, rules = wording(language), own_rules()
    assert [s for s in get_args(Sign) if not words.has("incidents", "signs", s)] == []
    names = [proposal.name for proposal in rules.proposals]
    assert [n for n in names if not words.has("incidents", "rules", n)] == []
    assert [d for d in get_args(Decision) if not words.has("incidents", "measures", d)] == []


# What is proposed.


async def proposed(
    incidents: Incidents, journal: DurableJournal, call: str, *bodies: Body
) -> tuple[str, tuple[Decision, ...]]:
    await journal.open(call, *bodies)
    latest = max(i.id for i in await incidents.listed("open"))
    proposal = (await the_file(incidents, latest)).proposal
    return proposal.rule, proposal.measures


async def test_a_threat_proposes_a_letter_and_the_trained_team(
    incidents: Incidents, journal: DurableJournal
) -> None:
    """A threat is answered at once, whether there was anything before or not."""
    rule = await proposed(incidents, journal, "c1", *THREAT)
    assert rule == ("threat", ("letter", "trained_team"))


async def test_heavy_abuse_again_proposes_a_warning_on_file(
    incidents: Incidents, deciding: Deciding, journal: DurableJournal, clock: HandClock
) -> None:
    """Twice within 90 days from one number weighs more; what was nothing does not count."""
    insult = (STARTED, nl("x"), report(2, "discrimination"))
    assert (await proposed(incidents, journal, "c1", *insult))[0] == "heavy"
    clock.forward(days=89)
    again = await proposed(incidents, journal, "c2", *insult)
    assert again == ("second_time", ("letter", "warning_on_file"))
    clock.forward(days=1)
    third = await proposed(incidents, journal, "c3", *insult)
    assert third == ("third_time", ("letter", "trained_team"))
    await deciding.decide(1, ["nothing"], by="Kim", version=1)
    assert (await the_file(incidents, 3)).proposal.rule == "second_time"
    await deciding.decide(2, ["letter"], by="Kim", why="x", version=1)
    await deciding.revoke(2, by="Kim", why="bezwaar gegrond", version=2)
    assert (await the_file(incidents, 3)).proposal.rule == "heavy"
    clock.forward(days=91)
    assert (await proposed(incidents, journal, "c4", *insult))[0] == "heavy"


async def test_someone_elses_incidents_do_not_count(
    incidents: Incidents, journal: DurableJournal
) -> None:
    """Another number, or none at all, has nothing to do with it."""
    for call, number in [("a", NUMBER), ("b", "+31687654321"), ("c", None), ("d", None)]:
        started = CallStarted(line="twilio", language="nl", caller_number=number)
        rule, _ = await proposed(
            incidents, journal, call, started, nl("x"), report(2, "discrimination")
        )
        assert rule == "heavy"


@given(
    sign=st.sampled_from(SIGNS),
    level=st.sampled_from(["low", "high", "urgent"]),
    ended=st.booleans(),
    ages=st.lists(st.timedeltas(timedelta(0), timedelta(days=800)), max_size=5).map(tuple),
)
def test_nothing_is_ever_proposed_against_someone_in_need(
    sign: Sign, level: Any, ended: bool, ages: tuple[timedelta, ...]
) -> None:
    """There is always a proposal, it can be decided, and for a crisis it is only a note."""
    rules = own_rules()
    proposal = rules.proposal(sign, level, ended=ended, ages=ages)
    assert proposal.propose
    assert set(proposal.propose) <= set(rules.allowed(sign))
    if sign in ("crisis", "vulnerable"):
        assert proposal.propose == ("note",)
        assert set(rules.allowed(sign)) == {"note", "nothing"}


# What is decided.


async def test_a_decision_is_kept(
    incidents: Incidents, deciding: Deciding, journal: DurableJournal, clock: HandClock
) -> None:
    """Who, when, what, why and until when are on record, and the incident is off the list."""
    await journal.open("c1", *THREAT)
    clock.forward(hours=1)
    await deciding.decide(
        1,
        ["letter", "trained_team"],
        by="Kim",
        why=" dreigde ",
        until=date(2026, 12, 31),
        version=1,
    )
    file = await the_file(incidents)
    assert (file.state, file.version) == ("decided", 2)
    (decided,) = file.history
    assert (decided.by, decided.why, decided.at) == ("Kim", "dreigde", clock.now)
    assert decided.measures == ("letter", "trained_team")
    (kept,) = file.measures
    assert (kept.kind, kept.number, kept.customer, kept.in_force) == (
        "trained_team",
        NUMBER,
        None,
        True,
    )
    assert kept.until.astimezone(AMSTERDAM).isoformat() == "2027-01-01T00:00:00+01:00"
    assert await incidents.listed("open") == []


async def test_of_two_supervisors_one_decides(
    incidents: Incidents, deciding: Deciding, journal: DurableJournal, url: str, clock: HandClock
) -> None:
    """At the same moment, in two processes: one wins, the other is told who did."""
    await journal.open("c1", *THREAT)
    async with DurableJournal(url, clock) as other:
        both = [("Kim", deciding), ("Sam", Deciding(other, clock, AMSTERDAM))]
        results = await asyncio.gather(
            *(each.decide(1, ["letter"], by=name, why="x", version=1) for name, each in both),
            return_exceptions=True,
        )
    (lost,) = (r for r in results if r is not None)
    assert isinstance(lost, ChangedMeanwhile)
    file = await the_file(incidents)
    assert [decided.by for decided in file.history] == [lost.by]


async def test_nobody_decides_on_what_they_did_not_read(
    incidents: Incidents, deciding: Deciding, journal: DurableJournal
) -> None:
    """When more is reported after the page was read, the decision has to wait."""
    await journal.open("c1", *THREAT)
    await journal.append("c1", nl("nu"), report(7))
    with pytest.raises(ChangedMeanwhile) as told:
        await deciding.decide(1, ["nothing"], by="Kim", version=1)
    assert told.value.by is None
    assert (await the_file(incidents)).history == ()
    await deciding.decide(1, ["nothing"], by="Kim", version=2)


async def test_more_after_a_decision_opens_it_again(
    incidents: Incidents, deciding: Deciding, journal: DurableJournal
) -> None:
    """What was not decided upon waits for a decision; the measure holds meanwhile."""
    await journal.open("c1", *THREAT)
    await deciding.decide(1, ["trained_team"], by="Kim", why="x", version=1)
    await journal.append("c1", nl("ik weet waar u woont"), report(7))
    file = await the_file(incidents)
    assert file.state == "open"
    assert [kept.in_force for kept in file.measures] == [True]
    assert len(file.history) == 1


async def test_revoking_ends_the_measure_and_keeps_the_history(
    incidents: Incidents, deciding: Deciding, journal: DurableJournal, clock: HandClock
) -> None:
    """What was decided can be read for ever; it just no longer holds."""
    await journal.open("c1", *THREAT)
    await deciding.decide(1, ["trained_team"], by="Kim", why="dreiging", version=1)
    clock.forward(days=3)
    await deciding.revoke(1, by="Sam", why="bezwaar gegrond", version=2)
    file = await the_file(incidents)
    assert file.state == "revoked"
    assert [(d.by, d.measures) for d in file.history] == [("Kim", ("trained_team",)), ("Sam", ())]
    (kept,) = file.measures
    assert (kept.in_force, kept.ended) == (False, clock.now)
    with pytest.raises(Refused, match="not_decided"):
        await deciding.revoke(1, by="Sam", why="nog eens", version=3)
    await deciding.decide(1, ["warning_on_file"], by="Kim", why="toch", version=3)
    assert [m.in_force for m in (await the_file(incidents)).measures] == [False, True]


@pytest.mark.parametrize(
    ("chosen", "given_", "reason"),
    [
        ([], {"why": "x"}, "none_chosen"),
        (["nothing", "letter"], {"why": "x"}, "nothing_and_more"),
        (["letter"], {}, "why_missing"),
        (["letter"], {"why": " \n"}, "why_missing"),
        (["letter"], {"why": "x" * 2001}, "why_long"),
        (["letter"], {"why": "x", "until": date(2026, 12, 1)}, "until_alone"),
        (["trained_team"], {"why": "x", "until": date(2026, 11, 19)}, "until_past"),
        (["trained_team"], {"why": "x", "until": date(2028, 11, 20)}, "until_far"),
        (["trained_team"], {"why": "x", "until": date.max}, "until_far"),
    ],
)
async def test_what_can_not_be_decided(
    deciding: Deciding,
    incidents: Incidents,
    journal: DurableJournal,
    chosen: list[Decision],
    given_: dict[str, Any],
    reason: str,
) -> None:
    """A decision that lacks something is refused with the reason, and nothing is stored."""
    await journal.open("c1", *THREAT)
    with pytest.raises(Refused, match=f"^{reason}$"):
        await deciding.decide(1, chosen, by="Kim", version=1, **given_)
    file = await the_file(incidents)
    assert (file.state, file.version, file.history, file.measures) == ("open", 1, (), ())


async def test_an_unknown_incident(deciding: Deciding, incidents: Incidents) -> None:
    """There is nothing to read or decide where nothing is."""
    assert await incidents.file(9, "nl") is None
    with pytest.raises(IncidentUnknown):
        await deciding.decide(9, ["nothing"], by="Kim", version=1)
    with pytest.raises(IncidentUnknown):
        await deciding.revoke(9, by="Kim", why="x", version=1)


async def test_a_crisis_is_never_held_against_anyone(
    deciding: Deciding, incidents: Incidents, journal: DurableJournal
) -> None:
    """Whoever is in need gets a note, never a letter, a warning or another team."""
    await journal.open("c1", STARTED, nl("ik wil niet meer leven"), report(2, "crisis"))
    assert (await the_file(incidents)).allowed == ("note", "nothing")
    for decision in ("letter", "warning_on_file", "trained_team"):
        with pytest.raises(Refused, match="care"):
            await deciding.decide(1, [decision], by="Kim", why="x", version=1)
    await deciding.decide(1, ["note"], by="Kim", why="teruggebeld, huisarts weet het", version=1)


async def test_a_measure_needs_someone_to_be_about(
    deciding: Deciding, incidents: Incidents, journal: DurableJournal
) -> None:
    """Without a number and without a proven customer there is nobody to carry it out for."""
    hidden = CallStarted(line="twilio", language="nl", caller_number="anonymous")
    await journal.open("c1", hidden, IDENTIFIED, nl("pas op"), report(3))
    assert (await the_file(incidents)).allowed == ("note", "letter", "nothing")
    with pytest.raises(Refused, match="nobody_known"):
        await deciding.decide(1, ["trained_team"], by="Kim", why="x", version=1)
    await journal.append("c1", VERIFIED)
    await deciding.decide(1, ["trained_team"], by="Kim", why="x", version=2)
    (kept,) = (await the_file(incidents)).measures
    assert (kept.number, kept.customer) == (None, "471109")


@only_sqlite
async def test_a_full_disk_is_told_to_who_decides(
    deciding: Deciding, incidents: Incidents, journal: DurableJournal
) -> None:
    """A decision that can't be kept whole is not kept at all."""
    await journal.open("c1", *THREAT)
    async with journal.database.writing.begin() as connection:
        await connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON measures BEGIN SELECT RAISE(FAIL, 'full'); END"
        )
    with pytest.raises(JournalFull):
        await deciding.decide(1, ["trained_team"], by="Kim", why="x", version=1)
    file = await the_file(incidents)
    assert (file.state, file.version, file.history) == ("open", 1, ())


# Any sequence of events and decisions.

bodies: st.SearchStrategy[Body] = st.one_of(
    st.builds(
        CallStarted,
        line=st.just("twilio"),
        language=st.just("nl"),
        caller_number=st.sampled_from([None, NUMBER, "anonymous", "+31687654321", "x"]),
    ),
    st.builds(CallerSpoke, words=st.just("x"), language=st.just("nl")),
    st.builds(
        CallerIdentified,
        customer_id=st.sampled_from(["1", "2"]),
        name=st.just("N"),
        how=st.just("customer_number"),
    ),
    st.builds(
        CallerVerified,
        customer_id=st.sampled_from(["1", "2"]),
        factors=st.just(("postcode", "customer_number")),
    ),
    st.builds(
        IncidentReported,
        of=st.integers(1, 20),
        sign=st.sampled_from(SIGNS),
        urgent=st.booleans(),
    ),
    st.builds(WarningGiven, of=st.integers(1, 20), sign=st.sampled_from(SIGNS)),
    st.builds(
        CallEnded, outcome=st.sampled_from(["ended_for_abuse", "resolved"]), by=st.just("bot")
    ),
)


@given(told=st.lists(bodies, max_size=20))
def test_the_fold_of_any_call(told: list[Body]) -> None:
    """One row a sign that was reported, counted right; a longer call never weighs less."""
    rules = own_rules()
    pairs = [(body, START + timedelta(seconds=n)) for n, body in enumerate(told)]
    weight = {"low": 0, "high": 1, "urgent": 2}
    before: dict[str, int] = {}
    for end in range(len(pairs) + 1):
        rows = fold(pairs[:end], rules)
        reports = [b for b, _ in pairs[:end] if isinstance(b, IncidentReported)]
        assert {row["sign"]: row["reports"] for row in rows} == {
            sign: sum(r.sign == sign for r in reports) for sign in {r.sign for r in reports}
        }
        for row in rows:
            first = next(r for r in reports if r.sign == row["sign"])
            assert row["moment"] == first.of
            assert row["opened"] <= row["latest"]
            assert row["number"] in (None, NUMBER, "+31687654321")
            assert not row["verified"] or row["customer"] is not None
            assert weight[row["level"]] >= before.get(row["sign"], 0)
            before[row["sign"]] = weight[row["level"]]


@given(bodies=any_calls, sign=st.sampled_from(SIGNS), language=st.sampled_from(["nl", "en"]))
def test_the_record_of_any_call(bodies: list[Body], sign: Sign, language: Any) -> None:
    """Whatever happened, it is told from the events, each part with the event that says so."""
    happened = told(bodies)
    kinds = {event.seq: event.body.kind for event in happened}
    found = record(happened, sign, wording(language))
    reports = [e.seq for e in happened if e.body.kind == "IncidentReported" and e.body.sign == sign]
    assert [moment.seq for moment in found.moments] == reports
    assert {kinds[said.seq] for said in found.said} <= {"BotSpoke"}
    marked = {line.seq for line in found.lines if line.moment}
    assert marked <= {moment.of for moment in found.moments}
    seqs = [line.seq for line in found.lines]
    assert seqs == sorted(set(seqs))
    assert bool(found.lines) == bool(marked)


@dataclass
class Expected:
    """What an incident should be, counted by hand."""

    state: str = "open"
    version: int = 1
    reports: int = 1
    decisions: list[tuple[str, ...]] = field(default_factory=list)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("report"), st.sampled_from(SIGNS[:3])),
        st.tuples(
            st.just("decide"),
            st.sampled_from(SIGNS[:3]),
            st.sampled_from(
                [
                    ("nothing",),
                    ("note",),
                    ("letter",),
                    ("trained_team", "letter"),
                    ("warning_on_file",),
                ]
            ),
            st.booleans(),
        ),
        st.tuples(st.just("revoke"), st.sampled_from(SIGNS[:3]), st.just(()), st.booleans()),
    ),
    max_size=14,
)


def expect(
    known: dict[str, Expected], do: str, sign: str, chosen: tuple[str, ...], late: bool
) -> type[Exception] | None:
    """Carry a step out on paper; return what it should raise."""
    now = known.get(sign)
    if do == "report":
        if now is None:
            known[sign] = Expected()
        else:
            now.state, now.version, now.reports = "open", now.version + 1, now.reports + 1
        return None
    if now is None:
        return IncidentUnknown
    if do == "decide" and sign == "crisis" and not set(chosen) <= {"note", "nothing"}:
        return Refused
    if late:
        return ChangedMeanwhile
    if do == "revoke" and not (now.decisions and now.decisions[-1]):
        return Refused
    now.state = "decided" if do == "decide" else "revoked"
    now.version += 1
    now.decisions.append(chosen)
    return None


async def play(played: list[Any], url: str) -> None:
    """Carry the steps out on a database and compare with what is counted by hand."""
    clock = HandClock()
    known: dict[str, Expected] = {}
    async with DurableJournal(url, clock) as journal:
        incidents = Incidents(journal, clock, AMSTERDAM)
        deciding = Deciding(journal, clock, AMSTERDAM)
        await journal.open("c1", STARTED, nl("x"))
        for do, sign, *more in played:
            chosen, late = more or ((), False)
            numbers = {i.sign: i for i in await every(incidents)}
            number, version = (
                (numbers[sign].id, numbers[sign].version) if sign in numbers else (9, 1)
            )
            version -= late
            raises = expect(known, do, sign, chosen, late)
            clock.forward(minutes=1)
            with pytest.raises(raises) if raises else nullcontext():
                if do == "report":
                    await journal.append("c1", report(2, sign))
                elif do == "decide":
                    await deciding.decide(number, chosen, by="Kim", why="x", version=version)
                else:
                    await deciding.revoke(number, by="Kim", why="x", version=version)
            for found in await every(incidents):
                wanted, file = known[found.sign], await the_file(incidents, found.id)
                assert (file.state, file.version) == (wanted.state, wanted.version)
                assert file.reports == len(file.record.moments) == wanted.reports
                assert [d.measures for d in file.history] == wanted.decisions
                last = wanted.decisions[-1] if wanted.decisions else ()
                in_force = sorted(m.kind for m in file.measures if m.in_force)
                assert in_force == sorted({"trained_team", "warning_on_file"} & set(last))
            assert {i.sign for i in await every(incidents)} == set(known)


async def every(incidents: Incidents) -> list[Incident]:
    return await incidents.listed("open", "decided", "revoked")


@settings(max_examples=25, deadline=None)
@given(played=steps)
def test_any_order_of_reports_and_decisions(played: list[Any]) -> None:
    """State, version, history and measures follow from what was done, whatever the order."""
    with TemporaryDirectory() as folder:
        asyncio.run(play(played, f"sqlite+aiosqlite:///{folder}/kalm.db"))
