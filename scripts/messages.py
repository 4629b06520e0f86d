"""Collects every user-visible text of pages and sentences into the five catalogues; run by `make messages`."""

import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LOCALES = ROOT / "desk" / "locale"
LANGUAGES = ("en", "ru", "kk", "uk", "pl")

_STRING = r'"(?:[^"\\]|\\.)*"'
_PAGE_TEXT = re.compile(rf"\b(tn|t)\(\s*({_STRING})(?:\s*,\s*({_STRING}))?")


def page_texts(file: Any, keywords: Any, comment_tags: Any, options: Any) -> Iterator[tuple[int, str, Any, list[str]]]:
    """
    Every `t("...")` and `tn("...", "...", n)` of a script, with double quotes, as the pages are written.

    Babel's own reader loses texts that stand in a template within a template.
    """
    source = file.read().decode("utf-8")
    for found in _PAGE_TEXT.finditer(source):
        name, first, second = found.groups()
        line = source.count("\n", 0, found.start()) + 1
        one = json.loads(first)
        yield line, name, (one, json.loads(second)) if name == "tn" else one, []


SOURCES: tuple[tuple[Path, list[tuple[str, Any]]], ...] = (
    (ROOT / "api" / "console" / "static", [("**.js", page_texts)]),
    (ROOT / "desk", [("**.py", "python")]),
)
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "t": None,
    "tn": (1, 2),
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
}


def collect() -> Catalog:
    """Every text of the sources, with the file it stands in."""
    template = Catalog(project="corridor-dispatch", charset="utf-8", fuzzy=False)
    for folder, methods in SOURCES:
        found = extract_from_dir(str(folder), method_map=methods, keywords=KEYWORDS, comment_tags=("note:",))
        for name, _line, message, comments, context in found:
            place = (folder / name).relative_to(ROOT).as_posix()
            template.add(message, locations=[(place, 0)], auto_comments=comments, context=context)
    return template


def catalogue_path(language: str) -> Path:
    """Where a language's catalogue lies."""
    return LOCALES / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """A language's catalogue, empty when there is none yet."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, project="corridor-dispatch", charset="utf-8", fuzzy=False)
    return read_po(io.BytesIO(path.read_bytes()), locale=language)


def main() -> int:
    """Merge new texts into each catalogue, keep translations, drop what no source names; print what is untranslated."""
    template = collect()
    missing = 0
    for language in LANGUAGES:
        catalogue = read(language)
        catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as out:
            write_po(out, catalogue, width=120, sort_output=True, omit_header=False, no_location=True)
        untranslated = [m.id for m in catalogue if m.id and language != "en" and not all(_forms(m.string))]
        missing += len(untranslated)
        print(f"{language}: {len(catalogue)} texts, {len(untranslated)} untranslated")
    return 1 if missing and "--strict" in sys.argv else 0


def _forms(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (string or "",) if string is None or isinstance(string, str) else tuple(string)


if __name__ == "__main__":
    sys.exit(main())
