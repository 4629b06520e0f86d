"""What a child process that solves is given and what it says back: JSON lines, typed on both ends."""

from datetime import datetime
from pathlib import Path

import msgspec

from routing.change_rules import ChangeRules
from routing.courier_now import CourierNow
from routing.day_inputs import DayInputs, PlanLimits
from routing.plan import Plan, PlanDiff


class SolveRequest(msgspec.Struct, frozen=True):
    """
    A day to plan, and where its street network lies (`city_slug` and `vehicle_profile` under `networks_folder`).

    `old` is the plan in force at `now`, `couriers` say by shift id where each one is.
    """

    inputs: DayInputs
    old: Plan
    couriers: dict[str, CourierNow]
    rules: ChangeRules
    now: datetime
    limits: PlanLimits
    networks_folder: str
    city_slug: str
    vehicle_profile: str

    @property
    def networks_root(self) -> Path:
        """The folder as a path."""
        return Path(self.networks_folder)


class SolveProgress(msgspec.Struct, frozen=True, tag="progress"):
    """How far the search is; `best_cost` is None before the first plan."""

    elapsed_s: float
    best_cost: int | None


class SolveDone(msgspec.Struct, frozen=True, tag="done"):
    """The plan for the rest of the day, and what it changes."""

    plan: Plan
    diff: PlanDiff


class SolveFailed(msgspec.Struct, frozen=True, tag="failed"):
    """Why there is no plan, in words for the dispatcher."""

    message: str


type SolveReply = SolveProgress | SolveDone | SolveFailed

_encoder = msgspec.json.Encoder()
_request_decoder = msgspec.json.Decoder(SolveRequest)
_reply_decoder = msgspec.json.Decoder(SolveProgress | SolveDone | SolveFailed)


def to_line(message: SolveRequest | SolveReply) -> bytes:
    """One line of JSON."""
    return _encoder.encode(message) + b"\n"


def request_of(line: bytes) -> SolveRequest:
    """The request that `to_line` wrote."""
    return _request_decoder.decode(line)


def reply_of(line: bytes) -> SolveReply:
    """The reply that `to_line` wrote."""
    reply: SolveReply = _reply_decoder.decode(line)
    return reply
