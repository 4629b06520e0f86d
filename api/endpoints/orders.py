"""Orders: taken in, imported, listed, edited, cancelled."""

from flask import Response, request
from flask_openapi.blueprint import APIBlueprint

from api.actions import live_plans, order_changes, order_import, order_reading, orders
from api.actions.orders import TakenOrder
from api.auth import allow
from api.context import Role
from api.errors import InputProblem, InvalidInputError
from api.jobs.runner import JobRunner
from api.json_answer import json_answer
from api.rows import order_row
from api.schemas.order_answers import read_edits, read_order, report_row, story_row, taken_row
from api.schemas.orders import (
    CancelBody,
    ImportAnswer,
    ImportQuery,
    OrderEdit,
    OrderPath,
    OrdersBody,
    OrdersQuery,
    TakenOrdersAnswer,
)
from api.schemas.slots import InsertBody, InsertedAnswer, inserted_row
from api.web import caller, runtime, services

blueprint = APIBlueprint("orders", __name__)


@blueprint.post(
    "/v1/orders", responses={201: TakenOrdersAnswer, 200: TakenOrdersAnswer}, summary="Add one order or many"
)
@allow(Role.DISPATCHER)
def post_orders(body: OrdersBody) -> Response:
    """Keep every order that can be kept: 201 when all were, 200 when some were, 422 when none was."""
    if (body.order is None) == (body.orders is None):
        message = 'send one order as {"order": {...}} or many as {"orders": [...]}'
        raise InvalidInputError(message, (InputProblem(code="no_orders", where="body", message=message),))
    sent = [(f"orders[{number}]", value) for number, value in enumerate(body.orders or ())]
    if body.order is not None:
        sent = [("order", body.order)]
    read = [read_order(value, where) for where, value in sent]
    good = [one for one in read if not isinstance(one, TakenOrder)]
    taken = iter(orders.take_orders(services(), caller(), body.city, good) if good else ())
    results = [one if isinstance(one, TakenOrder) else next(taken) for one in read]
    kept = sum(one.order_id is not None for one in results)
    status = 201 if kept == len(results) else 200 if kept else 422
    return json_answer({"orders": [taken_row(one) for one in results]}, status)


@blueprint.post("/v1/orders/import", responses={200: ImportAnswer}, summary="Import a CSV file of orders")
@allow(Role.DISPATCHER)
def import_orders(query: ImportQuery) -> Response:
    """Keep every good row of the CSV body, and report every bad one."""
    report = order_import.import_orders(services(), caller(), query.city, query.date, request.get_data())
    return json_answer(report_row(report))


@blueprint.get("/v1/orders", summary="Orders of a day")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_orders(query: OrdersQuery) -> Response:
    """Orders of a city's day, by number."""
    found = order_reading.list_orders(services(), caller(), query.city, query.date, query.status)
    return json_answer({"orders": [order_row(one) for one in found]})


@blueprint.get("/v1/orders/<order_id>", summary="One order")
@allow(Role.DISPATCHER, Role.OPERATOR)
def get_order(path: OrderPath) -> Response:
    """One order with everything that happened to it."""
    return json_answer(story_row(order_reading.read_order(services(), caller(), path.order_id)))


@blueprint.patch("/v1/orders/<order_id>", summary="Edit an order")
@allow(Role.DISPATCHER)
def patch_order(path: OrderPath, body: OrderEdit) -> Response:
    """Change an order; on a route it is timed anew, and whoever is affected is told."""
    return json_answer(story_row(order_changes.edit_order(services(), caller(), path.order_id, read_edits(body))))


@blueprint.post("/v1/orders/<order_id>/cancel", summary="Cancel an order")
@allow(Role.DISPATCHER)
def cancel_order(path: OrderPath, body: CancelBody) -> Response:
    """Cancel an order; on a route its visit is dropped."""
    return json_answer(story_row(order_changes.cancel_order(services(), caller(), path.order_id, body.reason)))


@blueprint.post(
    "/v1/orders/<order_id>/insert", responses={200: InsertedAnswer}, summary="Put an order into the plan in force"
)
@allow(Role.DISPATCHER)
def insert_order(path: OrderPath, body: InsertBody) -> Response:
    """Put a ready order into its cheapest feasible place now; `placed` is null with the reason when it has none."""
    inserted = live_plans.insert_order(services(), caller(), path.order_id, improve=body.improve)
    if inserted.job is not None:
        runtime().get(JobRunner).wake()
    return json_answer(inserted_row(inserted))
