"""Looks at all dates of a file before one is read, to decide what comes first in them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain

from attrs import define, field

from complaint_lifecycle.cli.intake.dates import Written, written
from complaint_lifecycle.cli.words import several
from complaint_lifecycle.errors import UnreadableError

_MONTH_FIRST, _DAY_FIRST = "month first", "day first"


def _order(*, dayfirst: bool) -> str:
    return _DAY_FIRST if dayfirst else _MONTH_FIRST


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


@define(eq=False)
class DateSurvey:
    """Counts what the dates of a file can mean.

    Attributes:
        rows: How many rows there are.

        local: How many dates have no offset.

        trailed: How many are followed by other text.

        one_way: How many have only the reading day first (true), or month first.

        earliest: The first of the dates that have one reading.

        latest: The last of them.
    """

    rows: int = 0
    local: int = 0
    trailed: int = 0
    one_way: Counter[bool] = field(factory=Counter)
    earliest: date = date.max
    latest: date = date.min
    _two_ways: Counter[tuple[date, date]] = field(factory=Counter)

    def see(self, text: str) -> None:
        """Count one date; what is no date is not counted here."""
        try:
            found = written(text)
        except UnreadableError:
            return
        self.local += found.clock.tzinfo is None
        self.trailed += found.trailed
        if found.either:
            self._two_ways[found.either] += 1
        else:
            self._certain(found)

    def _certain(self, found: Written) -> None:
        only = found.date(dayfirst=True)
        self.earliest = min(self.earliest, only)
        self.latest = max(self.latest, only)
        if found.day_first != found.month_first:
            self.one_way[found.month_first is None] += 1

    @property
    def ambiguous(self) -> int:
        """How many dates have two readings."""
        return self._two_ways.total()

    def dayfirst(self, wanted: bool | None) -> bool:
        """Decide how dates with two readings are read.

        Args:
            wanted: What the caller said, if anything.

        Raises:
            UnreadableError: If there are such dates and nothing decides.
        """
        if wanted is not None:
            return wanted
        if self.one_way[True] == self.one_way[False] and self.ambiguous:
            problem = (
                f"{several(self.ambiguous, 'date')} can be read day first and month "
                "first, and the others do not decide: say --dayfirst or --monthfirst, "
                "or give --date-format"
            )
            raise UnreadableError(problem)
        return self.one_way[True] > self.one_way[False]

    def notes(self, wanted: bool | None, *, dayfirst: bool) -> Iterator[str]:
        """Say what was decided, and what looks odd about it."""
        return chain(
            self._on_two_ways(wanted, dayfirst=dayfirst),
            self._on_the_other_way(dayfirst=dayfirst),
            self._on_odd_places(dayfirst=dayfirst),
            self._on_text(),
        )

    def _on_two_ways(self, wanted: bool | None, *, dayfirst: bool) -> Iterable[str]:
        if not self.ambiguous:
            return
        others = self.one_way[dayfirst]
        reason = f"as {others:,} {'other' if others == 1 else 'others'} must be"
        if wanted is not None:
            reason = "as was asked for"
        yield (
            f"{several(self.ambiguous, 'date')} can be read two ways; "
            f"read {_order(dayfirst=dayfirst)}, {reason}"
        )

    def _on_the_other_way(self, *, dayfirst: bool) -> Iterable[str]:
        count = self.one_way[not dayfirst]
        if count:
            other = _order(dayfirst=not dayfirst)
            yield f"{several(count, 'date')} can only be read {other}, and {_are(count)}"

    def _on_odd_places(self, *, dayfirst: bool) -> Iterable[str]:
        """Find files in which a spreadsheet swapped days and months where it could."""
        chosen, other = (
            self._outside(dayfirst=dayfirst),
            self._outside(dayfirst=not dayfirst),
        )
        if chosen * 2 > self.ambiguous and chosen > other * 2:
            yield (
                f"of these, {chosen:,} lie outside {self.earliest} to {self.latest}, "
                f"where the dates with one reading lie; read "
                f"{_order(dayfirst=not dayfirst)}, {other:,} would. Did a spreadsheet "
                f"swap day and month? Then say --{'month' if dayfirst else 'day'}first"
            )

    def _outside(self, *, dayfirst: bool) -> int:
        """Count the ambiguous dates that lie outside all others, in one reading."""
        reading = 0 if dayfirst else 1
        return sum(
            count
            for days, count in self._two_ways.items()
            if not self.earliest <= days[reading] <= self.latest
        )

    def _on_text(self) -> Iterable[str]:
        if self.trailed:
            left_out = f"{_are(self.trailed)} followed by other text, which is left out"
            yield f"{several(self.trailed, 'date')} {left_out}"
