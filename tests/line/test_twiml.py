"""Twilio is told in its own XML what to do with a call, whatever state we are in."""

from typing import Any, Literal
from urllib.parse import urlencode
from xml.etree import ElementTree as Xml

import httpx
import pytest
from fastapi import FastAPI

from bot.line import twilio
from bot.line.door import Door, NotOpen
from bot.line.twilio_signature import is_ticket, sign
from bot.settings import Settings
from tests.line.serving import ToneBot

CALL = {"CallSid": "CA1", "From": "+31612345678", "To": "+31201234567", "CallStatus": "ringing"}
State = Literal["open", "loading", "failed"]


async def ask(
    state: State = "open",
    *,
    path: str = "/lines/twilio/answer",
    form: dict[str, str] = CALL,
    headers: dict[str, str] | None = None,
    door: Door | None = None,
    **settings: Any,
) -> httpx.Response:
    app = FastAPI()
    door = door or Door(lambda: state)
    app.include_router(twilio.router(ToneBot(), door, Settings(**settings)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://kalm.test:8000") as client:
        return await client.post(path, data=form, headers=headers)


def twiml_of(response: httpx.Response) -> Xml.Element:
    """Read TwiML, and hold it to what Twilio allows of the verbs that we use."""
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/xml")
    root = Xml.fromstring(response.text)  # noqa: S314 - our own
    assert root.tag == "Response"
    allowed = {
        "Response": ({"Connect", "Say", "Pause", "Redirect", "Hangup", "Dial"}, set[str]()),
        "Connect": ({"Stream"}, {"action", "method"}),
        "Stream": ({"Parameter"}, {"url", "name", "track", "statusCallback"}),
        "Parameter": (set[str](), {"name", "value"}),
        "Say": (set[str](), {"language", "voice", "loop"}),
        "Pause": (set[str](), {"length"}),
        "Redirect": (set[str](), {"method"}),
        "Hangup": (set[str](), set[str]()),
        "Dial": ({"Number"}, {"action", "method", "timeout", "callerId"}),
        "Number": (set[str](), set[str]()),
    }
    for element in root.iter():
        children, attributes = allowed[element.tag]
        assert {child.tag for child in element} <= children
        assert set(element.attrib) <= attributes
    return root


def parameters(root: Xml.Element) -> dict[str, str]:
    return {each.attrib["name"]: each.attrib["value"] for each in root.iter("Parameter")}


def stream_url(root: Xml.Element) -> str:
    (stream,) = root.iter("Stream")
    return stream.attrib["url"]


async def test_a_call_is_connected_to_our_websocket() -> None:
    """The stream goes to where the request came in, with the caller's number along."""
    root = twiml_of(await ask())
    assert [child.tag for child in root] == ["Connect"]
    assert stream_url(root) == "ws://kalm.test:8000/lines/twilio"
    assert parameters(root) == {"from": "+31612345678"}


@pytest.mark.parametrize(
    ("settings", "headers", "url"),
    [
        ({"public_url": "https://kalm.example/"}, {}, "wss://kalm.example/lines/twilio"),
        ({"public_url": "https://kalm.example/bot"}, {}, "wss://kalm.example/bot/lines/twilio"),
        (
            {},
            {"x-forwarded-proto": "https", "x-forwarded-host": "a.example"},
            "wss://a.example/lines/twilio",
        ),
        ({}, {"x-forwarded-proto": "https,http"}, "wss://kalm.test:8000/lines/twilio"),
    ],
)
async def test_the_public_address_is_the_one_twilio_can_reach(
    settings: dict[str, Any], headers: dict[str, str], url: str
) -> None:
    """The setting goes before the proxy's headers, and these before the request's own address."""
    assert stream_url(twiml_of(await ask(headers=headers, **settings))) == url


async def test_a_language_asked_for_is_passed_on() -> None:
    """Two telephone numbers can have two languages, by the address set at Twilio."""
    root = twiml_of(await ask(path="/lines/twilio/answer?language=en"))
    assert parameters(root)["language"] == "en"


@pytest.mark.parametrize("number", ["anonymous", "client:anna", "+1<&>", "", "0612345678"])
async def test_only_a_number_is_passed_on_as_one(number: str) -> None:
    """A caller who withholds the number has none."""
    assert parameters(twiml_of(await ask(form={**CALL, "From": number}))) == {}


async def test_while_models_load_the_caller_is_asked_for_patience() -> None:
    """Both languages, the house's own first, a pause, and another try that counts."""
    root = twiml_of(await ask("loading", public_url="https://kalm.example"))
    assert [child.tag for child in root] == ["Say", "Say", "Pause", "Redirect"]
    assert [say.attrib["language"] for say in root.iter("Say")] == ["nl-NL", "en-GB"]
    assert root[3].text == "https://kalm.example/lines/twilio/answer?attempt=2"


async def test_patience_ends() -> None:
    """A caller is not kept for ever by models that do not load."""
    for attempt in ("24", "9999", "-1", "x", "²"):
        query = urlencode({"attempt": attempt})
        root = twiml_of(await ask("loading", path=f"/lines/twilio/answer?{query}"))
        assert [child.tag for child in root] == ["Say", "Say", "Hangup"]


async def test_when_nothing_works_it_says_so() -> None:
    """In both languages, the asked one first, and then it hangs up."""
    root = twiml_of(await ask("failed", path="/lines/twilio/answer?language=en"))
    assert [child.tag for child in root] == ["Say", "Say", "Hangup"]
    assert [say.attrib["language"] for say in root.iter("Say")] == ["en-GB", "nl-NL"]


async def test_a_full_house_lets_the_caller_wait_for_a_place() -> None:
    """The caller hears why, in both languages, and is connected once a call has ended."""
    door = Door(most=1)
    with door.let_in("CA0"):
        root = twiml_of(await ask(door=door, path="/lines/twilio/answer?language=en"))
        assert [child.tag for child in root] == ["Say", "Say", "Pause", "Redirect"]
        assert [say.attrib["language"] for say in root.iter("Say")] == ["en-GB", "nl-NL"]
        assert "busy" in str(root[0].text) and "bezet" in str(root[1].text)
        again = str(root[3].text).removeprefix("http://kalm.test:8000")
        assert again == "/lines/twilio/answer?language=en&full=2"
        assert door.times_full == 1
        await ask(door=door, path=again)
        assert door.times_full == 1  # still the same caller
    root = twiml_of(await ask(door=door, path=again))
    assert [child.tag for child in root] == ["Connect"]
    assert parameters(root)["language"] == "en"


async def test_nobody_waits_for_a_place_for_ever() -> None:
    """After some minutes the caller hears to try again later, and nothing is dialled or held."""
    door = Door(most=1)
    with door.let_in("CA0"):
        for times in (str(twilio.FULL_ATTEMPTS), "9999", "-1", "x", "²"):
            query = urlencode({"full": times})
            root = twiml_of(await ask(door=door, path=f"/lines/twilio/answer?{query}"))
            assert [child.tag for child in root] == ["Say", "Say", "Hangup"]
            assert "bezet" in str(root[0].text)


async def test_a_full_house_may_bring_the_caller_to_a_person() -> None:
    """Who is set to be dialled is dialled, with a word first; who is not reached is told so."""
    door = Door(most=1)
    with door.let_in("CA0"):
        root = twiml_of(await ask(door=door, when_full_dial="+31201234567"))
        assert [child.tag for child in root] == ["Say", "Say", "Dial"]
        assert "medewerker" in str(root[0].text)
        assert [number.text for number in root.iter("Number")] == ["+31201234567"]
        then = root[2].attrib["action"].removeprefix("http://kalm.test:8000")
        ends = {"completed": ["Hangup"], "no-answer": ["Say", "Say", "Hangup"]}
        for status, told in ends.items():
            form = {**CALL, "DialCallStatus": status}
            root = twiml_of(await ask(door=door, path=then, form=form))
            assert [child.tag for child in root] == told


async def test_who_was_connected_and_found_no_place_hears_so() -> None:
    """When the websocket closes, a call that was held ends; one that was not waits for a place."""
    door = Door(most=1)
    (connect,) = twiml_of(await ask(door=door))
    then = connect.attrib["action"].removeprefix("http://kalm.test:8000")
    with door.let_in("CA0"), pytest.raises(NotOpen), door.let_in("CA1"):
        pass
    with door.let_in("CA0"):
        root = twiml_of(await ask(door=door, path=then))
        assert [child.tag for child in root] == ["Say", "Say", "Pause", "Redirect"]
    with door.let_in("CA1"):
        pass
    root = twiml_of(await ask(door=door, path=then))
    assert [child.tag for child in root] == ["Hangup"]


async def test_with_a_token_the_signature_is_checked() -> None:
    """Signed by Twilio: connected, with a ticket for the websocket. Anything else: 403."""
    url = "https://kalm.example/lines/twilio/answer?language=nl"
    asked: dict[str, Any] = {
        "path": "/lines/twilio/answer?language=nl",
        "public_url": "https://kalm.example",
        "twilio_auth_token": "secret",
    }
    signature = sign("secret", url, CALL.items())
    root = twiml_of(await ask(**asked, headers={"X-Twilio-Signature": signature}))
    assert is_ticket("secret", "CA1", "+31612345678", parameters(root)["ticket"])
    wrong = [{}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": sign("x", url, CALL.items())}]
    for headers in wrong:
        assert (await ask(**asked, headers=headers)).status_code == 403
    forged = {**CALL, "From": "+31699999999"}
    response = await ask(**asked, form=forged, headers={"X-Twilio-Signature": signature})
    assert response.status_code == 403
