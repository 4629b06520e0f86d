import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.customer import to_e164
from desk.errors import InvalidPhoneError

ALMATY = "+77011234567"


@pytest.mark.parametrize(
    "written",
    [
        "8 701 123 45 67",
        "8(701)123-45-67",
        "87011234567",
        "+7 701 123 45 67",
        "+7 (701) 123-45-67",
        "77011234567",
        "7 701 123 45 67",
        "701 123 45 67",
        " +7\u00a0701\u00a0123\u00a045\u00a067 ",
        "8–701–123–45–67",
        "+7 701 123 45 67 ext 12",
    ],
)
def test_every_written_form_of_a_number_in_kazakhstan_is_the_same_person(written: str) -> None:
    assert to_e164(written, "KZ") == ALMATY


@pytest.mark.parametrize("written", ["040 123 4567", "+358 (0)40 123 4567", "00358401234567", "358 40 1234567"])
def test_every_written_form_of_a_number_in_finland_is_the_same_person(written: str) -> None:
    assert to_e164(written, "FI") == "+358401234567"


def test_number_with_country_code_is_the_same_in_every_region() -> None:
    assert to_e164("+48 601 234 567", "KZ") == to_e164("601 234 567", "PL")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "nothing was written"),
        ("   ", "nothing was written"),
        ("no phone", "letters"),
        ("--", "no digits"),
        ("8 701 123", "too few digits"),
        ("8 701 123 45 67; 8 702 123 45 67", "one number"),
        ("+999 123 456 789", "country code"),
        ("1" * 41, "too long"),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason_and_an_example(written: str, why: str) -> None:
    with pytest.raises(InvalidPhoneError, match=why) as caught:
        to_e164(written, "KZ")

    assert "+7 7" in str(caught.value)


def test_refusal_never_repeats_the_number() -> None:
    with pytest.raises(InvalidPhoneError) as caught:
        to_e164("8 701 123 45", "KZ")

    assert "701 123 45" not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_a_number_in_one_form_or_is_refused(written: str) -> None:
    try:
        phone = to_e164(written, "KZ")
    except InvalidPhoneError:
        return

    assert re.fullmatch(r"\+[1-9]\d{6,14}", phone)
    assert to_e164(phone, "FI") == phone
