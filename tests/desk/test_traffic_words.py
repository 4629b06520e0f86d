import pytest

from desk.order_status import LANGUAGES
from desk.traffic_words import factor_sentence


def test_factor_is_told_with_the_drives_behind_it():
    said = factor_sentence(1.314, 212, "en", zone_id="centre", hour=18)

    assert said == "Zone centre at 18 h: drives take 1.31 times as long as on empty streets, from 212 drives."


def test_one_drive_is_singular():
    assert factor_sentence(1.0, 1, "en", hour=9).endswith("from 1 drive.")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("drives", [1, 2, 5, 212])
def test_every_language_tells_the_factor_the_zone_and_the_count(language: str, drives: int):
    said = factor_sentence(1.314, drives, language, zone_id="centre", hour=18)

    assert all(part in said for part in ("1.31", "centre", "18", str(drives)))


def test_unknown_language_is_answered_in_english():
    assert factor_sentence(1.0, 0, "xx", hour=9) == factor_sentence(1.0, 0, "en", hour=9)
