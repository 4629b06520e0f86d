"""What can go wrong with places and zones."""


class ZonesError(Exception):
    """Base of every error that the zones package raises."""


class InvalidLonLatError(ZonesError, ValueError):
    """Raised when a longitude or latitude lies off the earth or is not a number."""

    def __init__(self, lon: float, lat: float) -> None:
        self.lon = lon
        self.lat = lat
        super().__init__(
            f"expected longitude -180..180 and latitude -90..90, got lon={lon!r} lat={lat!r}; "
            "longitude comes first, check for swapped axes"
        )
