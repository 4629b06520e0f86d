"""The web application: its parts, its endpoints, and what happens to every request."""

from importlib import import_module
from importlib.metadata import version

from flask import Blueprint, Flask
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.info import Info
from flask_openapi.openapi import OpenAPI

from api.auth import add_auth
from api.body_limit import add_body_limit
from api.context import Services
from api.db.engine import Database
from api.error_answers import add_error_answers, answer_validation_error
from api.request_log import add_request_log
from api.road_networks import RoadNetworks
from api.runtime import Runtime
from api.security_headers import add_security_headers
from api.settings import Settings, from_environment

ENDPOINTS: tuple[str, ...] = (
    "accounts",
    "answers",
    "cities",
    "console",
    "courier_work",
    "fleet",
    "health",
    "ingest",
    "live",
    "orders",
    "pages",
    "phone_setup",
    "phones",
    "pings",
    "plans",
    "replays",
    "slots",
    "tracking_rules",
    "zones",
)
"""Modules of `api.endpoints`; each has a `blueprint`. A new module adds its line here."""

BACKGROUND: tuple[str, ...] = ("api.tracking_service", "api.mqtt_part", "api.jobs.runner")
"""Modules with `add_background(runtime: Runtime, services: Services) -> None`, in starting order."""


def create_services(settings: Settings) -> Services:
    """Build the parts that actions work with; the database is not touched yet."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    return Services(
        settings=settings,
        db=Database(settings.url, busy_timeout_ms=settings.sqlite_busy_timeout_ms),
        clock=settings.clock,
        roads=RoadNetworks(settings.networks_folder),
    )


def create_app(services: Services | None = None, settings: Settings | None = None) -> OpenAPI:
    """
    Build the application. Background parts wait in `app.extensions["corridor_runtime"]` until somebody starts them.

    Parts are built from `settings` (or the environment) unless `services` are given.
    """
    if services is None:
        services = create_services(settings or from_environment())
    app = OpenAPI(
        "api",
        info=Info(title="Corridor", version=version("corridor-dispatch")),
        static_folder=None,
        doc_ui=False,  # its pages need inline scripts, which our content security policy forbids
        validation_error_callback=answer_validation_error,
    )
    app.openapi_version = "3.1.0"
    app.config["MAX_CONTENT_LENGTH"] = services.settings.max_body_bytes
    app.json.sort_keys = False  # type: ignore[attr-defined] # the provider in use has it, its base class does not say so
    runtime = Runtime()
    app.extensions["corridor"] = services
    app.extensions["corridor_runtime"] = runtime
    add_request_log(app)
    add_auth(app)
    add_body_limit(app)
    add_error_answers(app)
    add_security_headers(app)
    for name in ENDPOINTS:
        _register(app, import_module(f"api.endpoints.{name}").blueprint)
    for name in BACKGROUND:
        import_module(name).add_background(runtime, services)
    return app


def runtime_of(app: Flask) -> Runtime:
    """The background parts of an application."""
    runtime = app.extensions["corridor_runtime"]
    assert isinstance(runtime, Runtime)  # noqa: S101 - narrows the type for mypy, create_app put it there
    return runtime


def _register(app: OpenAPI, blueprint: Blueprint) -> None:
    if isinstance(blueprint, APIBlueprint):
        app.register_api(blueprint)
    else:
        app.register_blueprint(blueprint)
