"""Gauges: what `/metrics` tells of this process, for Prometheus.

No label holds a caller's words, number or id: labels are names that the code or the flows
have, so they stay few. Docs: docs/operating.md; the dashboard: deploy/grafana/kalm.json.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0, 3.0, 5.0)
"""Seconds: close together where a person begins to notice, which is at about half a second."""
CONTENT_TYPE = CONTENT_TYPE_LATEST
"""Of the page."""


@dataclass(frozen=True)
class Now:
    """How a process is at this moment."""

    calls: int = 0
    """In progress."""
    capacity: int | None = None
    """Calls that it can carry; None until that is known."""
    ready: bool = False
    """Whether it answers calls."""
    turned_away: int = 0
    """Callers for whom there was no place, since it began."""
    waiting: int = 0
    """Turns that are recognised or wait for it."""
    full_windows: int = 0
    """Turns that were recognised anew on the full window, since it began."""
    refused: int = 0
    """Turns that were not recognised because too many waited."""
    to_speak: int = 0
    """Sentences that never change and are not spoken yet."""


class _State(Collector):
    """What is read when Prometheus asks, and not counted before."""

    def __init__(self, now: Callable[[], Now]) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        now = self._now()
        yield _gauge("kalm_ready", "1 when calls are answered.", int(now.ready))
        yield _gauge("kalm_calls_in_progress", "Calls in progress.", now.calls)
        if now.capacity is not None:
            yield _gauge("kalm_calls_capacity", "Calls that this worker can carry.", now.capacity)
        text = "Turns that are recognised, or wait for it."
        yield _gauge("kalm_recognition_waiting", text, now.waiting)
        text = "Callers for whom there was no place."
        yield CounterMetricFamily("kalm_callers_turned_away", text, now.turned_away)
        text = "Turns that were recognised once more, on the full window."
        yield CounterMetricFamily("kalm_recognition_full_window", text, now.full_windows)
        text = "Turns that were not recognised because too many waited."
        yield CounterMetricFamily("kalm_recognition_refused", text, now.refused)
        text = "Sentences that never change and are still to be spoken once, while nobody calls."
        yield _gauge("kalm_sentences_to_speak", text, now.to_speak)


class Gauges:
    """The figures of one running Kalm, in a registry of its own."""

    def __init__(self, now: Callable[[], Now] = Now) -> None:
        """Take what tells how the process is, asked at each reading."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_State(now))
        self._stages = Histogram(
            "kalm_turn_stage_seconds",
            "Seconds from the caller's last sound to a stage of the answer; company: spent there.",
            ["stage"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._calls = self._counter("calls", "Calls that ended.", "line", "outcome")
        self._turns = self._counter("turns", "Utterances that were taken in.")
        self._not_understood = self._counter(
            "utterances_not_understood", "Utterances that did not answer what was asked."
        )
        self._company = self._counter(
            "company_actions", "What the company's systems were asked in calls.", "action", "result"
        )

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"kalm_{name}", text, labels, registry=self.registry)

    def turn_timed(self, stages: Mapping[str, float]) -> None:
        """Take the times of an answered turn, by the names of `bot.stages`."""
        for stage, seconds in stages.items():
            self._stages.labels(stage).observe(seconds)

    def call_over(self, line: str, outcome: str) -> None:
        """Count a call."""
        self._calls.labels(line, outcome).inc()

    def utterance(self) -> None:
        """Count an utterance."""
        self._turns.inc()

    def not_understood(self) -> None:
        """Count an utterance after which the caller had to be asked again."""
        self._not_understood.inc()

    def company_asked(self, action: str, result: str) -> None:
        """Count something asked of the company's systems."""
        self._company.labels(action, result).inc()

    def page(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self.registry)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value)
