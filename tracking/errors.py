"""What can go wrong in tracking that is not a value of its own."""


class TrackingError(Exception):
    """Base of all errors of this package."""


class StateFormatError(TrackingError):
    """Stored bytes are not a courier's state of the format this version reads."""

    def __init__(self, found: int | None, expected: int, why: str) -> None:
        self.found = found
        self.expected = expected
        super().__init__(
            f"expected a courier's state of format {expected}, got format {found} ({why}); "
            "start the state anew from the plan and the last pings"
        )


class EmptyLineError(TrackingError):
    """A route line needs at least one point, and arrays of one length."""

    def __init__(self, points: int, along: int, free_flow: int) -> None:
        self.lengths = (points, along, free_flow)
        super().__init__(
            f"expected points, along_m and free_flow_s of one length >= 1, got {points}, {along} and {free_flow}; "
            "build the line with route_line()"
        )
