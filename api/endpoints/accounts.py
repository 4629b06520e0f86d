"""Signing in and out, and who is signed in."""

from flask import Response, current_app, jsonify, request
from flask_openapi.blueprint import APIBlueprint

from api.actions.accounts import set_language, sign_in, sign_out
from api.auth import COOKIE, allow, allow_everyone, clear_session_cookie, set_session_cookie, wall_now
from api.context import Caller, Role
from api.login_limits import LoginLimits
from api.schemas.accounts import LanguageBody, LoginBody, UserAnswer
from api.web import Answer, caller, request_id, services

blueprint = APIBlueprint("accounts", __name__)


@blueprint.post("/v1/login", responses={200: UserAnswer}, summary="Sign in")
@allow_everyone
def login(body: LoginBody) -> Response:
    """Check a login and password and set the session's cookie."""
    limits: LoginLimits = current_app.extensions.setdefault("corridor_login_limits", LoginLimits())
    limits.count(request.remote_addr or "", body.login)
    signed = sign_in(services(), login=body.login, password=body.password, now=wall_now(), request_id=request_id())
    user = signed.user
    response = jsonify({"user": {"id": user.id, "name": user.name, "role": user.role, "language": user.language}})
    set_session_cookie(response, signed.token)
    return response


@blueprint.post("/v1/logout", summary="Sign out")
@allow(*Role)
def logout() -> Response:
    """End the session and take the cookie back."""
    sign_out(services(), caller(), token=request.cookies.get(COOKIE), now=wall_now())
    response = Response(status=204)
    clear_session_cookie(response)
    return response


@blueprint.get("/v1/me", responses={200: UserAnswer}, summary="Who is signed in")
@allow(*Role)
def me() -> Answer:
    """The signed-in person, or the courier or program whose token was sent."""
    return {"user": user_row(caller())}


@blueprint.patch("/v1/me", responses={200: UserAnswer}, summary="Choose a language")
@allow(Role.DISPATCHER, Role.OPERATOR)
def patch_me(body: LanguageBody) -> Answer:
    """Change the language of the person's pages."""
    return {"user": user_row(set_language(services(), caller(), body.language))}


def user_row(person: Caller) -> dict[str, str]:
    """A caller as pages show them."""
    identity = person.user_id or person.courier_id or person.actor.partition(":")[2]
    return {"id": identity, "name": person.name, "role": person.role.value, "language": person.language}
