"""Texts of pages: languages, plural tables, and what is not translated."""

import pytest
from flask import Flask

from api.messages import LANGUAGES, PLURAL_TABLE_LENGTH, messages_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_served_to_everybody(app: Flask, language: str) -> None:
    answer = app.test_client().get(f"/v1/messages/{language}.json")

    assert answer.status_code == 200
    assert answer.json is not None
    assert set(answer.json) == {"language", "plural", "messages"}
    assert len(answer.json["plural"]) == PLURAL_TABLE_LENGTH


def test_unknown_language_is_not_found(app: Flask) -> None:
    assert app.test_client().get("/v1/messages/xx.json").status_code == 404


@pytest.mark.parametrize(
    ("language", "same_form"),
    [
        ("en", [(2, 5, 100, 0), (1,)]),
        ("ru", [(1, 21, 101, 121), (2, 3, 24, 102), (0, 5, 11, 14, 111)]),
        ("uk", [(1, 21, 101), (2, 22, 104), (0, 5, 12, 112)]),
        ("pl", [(1,), (2, 22, 103), (0, 5, 12, 21, 101, 112)]),
    ],
)
def test_plural_table_gives_one_form_to_numbers_that_share_one(language: str, same_form: list[tuple[int, ...]]) -> None:
    table = messages_of(language)["plural"]

    forms = [{table[n] for n in numbers} for numbers in same_form]

    assert all(len(form) == 1 for form in forms)
    assert len(set.union(*forms)) == len(same_form)
