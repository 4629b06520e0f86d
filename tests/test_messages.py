"""Every text of pages and sentences is in the five catalogues, translated whole and with its placeholders."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.plurals import get_plural

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("en", "ru", "kk", "uk", "pl")
TRANSLATED = LANGUAGES[1:]
PLACEHOLDER = re.compile(r"\{\w+\}|%\(\w+\)[a-z]")


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("corridor_messages_script", ROOT / "scripts" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


SCRIPT = load_script()


@pytest.fixture(scope="module")
def template() -> Catalog:
    collected: Catalog = SCRIPT.collect()
    return collected


def messages(language: str) -> list[Message]:
    return [message for message in SCRIPT.read(language) if message.id]


def ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def forms(message: Message) -> tuple[str, ...]:
    string = message.string
    return (string or "",) if string is None or isinstance(string, str) else tuple(string)


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def test_the_sources_have_texts_of_the_pages_and_of_the_sentences(template: Catalog) -> None:
    places = {place for message in template for place, _ in message.locations}

    assert any(place.startswith("api/console/static/") for place in places)
    assert any(place.startswith("desk/") for place in places)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_text_of_the_sources_and_no_other(template: Catalog, language: str) -> None:
    wanted = {ids(message) for message in template if message.id}

    found = {ids(message) for message in messages(language)}

    assert found == wanted, "run `make messages`, then translate what is new"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    untranslated = [ids(message)[0] for message in messages(language) if not all(forms(message))]

    assert untranslated == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_marked_fuzzy(language: str) -> None:
    fuzzy = [ids(message)[0] for message in messages(language) if message.fuzzy]

    assert fuzzy == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_placeholders_of_its_text(language: str) -> None:
    wrong = [
        (form, ids(message)[-1])
        for message in messages(language)
        for form in forms(message)
        if form and placeholders(form) != placeholders(ids(message)[-1])
    ]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_with_a_number_has_as_many_forms_as_the_language(language: str) -> None:
    wanted = get_plural(language).num_plurals

    counted = {ids(message)[0]: len(forms(message)) for message in messages(language) if message.pluralizable}

    assert SCRIPT.read(language).num_plurals == wanted
    assert {text: count for text, count in counted.items() if count != wanted} == {}
