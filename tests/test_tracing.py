"""A call's spans tell its times as they were, and without an address there are none."""

import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bot.settings import Settings
from bot.stages import Stage, Stopwatch
from bot.tracing import Tracing, spans

AT: dict[Stage, float] = {
    "pause": 0.2,
    "words": 0.5,
    "turn_end": 0.6,
    "meaning": 0.7,
    "decided": 0.9,
    "sound": 1.0,
    "first_sound": 1.1,
}


def a_turn() -> Stopwatch:
    """A turn in which the words were there before it was over, and the company was asked."""
    time = [0.0]
    watch = Stopwatch(0.0, lambda: time[0])
    for stage, moment in AT.items():
        if stage == "decided":
            time[0] = 0.75
            with watch.asking_company():
                time[0] = 0.85
        time[0] = moment
        watch.note(stage)
    return watch


def test_each_stage_begins_when_what_it_waits_for_is_there() -> None:
    """Recognition runs beside the end of the turn; understanding waits for both."""
    found = {stage: (begin, end) for stage, begin, end in spans(a_turn())}
    assert found == {
        "pause": (0.0, 0.2),
        "turn_end": (0.2, 0.6),
        "words": (0.2, 0.5),
        "meaning": (0.6, 0.7),
        "decided": (0.7, 0.9),
        "company": (0.75, pytest.approx(0.85)),
        "sound": (0.9, 1.0),
        "first_sound": (1.0, 1.1),
    }


def test_a_call_has_a_span_its_turns_are_in_it_and_their_stages_in_them() -> None:
    """Parents and times are true, and no attribute holds more than id, line and outcome."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracing = Tracing(provider)
    with tracing.call("CA1", "twilio") as trace:
        trace.turn_timed(a_turn())
        trace.over("resolved")
    made = kept.get_finished_spans()
    by_name = {span.name: span for span in made}
    call, turn = by_name["call"], by_name["turn"]
    assert call.attributes == {
        "kalm.call_id": "CA1",
        "kalm.line": "twilio",
        "kalm.outcome": "resolved",
    }
    assert _parent(call) is None
    assert _parent(turn) == _id(call)
    stages = [span for span in made if span.name not in ("call", "turn")]
    assert {span.name for span in stages} == {*AT, "company"}
    assert all(_parent(span) == _id(turn) and not span.attributes for span in stages)
    assert turn.start_time is not None and turn.end_time is not None
    assert (turn.end_time - turn.start_time) / 1e9 == pytest.approx(1.1)
    words = by_name["words"]
    assert words.start_time is not None
    assert (words.start_time - turn.start_time) / 1e9 == pytest.approx(0.2)
    tracing.close()


def test_without_an_address_nothing_is_made_or_even_imported() -> None:
    """A Kalm that nobody traces pays nothing for it."""
    tell = (
        "import sys; from bot.settings import Settings; from bot.tracing import Tracing;"
        "tracing = Tracing.open(Settings(), {});\n"
        "with tracing.call('CA1', 'twilio') as trace: trace.over('resolved')\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("traces", "environment"),
    [
        ("http://127.0.0.1:9/v1/traces", {}),
        (None, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}),
    ],
)
def test_with_an_address_of_either_kind_calls_are_traced(
    traces: str | None, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kalm's own setting does, and so does OpenTelemetry's."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    tracing = Tracing.open(Settings.model_validate({"traces": traces}), environment)
    assert tracing._provider is not None


def _id(span: ReadableSpan) -> int:
    assert span.context is not None
    number: int = span.context.span_id
    return number


def _parent(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent else None
