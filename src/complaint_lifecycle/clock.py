"""Clocks: the only module that reads the wall clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from attrs import define, field

from complaint_lifecycle.errors import InvalidEventError

Clock = Callable[[], datetime]
"""Anything that answers with the current instant, timezone-aware."""


def utc_now() -> datetime:
    """Read the wall clock.

    Returns:
        The current instant in UTC.
    """
    return datetime.now(UTC)


def in_utc(instant: datetime, field: str = "instant") -> datetime:
    """Express an aware instant in UTC; the instant itself stays the same.

    Args:
        instant: A timezone-aware datetime.

        field: Name to use in the error message.

    Raises:
        InvalidEventError: If it is no datetime, is naive, or lies where UTC has no
            year for it.

    >>> from datetime import timezone
    >>> in_utc(datetime(2026, 3, 2, 11, tzinfo=timezone(timedelta(hours=2))))
    datetime.datetime(2026, 3, 2, 9, 0, tzinfo=datetime.timezone.utc)
    """
    if not isinstance(instant, datetime):
        raise InvalidEventError(field, repr(instant), "must be an aware datetime")
    if instant.tzinfo is UTC:
        return instant
    if instant.utcoffset() is None:
        rule = "naive datetimes are refused: say which zone, such as tzinfo=UTC"
        raise InvalidEventError(field, instant.isoformat(), rule)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        rule = "lies outside the years 1 to 9999 in UTC"
        raise InvalidEventError(field, instant.isoformat(), rule) from None


def _start(instant: datetime) -> datetime:
    return in_utc(instant, "JumpClock.now")


@define
class JumpClock:
    """A clock that stands still until it is told to jump; never backwards.

    Attributes:
        now: The instant at which it stands.

    >>> clock = JumpClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    >>> clock.advance(timedelta(hours=4))
    datetime.datetime(2026, 3, 2, 13, 0, tzinfo=datetime.timezone.utc)
    >>> clock() == clock.now
    True
    """

    now: datetime = field(converter=_start)

    def __call__(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self.now

    def advance(self, span: timedelta) -> datetime:
        """Jump forward by ``span`` and return the new instant.

        Raises:
            InvalidEventError: If the span is negative, or too long.
        """
        try:
            target = self.now + span
        except OverflowError:
            rule = "leads beyond the year 9999"
            raise InvalidEventError("JumpClock.advance", str(span), rule) from None
        return self.jump_to(target)

    def jump_to(self, instant: datetime) -> datetime:
        """Jump to ``instant`` and return it in UTC.

        Raises:
            InvalidEventError: If the instant is naive or lies in the past.
        """
        target = in_utc(instant, "JumpClock.jump_to")
        if target < self.now:
            rule = f"a JumpClock never goes back, and it stands at {self.now}"
            raise InvalidEventError("JumpClock.jump_to", target.isoformat(), rule)
        self.now = target
        return target
