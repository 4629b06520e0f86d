from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po
from babel.plural import PluralRule

from desk.order_status import LANGUAGES, Status, Telling, sentence, sentences
from tracking.events import Reason

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ALMATY = ZoneInfo("Asia/Almaty")


def expected(stops_before: int | None = None, days: int = 0) -> Status:
    from_at = NOW + timedelta(days=days, minutes=5)
    return Status(
        telling=Telling.EXPECTED,
        order_no="4146",
        from_at=from_at,
        until_at=from_at + timedelta(minutes=10),
        stops_before=stops_before,
    )


def test_the_interval_is_told_in_the_time_of_the_city() -> None:
    assert sentence(expected(), "en", NOW, ALMATY) == "Your order 4146 will arrive today between 15:05 and 15:15."


def test_the_russian_sentence_reads_well() -> None:
    assert sentence(expected(3), "ru", NOW, ALMATY) == (
        "Ваш заказ 4146 доставят сегодня с 15:05 до 15:15. Перед вами 3 адреса."
    )


@pytest.mark.parametrize(
    ("language", "stops", "words"),
    [
        ("en", 1, "There is 1 stop before you."),
        ("en", 2, "There are 2 stops before you."),
        ("ru", 1, "Перед вами 1 адрес."),
        ("ru", 22, "Перед вами 22 адреса."),
        ("ru", 11, "Перед вами 11 адресов."),
        ("uk", 21, "Перед вами 21 адреса."),
        ("uk", 5, "Перед вами 5 адрес."),
        ("pl", 1, "Przed Państwem jest 1 adres."),
        ("pl", 2, "Przed Państwem są 2 adresy."),
        ("pl", 21, "Przed Państwem jest 21 adresów."),
        ("kk", 7, "Сізге дейін 7 мекенжай бар."),
        ("kk", 0, "Келесі кезек сіздікі."),
    ],
)
def test_plural_forms_are_right(language: str, stops: int, words: str) -> None:
    assert sentence(expected(stops), language, NOW, ALMATY).endswith(words)


@pytest.mark.parametrize(
    ("reason", "language", "words"),
    [
        (Reason.TRAFFIC, "en", "We apologise. The reason is heavy traffic."),
        (Reason.STALL, "en", "We apologise. The courier was held up on the way."),
        (Reason.TRAFFIC, "kk", "Себебі — жолдағы кептеліс."),
        (Reason.REPLAN, "en", "We apologise."),
        (None, "en", "We apologise."),
    ],
)
def test_a_later_order_has_its_reason_without_blame(reason: Reason | None, language: str, words: str) -> None:
    status = replace(expected(), telling=Telling.LATER, stops_before=None, reason=reason)

    assert sentence(status, language, NOW, ALMATY).endswith(words)


def test_another_day_is_named() -> None:
    assert "23 ноября" in sentence(expected(days=1), "ru", NOW, ALMATY)


@pytest.mark.parametrize("telling", list(Telling))
def test_every_telling_has_words_of_its_own_in_every_language(telling: Telling) -> None:
    status = Status(telling=telling, order_no="4146", from_at=NOW, until_at=NOW + timedelta(minutes=5), at=NOW)

    said = sentences(status, NOW, ALMATY)

    assert set(said) == set(LANGUAGES)
    assert len(set(said.values())) == len(LANGUAGES)
    assert all("4146" in text and "%" not in text for text in said.values())


def test_an_unknown_language_is_answered_in_english() -> None:
    assert sentence(expected(), "fr", NOW, ALMATY) == sentence(expected(), "en", NOW, ALMATY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_rules_of_the_catalogue_agree_with_cldr(language: str) -> None:
    """Each number takes one form; numbers of one CLDR class take the same form."""
    source = files("desk").joinpath("locale", language, "LC_MESSAGES", "messages.po").read_bytes()
    catalogue = read_po(BytesIO(source), locale=language)
    rule: PluralRule = catalogue.locale.plural_form if catalogue.locale else PluralRule({})

    forms: dict[str, set[str]] = {}
    for count in range(200):
        words = sentence(expected(count + 1), language, NOW, ALMATY).rsplit(". ", 1)[1].replace(str(count + 1), "N")
        forms.setdefault(rule(count + 1), set()).add(words)

    assert all(len(words) == 1 for words in forms.values())
