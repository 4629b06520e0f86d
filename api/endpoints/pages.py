"""The console's page, its files, and its texts. They hold nothing of anybody's: what they show comes from the API."""

import base64
import hashlib
import json
from pathlib import Path

from flask import Blueprint, Response, make_response, render_template

from api import console
from api.auth import allow_everyone
from api.console.vendor import import_map
from api.errors import NotFoundError, UnavailableError
from api.file_answer import file_answer
from api.messages import LANGUAGES, messages_of
from api.security_headers import content_security_policy
from api.web import Answer, find_caller

CONSOLE = Path(console.__file__).parent
blueprint = Blueprint("pages", __name__, template_folder=str(CONSOLE / "templates"))

_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".txt": "text/plain",
}
"""Said here, since what the machine's own table says differs from one system to the next."""


@blueprint.get("/")
@blueprint.get("/live")
@blueprint.get("/desk")
@blueprint.get("/login")
@allow_everyone
def index() -> Response:
    """The one page of the console; it asks the API who is signed in and shows the screen of its address."""
    if not (CONSOLE / "vendor" / "preact.js").is_file():
        raise UnavailableError("the page's libraries are missing; run `make setup`, it fetches them")
    modules = import_map()
    person = find_caller()
    response = make_response(
        render_template(
            "index.html",
            import_map=modules,
            modules=_modules(),
            language=person.language if person else "en",
        )
    )
    digest = base64.b64encode(hashlib.sha256(modules.encode()).digest()).decode()
    response.headers["Content-Security-Policy"] = content_security_policy(f"sha256-{digest}")
    return response


@blueprint.get("/static/<path:name>")
@allow_everyone
def static(name: str) -> Response:
    """A file of the console itself."""
    return _file(CONSOLE / "static", name)


@blueprint.get("/vendor/<path:name>")
@allow_everyone
def vendor(name: str) -> Response:
    """A file of the libraries that the console uses."""
    return _file(CONSOLE / "vendor", name)


@blueprint.get("/favicon.ico")
@allow_everyone
def favicon() -> Response:
    """Browsers ask for it by themselves."""
    return _file(CONSOLE / "static", "icon.svg")


@blueprint.get("/v1/messages/<language>.json")
@allow_everyone
def messages(language: str) -> Answer:
    """The page's texts in a language."""
    if language not in LANGUAGES:
        raise NotFoundError(f"expected a language of {', '.join(LANGUAGES)}, got {language!r}")
    return dict(messages_of(language)), 200, {"Cache-Control": "no-cache"}


def _file(folder: Path, name: str) -> Response:
    return file_answer(folder, name, _TYPES.get(Path(name).suffix))


def _modules() -> list[str]:
    """Addresses of the page's own modules and libraries, so that the browser fetches them side by side."""
    own = sorted(path.relative_to(CONSOLE).as_posix() for path in (CONSOLE / "static").rglob("*.js"))
    libraries: dict[str, str] = json.loads(import_map())["imports"]
    return [f"/{name}" for name in own if name != "static/theme_first.js"] + sorted(libraries.values())
