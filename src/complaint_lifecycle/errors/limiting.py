"""Errors that say what cannot be answered here."""

from attrs import define

from complaint_lifecycle.errors.base import ComplaintError


@define(slots=False)
class NoOpenTimeError(ComplaintError):
    """A calendar that does not open, or close, within the horizon.

    Attributes:
        start: The instant from which it was searched.

        years: How many years were searched.
    """

    start: str
    years: int

    def __str__(self) -> str:
        return (
            f"the calendar has no further opening or closing within {self.years} years "
            f"of {self.start}: check its hours and holidays"
        )


@define(slots=False)
class NotVectorisableError(ComplaintError):
    """A policy, or a part of one, that has no answer over columns.

    Attributes:
        what: What cannot be vectorised, by its name.

        why: What stands against it.
    """

    what: str
    why: str

    def __str__(self) -> str:
        return (
            f"{self.what} has no answer over columns: {self.why}; "
            "call the policy row by row, or take that part out"
        )


@define(slots=False)
class MissingExtraError(ComplaintError, ImportError):
    """An optional dependency is not installed.

    Attributes:
        extra: The extra to install.
    """

    extra: str

    def __str__(self) -> str:
        return (
            f"this needs the extra {self.extra!r}: "
            f"pip install 'complaint-lifecycle[{self.extra}]'"
        )
