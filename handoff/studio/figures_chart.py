"""Chart: what became of calls, one bar an intent, as SVG that loads and runs nothing."""

import pygal
from pygal.style import Style

from handoff.picture import without_scripts
from handoff.studio.figures import Figures

MOST = 12
"""Intents that are drawn, the most frequent; all are in the table."""
ROW, ROOM = 34, 110
"""Pixels of a bar, and of what is around them."""
COLOURS = ("#1d6b4f", "#8a5300", "#8a9691")
"""Of resolved, handed over, neither; each lies apart from its neighbour in lightness too."""
DARK = """inline:
@media (prefers-color-scheme: dark) {
  .color-0 { fill: #7fd1ab !important; stroke: #7fd1ab !important; }
  .color-1 { fill: #f0b866 !important; stroke: #f0b866 !important; }
  text { fill: #e7edea !important; }
  .guides, .axis .line { stroke: #a3b1ac !important; }
}"""


def chart(figures: Figures, names: tuple[str, str, str], readable: dict[str, str]) -> bytes:
    """Draw the figures; return SVG.

    Args:
        figures: Of a period.
        names: Of resolved, handed over and neither.
        readable: What each intent is called.
    """
    rows = figures.rows[:MOST][::-1]  # pygal draws the first at the bottom
    bars = pygal.HorizontalStackedBar(
        js=[],
        style=Style(
            background="transparent",
            plot_background="transparent",
            foreground="#1b2422",
            foreground_strong="#1b2422",
            foreground_subtle="#8a9691",
            colors=COLOURS,
            font_family="system-ui, sans-serif",
            opacity="1",
            opacity_hover="1",
            transition="0",
        ),
        css=["file://style.css", "file://graph.css", DARK],
        width=900,
        height=ROOM + ROW * max(len(rows), 2),
        legend_at_bottom=True,
        margin=12,
        spacing=14,
        pretty_print=False,
        disable_xml_declaration=False,
        show_x_guides=False,
        print_values=False,
        integer_only=True,
        no_data_text="",
    )
    bars.x_labels = [readable.get(row.intent, row.intent) for row in rows]
    for name, values in zip(
        names,
        (
            [row.resolved for row in rows],
            [row.handed_over for row in rows],
            [row.neither for row in rows],
        ),
        strict=True,
    ):
        bars.add(name, values)
    bars.add_xml_filter(without_scripts)
    drawn: bytes = bars.render()
    return drawn
