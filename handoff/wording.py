"""Wording: everything a card or page says, from `texts/*.yml`, in the agent's language.

A phrase may have several wordings, most telling first; the first whose
placeholders are all known is used, so that nothing is said that no event says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.events import Language
from handoff.forms import written

TEXTS = Path(__file__).parent / "texts"
PLACEHOLDER = re.compile(r"\{(?P<name>\w+)(?::(?P<form>\w+))?\}")


@dataclass(frozen=True)
class Wording:
    """The phrases of one language."""

    language: Language
    phrases: Mapping[str, Any]
    zone: tzinfo = UTC
    """Where times are meant."""

    def get(self, *path: str) -> Any:
        """Return what `texts` holds under a path like ("steps", "book"); None if nothing."""
        found: Any = self.phrases
        for name in path:
            if not isinstance(found, Mapping) or name not in found:
                return None
            found = found[name]
        return found

    def has(self, *path: str) -> bool:
        """Tell whether the path is in `texts`, be it with nothing to say."""
        return isinstance(found := self.get(*path[:-1]), Mapping) and path[-1] in found

    def say(self, values: Mapping[str, Any], *path: str) -> str | None:
        """Return the first wording under the path that these values can fill."""
        found = self.get(*path)
        wordings = [found] if isinstance(found, str) else found or []
        for wording in wordings:
            said = self.fill(wording, values)
            if said is not None:
                return said
        return None

    def phrase(self, *path: str, **values: Any) -> str:
        """Say what is under the path; where nothing is, its last name made readable."""
        return self.say(values, *path) or plain(path[-1])

    def write(self, form: str, value: Any) -> str | None:
        """Write a value in a form; None when it is unknown or not of that form."""
        return written(form, value, self.language, self.zone)

    def fill(self, wording: str, values: Mapping[str, Any]) -> str | None:
        """Fill `{name:form}` from values; None when one is unknown or not of its form."""
        pieces: list[str] = []
        end = 0
        for found in PLACEHOLDER.finditer(wording):
            text = self.write(found["form"] or "text", values.get(found["name"]))
            if text is None:
                return None
            pieces += [wording[end : found.start()], text]
            end = found.end()
        return "".join([*pieces, wording[end:]])


def plain(name: str) -> str:
    """Make a name from the flows readable when `texts` has no phrase for it."""
    return name.replace("_", " ").strip()


def wording(language: Language, zone: tzinfo = UTC) -> Wording:
    """Return the phrases of a language, for times in a zone."""
    return Wording(language, _phrases(language), zone)


@cache
def _phrases(language: Language) -> Mapping[str, Any]:
    content = (TEXTS / f"{language}.yml").read_text(encoding="utf-8")
    phrases: Mapping[str, Any] = yaml.safe_load(content)
    return phrases
