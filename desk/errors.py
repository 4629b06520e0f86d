"""What can go wrong in what the people who speak to clients work with."""


class DeskError(Exception):
    """Base of every error that the desk package raises."""


class InvalidPhoneError(DeskError, ValueError):
    """Raised when a text is no phone number. The message never repeats the number: it may reach a log."""

    def __init__(self, why: str, example: str) -> None:
        self.why = why
        self.example = example
        super().__init__(f"expected a phone number, for example {example}: {why}")
