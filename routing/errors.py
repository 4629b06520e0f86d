"""What can go wrong while planning. Expected outcomes (an order that does not fit) are values, not errors."""

from datetime import datetime


class RoutingError(Exception):
    """Base of every error that the routing package raises."""


class NaiveTimeError(RoutingError, ValueError):
    """Raised when an instant has no time zone."""

    def __init__(self, name: str, value: datetime) -> None:
        self.name = name
        self.value = value
        super().__init__(f"expected an aware UTC instant for {name}, got {value!r}; attach a time zone")


class TimeWindowError(RoutingError, ValueError):
    """Raised when a time window or shift ends before it starts."""

    def __init__(self, opens_at: datetime, closes_at: datetime) -> None:
        self.opens_at = opens_at
        self.closes_at = closes_at
        super().__init__(
            f"expected the end not before the start, got {opens_at.isoformat()} .. {closes_at.isoformat()}; "
            "swap them or correct the date"
        )


class ProblemError(RoutingError, ValueError):
    """Raised when a routing problem contradicts itself or has nothing to plan with (no couriers, unknown depot)."""


class MatrixShapeError(RoutingError, ValueError):
    """Raised when durations and distances are not two square arrays of one shape."""

    def __init__(self, durations: tuple[int, ...], distances: tuple[int, ...]) -> None:
        self.durations = durations
        self.distances = distances
        super().__init__(f"expected two n x n arrays, got {durations} and {distances}")


class HourFactorsError(RoutingError, ValueError):
    """Raised when travel factors by hour are not rising instants with one positive factor each."""

    def __init__(self, starts: int, factors: int) -> None:
        self.starts = starts
        self.factors = factors
        super().__init__(
            f"expected rising instants with one positive factor each, got {starts} instants and {factors} factors"
        )


class RoadNetworkError(RoutingError):
    """Raised when a street network cannot be built, opened or asked; the message says what to do."""


class InfeasiblePlanError(RoutingError):
    """Raised when the independent check finds violations in a plan; such a plan is never stored."""

    def __init__(self, messages: tuple[str, ...]) -> None:
        self.messages = messages
        shown = "; ".join(messages[:5])
        super().__init__(f"the plan breaks {len(messages)} rule(s) and was not stored: {shown}")


class PlanFormatError(RoutingError, ValueError):
    """Raised when a document is not a plan as we write it; the message names the part."""
