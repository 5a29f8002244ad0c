"""WrapUpForm: the wrap-up as a form shows it and sends it, filled in beforehand or as typed."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import get_args

from starlette.datastructures import FormData

from bot.events import AgentPromise
from handoff.callbacks import Callbacks, NoNumber, PastMoment
from handoff.wrapup import Disposition, Draft, WrapUp

LOCAL = "%Y-%m-%dT%H:%M"
"""How a browser writes a moment without its zone."""
SPARE = 1
"""Empty rows for promises."""


class FormWrong(ValueError):
    """What was filled in makes no wrap-up; the text is the name of a phrase of the desk."""


@dataclass(frozen=True)
class WrapUpForm:
    """The fields of the form, as text."""

    disposition: str = ""
    done: str = ""
    note: str = ""
    promises: tuple[tuple[str, str], ...] = (("", ""),)
    """Text and moment."""
    callback_due: str = ""
    callback_number: str = ""
    callback_by: str = "me"
    """me, or anyone."""
    callback_about: str = ""
    callback_suggested: str = ""

    @classmethod
    def of_draft(cls, draft: Draft, zone: tzinfo) -> "WrapUpForm":
        """Return the form as it is filled in beforehand."""
        rows = [(p.text, _local(p.due, zone)) for p in draft.promises]
        return cls(
            disposition=draft.disposition or "",
            done=draft.done,
            promises=(*rows, *[("", "")] * SPARE),
            callback_number=draft.callback_number or "",
            callback_suggested=_local(draft.callback_suggested, zone),
        )

    @classmethod
    def of_request(cls, form: FormData) -> "WrapUpForm":
        """Return the form as it was sent."""

        def text(name: str) -> str:
            found = form.get(name)
            return found.strip() if isinstance(found, str) else ""

        texts = [each for each in form.getlist("promise") if isinstance(each, str)]
        dues = [each for each in form.getlist("promise_due") if isinstance(each, str)]
        rows = list(zip(texts, [*dues, *[""] * len(texts)], strict=False))
        return cls(
            disposition=text("disposition"),
            done=text("done"),
            note=text("note"),
            promises=tuple(rows) or (("", ""),),
            callback_due=text("callback_due"),
            callback_number=text("callback_number"),
            callback_by=text("callback_by") or "me",
            callback_about=text("callback_about"),
            callback_suggested=text("callback_due"),
        )

    def wrap_up(self, agent: str, callbacks: Callbacks, zone: tzinfo) -> WrapUp:
        """Return what it says; raises FormWrong."""
        disposition = next((d for d in get_args(Disposition) if d == self.disposition), None)
        if disposition is None:
            raise FormWrong("how")
        promises = [
            AgentPromise(text=" ".join(text.split()), due=_moment(due, zone))
            for text, due in self.promises
            if text.strip()
        ]
        plan = None
        if (due := _moment(self.callback_due, zone)) is not None:
            by = agent if self.callback_by == "me" else None
            try:
                plan = callbacks.planned(by, due, self.callback_number, self.callback_about)
            except NoNumber as error:
                raise FormWrong("callback_no_number") from error
            except PastMoment as error:
                raise FormWrong("callback_past") from error
        return WrapUp(
            disposition=disposition,
            note=self.note,
            done=self.done,
            promises=tuple(promises),
            callback=plan,
        )


def _local(moment: datetime | None, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime(LOCAL) if moment else ""


def _moment(text: str, zone: tzinfo) -> datetime | None:
    """Return a moment as a browser sends it; raises FormWrong for one that is none."""
    if not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise FormWrong("moment_wrong") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
