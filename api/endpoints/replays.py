"""Tracks played again."""

from flask import Response
from flask_openapi.blueprint import APIBlueprint

from api.actions import replays
from api.auth import allow
from api.context import Role
from api.json_answer import json_answer
from api.schemas.replays import ReplayAnswer, ReplayBody, read_replay, replayed_row
from api.web import caller, services

blueprint = APIBlueprint("replays", __name__)


@blueprint.post("/v1/replay", responses={200: ReplayAnswer}, summary="Play a track against a plan")
@allow(Role.DISPATCHER)
def post_replay(body: ReplayBody) -> Response:
    """What the service would have raised, closed and taken back. Nothing is stored."""
    return json_answer(replayed_row(replays.replay_track(services(), caller(), read_replay(body))))
