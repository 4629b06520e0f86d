"""A courier's phones: which there are, an end to one, and a page that sets a new one up."""

from flask import Response, make_response
from flask_openapi.blueprint import APIBlueprint

from api.actions.phone_setup import make_setup
from api.actions.phone_tokens import list_phones, revoke_token
from api.auth import allow
from api.context import Role
from api.json_answer import json_answer
from api.schemas.fleet import CourierPath, PhonePath, PhoneSetupBody
from api.schemas.fleet_answers import phone_row
from api.web import base_url, caller, services

blueprint = APIBlueprint("phones", __name__)


@blueprint.get("/v1/couriers/<courier_id>/phones", summary="A courier's phones")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_phones(path: CourierPath) -> Response:
    """Those that may speak for him, the newest first; their secrets are told nobody."""
    return json_answer({"phones": [phone_row(one) for one in list_phones(services(), caller(), path.courier_id)]})


@blueprint.delete("/v1/couriers/<courier_id>/phones/<token_id>", summary="Revoke a phone")
@allow(Role.DISPATCHER, Role.OPERATOR)
def delete_phone(path: PhonePath) -> Response:
    """It is refused at its next word; what it sent stays."""
    revoke_token(services(), caller(), path.token_id, courier_id=path.courier_id)
    return make_response("", 204)


@blueprint.post("/v1/couriers/<courier_id>/phone-setup", summary="Set up a courier's phone")
@allow(Role.DISPATCHER, Role.OPERATOR)
def post_phone_setup(path: CourierPath, body: PhoneSetupBody) -> Response:
    """
    Make a token and a page that shows, for three days, what to enter into which app; the link is told this once.

    The courier's other phones are revoked, unless they are to be kept.
    """
    made = make_setup(services(), caller(), path.courier_id, keep_others=body.keep_others)
    answer = {
        "url": f"{base_url()}/setup/{made.secret}",
        "token_id": made.token_id,
        "expires_at": made.expires_at,
        "revoked_phones": made.revoked,
    }
    return json_answer(answer, 201)
