"""Where is my order, and what was promised."""

from flask import Response
from flask_openapi.blueprint import APIBlueprint

from api.actions.answers import Question, answer
from api.actions.promises import log_promise
from api.auth import allow
from api.context import Role
from api.json_answer import json_answer
from api.schemas.console import PromiseBody, QuestionBody
from api.web import caller, services

blueprint = APIBlueprint("answers", __name__)


@blueprint.post("/v1/answers", summary="Where is my order?")
@allow(Role.DISPATCHER, Role.OPERATOR)
def post_answer(body: QuestionBody) -> Response:
    """Everything for one call, by phone, order number or order id."""
    question = Question(city=body.city, phone=body.phone, order_no=body.order_no, order_id=body.order_id)
    return json_answer(answer(services(), caller(), question))


@blueprint.post("/v1/promises", summary="The client was promised this")
@allow(Role.DISPATCHER, Role.OPERATOR)
def post_promise(body: PromiseBody) -> Response:
    """Write down what the client was told; lateness counts against it from now on."""
    promise = log_promise(
        services(),
        caller(),
        order_id=body.order_id,
        from_at=body.from_at,
        until_at=body.until_at,
        channel=body.channel,
        language=body.language,
        words=body.words,
    )
    return json_answer(promise, 201)
