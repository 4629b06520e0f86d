"""Errors of the service, and the one table that turns them and the domain's errors into HTTP."""

from dataclasses import dataclass


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
