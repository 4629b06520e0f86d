"""One person per phone number: any written form of it becomes one E.164 text."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from desk.errors import InvalidPhoneError

MAX_WRITTEN_LENGTH = 40
"""Longer texts are not looked at: no way of writing one number needs more."""

_WHY = {
    NumberParseException.INVALID_COUNTRY_CODE: "its country code is unknown; begin with + and the country code",
    NumberParseException.NOT_A_NUMBER: "there are no digits that could be one; write one number with digits",
    NumberParseException.TOO_SHORT_AFTER_IDD: "it ends after the dialling-out code; add the rest",
    NumberParseException.TOO_SHORT_NSN: "it is too short; check for missing digits",
    NumberParseException.TOO_LONG: "it is too long; write one number only",
}


def to_e164(written: str, region: str) -> str:
    """
    The number as `+77011234567`, from any form people write: `8 701 …`, `+7 701 …`, `7701…`, with brackets and dashes.

    `region` is the two-letter country in which a number without a country code was written. An extension is left out.

    Raises
    ------
    InvalidPhoneError
        When it cannot be a phone number, or has too few or too many digits for its country.
    """
    text = written.strip()
    if not text:
        raise InvalidPhoneError("nothing was written", _example(region))
    if len(text) > MAX_WRITTEN_LENGTH:
        raise InvalidPhoneError("it is too long; write one number only", _example(region))
    if any(letter.isalpha() for letter in text.split("ext")[0]):
        raise InvalidPhoneError("it has letters in it; write digits only", _example(region))
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        raise InvalidPhoneError(_WHY[error.error_type], _example(region)) from error
    if not phonenumbers.is_valid_number(number):
        raise InvalidPhoneError(_why_invalid(number), _example(region))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _why_invalid(number: phonenumbers.PhoneNumber) -> str:
    match phonenumbers.is_possible_number_with_reason(number):
        case phonenumbers.ValidationResult.TOO_SHORT | phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return "it has too few digits; check for missing ones and for the area code"
        case phonenumbers.ValidationResult.TOO_LONG:
            return "it has too many digits; write one number only"
        case phonenumbers.ValidationResult.INVALID_COUNTRY_CODE:
            return "its country code is unknown; begin with + and the country code"
    return f"no such number can exist in +{number.country_code}; check its digits and its country code"


def _example(region: str) -> str:
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if number is None:
        return "+77710009998"
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
