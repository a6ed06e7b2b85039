"""Drafts over columns: for each row what :class:`Draft` is for one situation."""

from typing import Any

import numpy as np
from attrs import define
from numpy.typing import NDArray

from complaint_lifecycle.compensation.columns.numbers import Bools, Ints, Rows


@define(eq=False)
class Drafts:
    """Offers in the making, in whole numbers of the smallest unit.

    A row without a draft is all zero.

    Attributes:
        given: Whether there is a draft.

        total: What it is worth.

        gesture: Whether something is in it that is not worth money, such as an apology.

        priced: Whether something is in it that has a currency, if only for nothing.

        role: Who has to approve it, by number; 0 is nobody.
    """

    given: Bools
    total: Ints
    gesture: Bools
    priced: Bools
    role: NDArray[np.int16]

    @classmethod
    def none(cls, size: int) -> "Drafts":
        """Make rows without a draft."""
        flags = [np.zeros(size, np.bool_) for _ in range(3)]
        role = np.zeros(size, np.int16)
        return cls(flags[0], np.zeros(size, np.int64), flags[1], flags[2], role)

    @classmethod
    def worth(cls, total: Ints) -> "Drafts":
        """Make drafts that are worth money."""
        found = cls.none(len(total))
        found.given[:] = found.priced[:] = True
        found.total = total
        return found

    @classmethod
    def words(cls, size: int) -> "Drafts":
        """Make drafts that are not worth money."""
        found = cls.none(size)
        found.given[:] = found.gesture[:] = True
        return found

    def put(self, places: Rows, some: "Drafts") -> None:
        """Put other drafts in the place of some."""
        for mine, theirs in zip(self._all(), some._all(), strict=True):
            mine[places] = theirs

    def at(self, places: Rows) -> "Drafts":
        """Return some of them."""
        return Drafts(*(each[places] for each in self._all()))

    def keep(self, kept: Bools) -> None:
        """Take the drafts away from all other rows."""
        for each in self._all():
            each[~kept] = 0

    def offered(self) -> Bools:
        """Tell where an offer comes of it: what is worth nothing is left out."""
        return self.given & ((self.total > 0) | self.gesture)

    def _all(self) -> tuple[NDArray[Any], ...]:
        return self.given, self.total, self.gesture, self.priced, self.role
