"""TwiML: what Twilio is told to do with a call, in XML.

https://www.twilio.com/docs/voice/twiml. The sentences here are said by
Twilio's own voice, only when Kalm's can't speak.
"""

from xml.etree import ElementTree as Xml

from bot.events import Language

VOICES: dict[Language, str] = {"nl": "nl-NL", "en": "en-GB"}
"""Languages as `<Say>` calls them."""

WAIT: dict[Language, str] = {
    "nl": "Een ogenblik alstublieft, u wordt zo geholpen.",
    "en": "One moment please, we will be with you shortly.",
}
BUSY: dict[Language, str] = {
    "nl": "Al onze lijnen zijn bezet. Wilt u het over een paar minuten opnieuw proberen?",
    "en": "All our lines are busy. Please try again in a few minutes.",
}
STAY: dict[Language, str] = {
    "nl": "Al onze lijnen zijn bezet. Blijft u aan de lijn, wij helpen u zodra er een vrij is.",
    "en": "All our lines are busy. Please stay on the line, we will help you when one is free.",
}
TO_PEOPLE: dict[Language, str] = {
    "nl": "Onze digitale assistent is bezet. Wij verbinden u door met een medewerker.",
    "en": "Our digital assistant is busy. We are connecting you to one of our people.",
}
SORRY: dict[Language, str] = {
    "nl": "Wij kunnen uw gesprek nu niet aannemen. Wilt u het later opnieuw proberen?",
    "en": "We can't take your call right now. Please try again later.",
}


def connect(stream_url: str, parameters: dict[str, str], then_url: str) -> str:
    """Connect the call to our websocket; when that closes, Twilio asks what to do then."""
    response = Xml.Element("Response")
    connect = Xml.SubElement(response, "Connect", action=then_url, method="POST")
    stream = Xml.SubElement(connect, "Stream", url=stream_url)
    for name, value in parameters.items():
        Xml.SubElement(stream, "Parameter", name=name, value=value)
    return _written(response)


def wait(
    first: Language,
    retry_url: str,
    *,
    sentences: dict[Language, str] = WAIT,
    seconds: int = 5,
) -> str:
    """Ask for patience in both languages, and come back."""
    response = _said(sentences, first)
    Xml.SubElement(response, "Pause", length=str(seconds))
    Xml.SubElement(response, "Redirect", method="POST").text = retry_url
    return _written(response)


def dial(first: Language, number: str, then_url: str) -> str:
    """Say in both languages that a person comes, and call one; then Twilio asks what to do."""
    response = _said(TO_PEOPLE, first)
    called = Xml.SubElement(response, "Dial", action=then_url, method="POST")
    Xml.SubElement(called, "Number").text = number
    return _written(response)


def hang_up() -> str:
    """End the call without a word."""
    response = Xml.Element("Response")
    Xml.SubElement(response, "Hangup")
    return _written(response)


def refuse(sentences: dict[Language, str], first: Language) -> str:
    """Say in both languages why not, and hang up."""
    response = _said(sentences, first)
    Xml.SubElement(response, "Hangup")
    return _written(response)


def _said(sentences: dict[Language, str], first: Language) -> Xml.Element:
    response = Xml.Element("Response")
    for language in sorted(sentences, key=lambda each: each != first):
        Xml.SubElement(response, "Say", language=VOICES[language]).text = sentences[language]
    return response


def _written(response: Xml.Element) -> str:
    return Xml.tostring(response, encoding="unicode", xml_declaration=True)
