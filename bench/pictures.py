"""Pictures: what each figure means, how it grows with calls, and where the time of a turn goes.

Drawn as SVG on a light ground of their own, so that they read the same on a light and a dark page.
"""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH = 900
_INK, _SOFT, _CALLER, _BOT, _MARK = "#1a202c", "#4a5568", "#2b6cb0", "#b7791f", "#c53030"
_COLOURS = ("#2b6cb0", "#b7791f", "#2f855a", "#6b46c1", "#c53030", "#4a5568", "#2c7a7b")


def timeline() -> str:
    """Draw what the figures measure, on a line of time each."""
    rows = [
        (
            "Answer: from the caller's last sound to the bot's first, in samples of the sound",
            [(60, 330, _CALLER, "caller speaks"), (470, 830, _BOT, "bot answers")],
            (330, 470, "answer"),
        ),
        (
            "Barge-in: from the caller's first sound until the bot's sound is taken back",
            [(60, 400, _BOT, "bot speaks"), (310, 700, _CALLER, "caller starts a sentence")],
            (310, 400, "silent"),
        ),
        (
            "A nod: the bot may fall silent to listen, and must go on where it was",
            [
                (60, 380, _BOT, "bot speaks"),
                (310, 390, _CALLER, "“ja”"),
                (520, 830, _BOT, "goes on"),
            ],
            (380, 520, "hole"),
        ),
        (
            "A number: not cut off in its pauses of 0.4 to 1.2 s, answered soon after its end",
            [
                (60, 190, _CALLER, "vier zeven"),
                (260, 390, _CALLER, "een een"),
                (450, 580, _CALLER, "nul negen"),
                (680, 830, _BOT, "answer"),
            ],
            (580, 680, "answer"),
        ),
        (
            "A gap: sound that runs out before the mark that ends what the bot says",
            [(60, 420, _BOT, "bot speaks"), (500, 830, _BOT, "the same sentence")],
            (420, 500, "gap"),
        ),
    ]
    drawn = []
    for number, (title, speech, measured) in enumerate(rows):
        top = 24 + 96 * number
        drawn.append(_text(60, top, title, _INK, size=14))
        for begins, ends, colour, words in speech:
            low = top + (14 if colour == _BOT else 36)
            drawn.append(_box(begins, low, ends - begins, 20, colour))
            drawn.append(_text(begins + 6, low + 15, words, "#ffffff"))
        begins, ends, name = measured
        drawn.append(_measure(begins, ends, top + 66, name))
    title = "When an answer, a barge-in, a nod, a number and a gap are measured"
    return _svg(24 + 96 * len(rows), title, drawn)


def growth(answers: Sequence[Mapping[str, float]]) -> str:
    """Draw answer times against the number of calls, from zero.

    Args:
        answers: Rows with `calls`, `p50_s` and `p95_s`, by number of calls.
    """
    top = max((row["p95_s"] for row in answers), default=0.0) or 1.0
    base, high, room = 280, 220, (WIDTH - 80) / max(len(answers), 1)
    wide = min(room / 3, 60)
    title = "Seconds from the caller's last sound to the bot's first, by calls at once"
    drawn = [_text(20, 24, title, _INK, 14)]
    for number, row in enumerate(answers):
        left = 60 + room * number
        for place, (name, colour) in enumerate((("p50_s", _CALLER), ("p95_s", _BOT))):
            tall = high * row[name] / top
            drawn.append(_box(left + place * wide, base - tall, wide - 4, tall, colour))
            told = f"{row[name]:.2f}"
            drawn.append(_text(left + place * wide, base - tall - 5, told, _SOFT))
        drawn.append(_text(left, base + 18, f"{row['calls']:.0f} calls", _INK))
    for place, (name, colour) in enumerate((("p50", _CALLER), ("p95", _BOT))):
        drawn.append(_box(60 + 80 * place, base + 34, 12, 12, colour))
        drawn.append(_text(78 + 80 * place, base + 45, name, _INK))
    return _svg(base + 60, title, drawn)


def profile(shares: Mapping[str, float]) -> str:
    """Draw where the time of a turn goes, as one bar.

    Args:
        shares: Seconds by stage, in the order in which they are drawn.
    """
    whole = sum(shares.values())
    drawn, left, row = [], 20.0, 0
    for number, (stage, seconds) in enumerate(shares.items()):
        width = (WIDTH - 40) * seconds / whole if whole else 0.0
        colour = _COLOURS[number % len(_COLOURS)]
        drawn.append(_box(left, 40, width, 36, colour))
        left += width
        drawn.append(_box(20 + 215 * (row % 4), 96 + 24 * (row // 4), 12, 12, colour))
        name = f"{stage} {seconds:.2f} s"
        drawn.append(_text(38 + 215 * (row % 4), 107 + 24 * (row // 4), name, _INK))
        row += 1
    drawn.append(_text(20, 24, f"Mean of a turn: {whole:.2f} s from last to first sound", _INK, 14))
    return _svg(100 + 24 * -(-row // 4), "Where the time of a turn goes", drawn)


def _svg(height: int, title: str, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" role="img" font-family="system-ui, sans-serif">'
    )
    ground = f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", ground, *parts, "</svg>", ""])


def _box(left: float, top: float, width: float, height: float, colour: str) -> str:
    place = f'x="{left:.1f}" y="{top:.0f}" width="{width:.1f}" height="{height:.0f}"'
    return f'<rect {place} rx="3" fill="{colour}"/>'


def _text(left: float, base: float, words: str, colour: str, size: int = 12) -> str:
    place = f'x="{left:.0f}" y="{base:.0f}" font-size="{size}" fill="{colour}"'
    return f"<text {place}>{escape(words)}</text>"


def _measure(begins: int, ends: int, at: int, name: str) -> str:
    lines = "".join(
        f'<line x1="{x}" y1="{at - 52}" x2="{x}" y2="{at + 4}" stroke="{_MARK}"'
        ' stroke-dasharray="3 3"/>'
        for x in (begins, ends)
    )
    span = (
        f'<line x1="{begins}" y1="{at}" x2="{ends}" y2="{at}" stroke="{_MARK}" stroke-width="2"/>'
    )
    return lines + span + _text(ends + 6, at + 4, name, _MARK)
