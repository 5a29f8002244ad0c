"""Only Twilio can ask for TwiML, and only our TwiML opens a stream, once a token is set."""

from hypothesis import given
from hypothesis import strategies as some

from bot.line.twilio_signature import is_signed, is_ticket, sign, ticket

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FIELDS = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
TEXTS = some.text(alphabet=some.characters(codec="utf-8"))


def test_the_example_of_twilios_documentation() -> None:
    """Token 12345 and this form give this signature, says https://www.twilio.com/docs/usage/security."""
    assert sign("12345", URL, FIELDS) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert sign("12345", URL, reversed(FIELDS)) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_a_field_that_comes_twice() -> None:
    """Twilio's own libraries sign each value of a name once, in order."""
    fields = [("Sid", "CA123"), ("SidAccount", "AC123")]
    fields += [("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
    assert sign("12345", URL, fields) == "IK+Dwps556ElfBT0I3Rgjkr1wJU="


@given(some.lists(some.tuples(TEXTS, TEXTS)), TEXTS, TEXTS)
def test_no_other_signature_is_taken(fields: list[tuple[str, str]], token: str, shown: str) -> None:
    """A signature is good for its token and form; any text can be shown without a crash."""
    signature = sign(token, URL, fields)
    assert is_signed(token, URL, fields, signature)
    assert not is_signed(token + "x", URL, fields, signature)
    assert not is_signed(token, URL + "&more=1", fields, signature)
    assert is_signed(token, URL, fields, shown) == (shown == signature)


def test_a_ticket_is_for_one_call_and_one_number() -> None:
    """Neither the id nor the number can be changed, left out or moved into each other."""
    good = ticket("secret", "CA1", "+31612345678")
    assert is_ticket("secret", "CA1", "+31612345678", good)
    for call, number in [("CA2", "+31612345678"), ("CA1", "+31612345679"), ("CA1", None)]:
        assert not is_ticket("secret", call, number, good)
    assert not is_ticket("other", "CA1", "+31612345678", good)
