"""The page that tells a courier what to enter into which app."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import segno
from flask import Blueprint, Response, make_response, render_template, request
from markupsafe import Markup

from api import console
from api.actions.phone_setup import read_setup
from api.auth import asks_own_secret
from api.errors import NotFoundError
from api.messages import LANGUAGES
from api.web import base_url, services
from desk.phone_setup import app_setups, setup_words

blueprint = Blueprint("phone_setup", __name__, template_folder=str(Path(console.__file__).parent / "templates"))

NAMES = {"en": "English", "ru": "Русский", "kk": "Қазақша", "uk": "Українська", "pl": "Polski"}


@blueprint.get("/setup/<secret>")
@asks_own_secret
def get_setup_page(secret: str) -> Response:
    """The courier's page; the secret in its address is all it asks for."""
    try:
        setup = read_setup(services(), secret, base_url())
    except NotFoundError as error:
        page = render_template("setup_closed.html", language=_language(None), words=str(error))
        return make_response(page, 404)
    language = _language(setup.city.language)
    zone = ZoneInfo(setup.city.timezone)
    words = setup_words(language)
    heard = setup.last_heard_at
    words = replace(
        words,
        works=words.works % {"time": heard.astimezone(zone).strftime("%H:%M") if heard else ""},
        until=words.until % {"time": setup.expires_at.astimezone(zone).strftime("%d.%m. %H:%M")},
    )
    return make_response(
        render_template(
            "setup.html",
            language=language,
            languages=NAMES,
            words=words,
            courier=setup.courier,
            heard=heard,
            apps=[(app, _qr(app.scan) if app.scan else None) for app in app_setups(setup.facts, language)],
            page_qr=_qr(f"{base_url()}/setup/{secret}"),
        )
    )


def _language(of_city: str | None) -> str:
    """What the reader chose, else what his browser asks for, else that of his city."""
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return asked
    found = request.accept_languages.best_match(LANGUAGES)
    return found or (of_city if of_city in LANGUAGES else "en")


def _qr(text: str) -> Markup:
    """A drawing without any style of its own, as our content policy wants it."""
    # nothing of the text itself stands in the drawing, only squares
    return Markup(segno.make(text, error="m").svg_inline(omitsize=True, border=4, light="#fff"))  # noqa: S704 - as said above
