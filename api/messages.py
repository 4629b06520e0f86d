"""
The texts of pages in a language, from the gettext catalogues in `desk/locale`, read as they are (nothing is compiled).

A text with plural forms is chosen by a table, so that pages need not evaluate a rule: `plural[n]` is the index of the
form for the number n. The table has 200 entries. For n >= 200 take `plural[100 + n % 100]`: in every language spoken
here the rule looks at the last two digits only once n is above 100.
"""

from collections.abc import Callable, Mapping
from functools import cache
from gettext import c2py  # the standard library's own safe reader of plural rules
from importlib.resources import files
from io import BytesIO
from typing import Any

from babel.messages.pofile import read_po

LANGUAGES = ("en", "ru", "kk", "uk", "pl")
PLURAL_TABLE_LENGTH = 200


@cache
def messages_of(language: str) -> Mapping[str, Any]:
    """
    `{language, plural: [...], messages: {msgid: [forms]}}`; what is not translated is left out.

    Raises
    ------
    KeyError
        When the language is not one of `LANGUAGES`.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    source = files("desk").joinpath("locale", language, "LC_MESSAGES", "messages.po")
    if not source.is_file():
        # English is the language the texts are written in: it needs a catalogue only for its exceptions
        return {"language": language, "plural": _table(lambda n: int(n != 1)), "messages": {}}
    catalogue = read_po(BytesIO(source.read_bytes()), locale=language)
    return {
        "language": language,
        "plural": _table(c2py(catalogue.plural_expr)),
        "messages": {
            _msgid(message.id): forms
            for message in catalogue
            if message.id and not message.fuzzy and all(forms := _forms(message.string))
        },
    }


def _table(rule: Callable[[int], int]) -> list[int]:
    return [rule(n) for n in range(PLURAL_TABLE_LENGTH)]


def _msgid(text: Any) -> str:
    return str(text[0]) if isinstance(text, tuple | list) else str(text)


def _forms(text: Any) -> list[str]:
    return [str(form) for form in text] if isinstance(text, tuple | list) else [str(text)]
