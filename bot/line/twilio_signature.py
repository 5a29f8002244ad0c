"""Twilio's signature: proof that a request, and the call it leads to, came from Twilio.

https://www.twilio.com/docs/usage/security. Twilio signs the request for TwiML.
Our TwiML then carries a ticket to the websocket, so that nobody else can open
one with a caller's number of their choice.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def sign(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """Return the X-Twilio-Signature of a form posted to a URL.

    Args:
        token: The account's auth token.
        url: In full, as Twilio was told it, query included.
        fields: The form's names and values; a name may come more than once.
    """
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_signed(token: str, url: str, fields: Iterable[tuple[str, str]], signature: str) -> bool:
    """Tell whether a signature is Twilio's."""
    # As bytes: compare_digest takes no other text than ASCII.
    return hmac.compare_digest(sign(token, url, fields).encode(), signature.encode())


def ticket(token: str, call_sid: str, caller_number: str | None) -> str:
    """Return what the websocket of a call must show: its id and number, signed with our token."""
    text = f"kalm call {call_sid} {caller_number or ''}"
    return hmac.new(token.encode(), text.encode(), hashlib.sha256).hexdigest()


def is_ticket(token: str, call_sid: str, caller_number: str | None, shown: str) -> bool:
    """Tell whether a ticket is ours, for this call and this number."""
    return hmac.compare_digest(ticket(token, call_sid, caller_number).encode(), shown.encode())
