"""Numbers: telephone numbers in one form, so that the same caller is found again."""

import phonenumbers

HOME = "NL"
"""Where a number without a country is taken to be from."""


def e164(number: str | None) -> str | None:
    """Return a number as E.164; None when it is none, or nobody's.

    Carriers stand-ins for a hidden number ("anonymous", +266696687) are not valid
    numbers of any country. A measure on one would hit every caller who hides theirs.
    """
    if number is None:
        return None
    try:
        parsed = phonenumbers.parse(number, HOME)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
