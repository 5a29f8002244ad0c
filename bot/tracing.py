"""Tracing: a call as OpenTelemetry spans, for who wants to see one call's times in a waterfall.

A span a call, in it one for each answered turn, in that one for each of its stages, with the
times at which they were. Nothing is made, and OpenTelemetry is not even imported, unless an
address to send them to is set. A span tells the call's id and no word of the caller.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.settings import Settings
from bot.stages import STAGES, Stage, Stopwatch

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

ADDRESSES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""OpenTelemetry's own settings, which the exporter reads by itself."""
BEHIND: Mapping[Stage, tuple[Stage, ...]] = {
    "pause": (),
    "turn_end": ("pause",),
    "words": ("pause",),
    "meaning": ("turn_end", "words"),
    "decided": ("turn_end", "words", "meaning"),
    "sound": ("decided",),
    "first_sound": ("sound",),
}
"""What a stage waits for: its span begins when the last of these was reached."""


def spans(watch: Stopwatch) -> list[tuple[Stage, float, float]]:
    """Return each stage that a turn passed, with begin and end in seconds from the last sound."""
    at = watch.stages
    found: list[tuple[Stage, float, float]] = []
    for stage in STAGES:
        if stage not in at:
            continue
        if stage == "company":
            begin = watch.company_from or 0.0
            found.append((stage, begin, begin + at[stage]))
        else:
            begin = max((at[before] for before in BEHIND[stage] if before in at), default=0.0)
            found.append((stage, min(begin, at[stage]), at[stage]))
    return found


class CallTrace:
    """The spans of one call; this one makes none."""

    def turn_timed(self, watch: Stopwatch) -> None:
        """Take an answered turn, right after its first sound."""

    def over(self, outcome: str) -> None:
        """Take how the call ended."""


class _Spans(CallTrace):
    def __init__(self, tracer: "Tracer", call: "Span") -> None:
        self._tracer = tracer
        self._call = call

    def turn_timed(self, watch: Stopwatch) -> None:
        from opentelemetry.trace import set_span_in_context

        began = time.time_ns() - int((watch.now() - watch.began) * 1e9)

        def moment(seconds: float) -> int:
            return began + int(seconds * 1e9)

        inside = set_span_in_context(self._call)
        turn = self._tracer.start_span("turn", inside, start_time=moment(0))
        inside = set_span_in_context(turn)
        for stage, begin, end in spans(watch):
            span = self._tracer.start_span(stage, inside, start_time=moment(begin))
            span.end(moment(end))
        turn.end(moment(max(watch.stages.values(), default=0.0)))

    def over(self, outcome: str) -> None:
        self._call.set_attribute("kalm.outcome", outcome)


class Tracing:
    """Makes the spans of calls; without a provider, none."""

    def __init__(self, provider: "TracerProvider | None" = None) -> None:
        """Take where spans go."""
        self._provider = provider

    @classmethod
    def open(cls, settings: Settings, environment: Mapping[str, str] = os.environ) -> "Tracing":
        """Send spans to where the settings say, over OTLP/HTTP; none when they say nothing."""
        if settings.traces is None and not any(environment.get(name) for name in ADDRESSES):
            return cls()
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        named = {} if environment.get("OTEL_SERVICE_NAME") else {"service.name": "kalm"}
        # Not the process's own provider: DBOS has spans too, and nobody asked for those.
        provider = TracerProvider(resource=Resource.create(named))
        endpoint = str(settings.traces) if settings.traces else None
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint)))
        return cls(provider)

    @contextmanager
    def call(self, call_id: str, line: str) -> Iterator[CallTrace]:
        """Trace a call for as long as the context lasts."""
        if self._provider is None:
            yield CallTrace()
            return
        tracer = self._provider.get_tracer("kalm")
        attributes = {"kalm.call_id": call_id, "kalm.line": line}
        span = tracer.start_span("call", attributes=attributes)
        try:
            yield _Spans(tracer, span)
        finally:
            span.end()

    def close(self) -> None:
        """Send what is left, for at most a few seconds."""
        if self._provider is not None:
            self._provider.shutdown()
