"""Texts: signs in files that a caller can't hear, or that hide what stands there."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from bot.checks.finding import Finding
from bot.dialogue.source import Table

TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Signs nobody sees that change in which direction a text is shown."""
TAG = re.compile(r"</?[A-Za-z!][^<>]*>|<!--|&(?:[a-z]{2,8}|#x?[0-9a-f]{1,6});", re.IGNORECASE)
TEMPLATE = re.compile(r"\{[{%#]|[%#}]\}|\$\{|<%|%>")


def hidden_signs(file: Path, text: str) -> Iterator[Finding]:
    """Yield where signs turn the direction of a text: what one reads is not what it says."""
    for number, line in enumerate(text.split("\n"), start=1):
        if sign := TURNING.search(line):
            name = unicodedata.name(sign[0])
            yield Finding(
                "error", file, number,
                f"an invisible sign ({name}) changes the order in which this line is shown",
                "type the line anew",
            )  # fmt: skip


def unsayable(table: Table) -> Iterator[Finding]:
    """Yield what no voice can say in the answers of one file: tags, templates, emoji."""
    for name, wording, line in _wordings(table):
        if tag := TAG.search(wording):
            yield Finding(
                "error", table.file, line,
                f"answer {name!r} holds {tag[0]!r}: answers are spoken, and HTML is not",
                "write plain words",
            )  # fmt: skip
        if sign := TEMPLATE.search(wording):
            yield Finding(
                "error", table.file, line,
                f"answer {name!r} holds {sign[0]!r}: a template is not filled in here",
                "write {slot:form}",
            )  # fmt: skip
        if odd := next((sign for sign in wording if not _sayable(sign)), None):
            yield Finding(
                "warning", table.file, line,
                f"answer {name!r} holds {odd!r} ({unicodedata.name(odd, 'no known sign')}), "
                "which no voice of Kalm can say",
                "write it in words, or leave it out",
            )  # fmt: skip


def _wordings(table: Table) -> Iterator[tuple[str, str, int]]:
    answers = table.table("answers")
    for key, value in answers.data.items():
        name = str(key)
        line = answers.place(name).line
        if isinstance(value, dict):
            value = value.get("wordings")
        for wording in value if isinstance(value, list) else ():
            yield name, str(wording), line


def _sayable(sign: str) -> bool:
    """Tell whether a sign is of a script that our voices read, or is punctuation."""
    if TURNING.match(sign):
        return True  # told by hidden_signs
    category = unicodedata.category(sign)
    if category[0] in "LM":
        return unicodedata.name(sign, "").startswith(("LATIN", "COMBINING", "MODIFIER"))
    return category not in ("So", "Sk", "Co", "Cn", "Cs", "Cc", "Cf")
