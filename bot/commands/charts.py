"""Charts: pictures of figures as SVG that loads nothing and runs nothing."""

from collections.abc import Mapping, Sequence

import pygal
from pygal.style import Style

from handoff.picture import without_scripts

_STYLE = Style(
    background="white",
    plot_background="white",
    colors=("#2b6cb0", "#b0b7c3", "#b7791f"),
    font_family="system-ui, sans-serif",
    opacity="1",
)


def bar_chart(
    title: str, series: Mapping[str, Sequence[float]], *, x_title: str, y_title: str
) -> bytes:
    """Draw groups of bars, one colour a series; return SVG."""
    bars = pygal.Bar(title=title, x_title=x_title, y_title=y_title, **_shape())
    return _drawn(bars, series)


def line_chart(
    title: str,
    series: Mapping[str, Sequence[float]],
    labels: Sequence[str],
    marked: Sequence[int],
) -> bytes:
    """Draw lines over time; return SVG.

    Args:
        title: Above it.
        series: Values by name, all as long as `labels`.
        labels: One a value.
        marked: Which labels are written.
    """
    lines = pygal.Line(
        title=title,
        show_dots=False,
        show_minor_x_labels=False,
        x_label_rotation=30,
        **_shape(),
    )
    lines.x_labels = labels
    lines.x_labels_major = [labels[n] for n in marked]
    return _drawn(lines, series)


def _shape() -> dict[str, object]:
    return {
        "js": [],
        "style": _STYLE,
        "width": 900,
        "height": 340,
        "legend_at_bottom": True,
        "margin": 12,
    }


def _drawn(chart: pygal.Graph, series: Mapping[str, Sequence[float]]) -> bytes:
    for name, values in series.items():
        chart.add(name, list(values))
    chart.add_xml_filter(without_scripts)
    svg: bytes = chart.render()
    return svg
