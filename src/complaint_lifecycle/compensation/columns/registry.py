"""Which piece of a policy is answered how over columns."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

from complaint_lifecycle.compensation.blocks import Block, Piece, name_of
from complaint_lifecycle.compensation.columns.drafts import Drafts
from complaint_lifecycle.compensation.columns.numbers import Bools, Ints, Rows
from complaint_lifecycle.compensation.columns.sheets import Sheet
from complaint_lifecycle.compensation.logic import Condition
from complaint_lifecycle.compensation.measures import Measure
from complaint_lifecycle.errors import NotVectorisableError

ANSWERS: dict[type[Piece], Callable[[Any, Sheet, Rows], Any]] = {}
"""Each kind of block, condition and measure. A class that derives from one is not it."""

F = TypeVar("F", bound=Callable[[Any, Sheet, Rows], Any])


def answers(*kinds: type[Piece]) -> Callable[[F], F]:
    """Say what answers for a kind of piece, or for several."""

    def kept(function: F) -> F:
        ANSWERS.update(dict.fromkeys(kinds, function))
        return function

    return kept


def drafted(policy: Any, sheet: Sheet, rows: Rows) -> Drafts:
    """Ask a policy about some rows; it reads nothing of any other."""
    if not rows.size:
        return Drafts.none(0)
    found: Drafts = ANSWERS[type(policy)](policy, sheet, rows)
    found.keep(found.offered())
    return found


def holds(condition: Any, sheet: Sheet, rows: Rows) -> Bools:
    """Tell in which of some rows a condition holds."""
    if not rows.size:
        return np.zeros(0, np.bool_)
    found: Bools = ANSWERS[type(condition)](condition, sheet, rows)
    return found


def measured(measure: Any, sheet: Sheet, rows: Rows) -> tuple[Ints, int]:
    """Read a measure: whole numbers, and how many decimal places they have."""
    found: tuple[Ints, int] = ANSWERS[type(measure)](measure, sheet, rows)
    return found


def parts_of(policy: object) -> Iterator[Any]:
    """Give a policy, and everything that it is made of."""
    pending = [policy]
    while pending:
        part = pending.pop()
        yield part
        if isinstance(part, Piece):
            pending += part.parts()


def check(policy: object) -> None:
    """Refuse a policy with a part that has no answer over columns.

    Raises:
        NotVectorisableError: If it has one; it names the part.
    """
    for part in parts_of(policy):
        if type(part) in ANSWERS:
            continue
        if isinstance(part, Block | Condition | Measure):
            raise NotVectorisableError(_named(part), "columns do not know this piece")
        if callable(part) and not isinstance(part, Piece):
            raise NotVectorisableError(_named(part), "it is a function of the host")


def _named(part: object) -> str:
    said = getattr(part, "id", None)
    return f"{name_of(part)} {said}" if isinstance(said, str) else name_of(part)
