"""Errors of the service, and the one table that turns them and the domain's errors into HTTP."""

from dataclasses import dataclass

from routing.errors import InfeasiblePlanError, RoadNetworkError, RoutingError
from tracking.errors import TrackingError
from zones.errors import ZonesError


@dataclass(frozen=True, slots=True, kw_only=True)
class InputProblem:
    """One thing wrong with what came in: machine code, where it stands, what is wrong and what to do."""

    code: str
    where: str
    message: str


class ServiceError(Exception):
    """Base of what an action raises for its caller to read."""

    status = 500
    type = "about:blank"
    title = "The service failed"

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(detail)


class NotFoundError(ServiceError):
    """Raised when a thing is unknown, or belongs to somebody else: the two answer alike."""

    status = 404
    type = "/problems/not-found"
    title = "Not found"


class ForbiddenError(ServiceError):
    """Raised when the caller's role does not allow it."""

    status = 403
    type = "/problems/forbidden"
    title = "Not allowed"


class UnauthorizedError(ServiceError):
    """Raised when nobody is signed in, or the token is unknown."""

    status = 401
    type = "/problems/unauthorized"
    title = "Sign in first"


class ConflictError(ServiceError):
    """Raised when the state of things has moved on, or a name is taken."""

    status = 409
    type = "/problems/conflict"
    title = "That has changed meanwhile"


class InvalidInputError(ServiceError):
    """Raised for bad input; `problems` lists everything that is wrong, not the first thing only."""

    status = 422
    type = "/problems/invalid-input"
    title = "The input has problems"

    def __init__(self, detail: str, problems: tuple[InputProblem, ...] = ()) -> None:
        self.problems = problems
        super().__init__(detail)


class BadRequestError(ServiceError):
    """Raised when the request itself cannot be read: not JSON, not CSV, an unknown encoding."""

    status = 400
    type = "/problems/bad-request"
    title = "The request cannot be read"


class TooManyRequestsError(ServiceError):
    """Raised when somebody asks too often; `retry_after_s` says when to try again."""

    status = 429
    type = "/problems/too-many-requests"
    title = "Too many tries"

    def __init__(self, detail: str, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(detail)


class UnavailableError(ServiceError):
    """Raised when a part of the service is not ready or has no room left; trying again later may help."""

    status = 503
    type = "/problems/unavailable"
    title = "Not available now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How one kind of error looks from outside."""

    status: int
    type: str
    title: str


DOMAIN_ERRORS: tuple[tuple[type[Exception], Kind], ...] = (
    (InfeasiblePlanError, Kind(status=500, type="/problems/plan-refused", title="The plan broke its own rules")),
    (RoadNetworkError, Kind(status=503, type="/problems/road-network", title="The street network does not answer")),
    (RoutingError, Kind(status=422, type="/problems/routing", title="This cannot be planned")),
    (ZonesError, Kind(status=422, type="/problems/zones", title="The zones or places have problems")),
    (TrackingError, Kind(status=500, type="/problems/tracking", title="Tracking failed")),
)
"""Errors of the domain packages, narrower ones first. The first row that fits decides."""


def kind_of(error: Exception) -> Kind | None:
    """How this error looks from outside; None for one that nobody foresaw."""
    if isinstance(error, ServiceError):
        return Kind(status=error.status, type=error.type, title=error.title)
    return next((kind for base, kind in DOMAIN_ERRORS if isinstance(error, base)), None)
