"""Budgets: what journals say is drawn, held against what offers draw."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from attrs import define, field

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.journal import Journal
from complaint_lifecycle.testing.simulation.laws import Law, Story

_NONE = Decimal(0)
Purse = tuple[str, str]
"""A budget and the code of its currency."""


@define(eq=False)
class Money:
    """Holds the budgets of a journal against what offers draw.

    Attributes:
        journal: The journal.
    """

    journal: Journal
    _drawn: dict[str, defaultdict[Purse, Decimal]] = field(factory=dict)
    _revived: dict[str, defaultdict[Purse, Decimal]] = field(factory=dict)
    _limits: defaultdict[Purse, Decimal] = field(factory=lambda: defaultdict(Decimal))
    _changed: set[Purse] = field(factory=set)

    def take(self, complaint: Complaint, story: Story) -> None:
        """Note what the offers of a complaint draw now.

        Args:
            complaint: The complaint.

            story: What its entries told.
        """
        drawn: defaultdict[Purse, Decimal] = defaultdict(Decimal)
        revived: defaultdict[Purse, Decimal] = defaultdict(Decimal)
        for standing in complaint.offers:
            total = standing.offer.total
            amount = total.amount if total is not None and standing.stands else _NONE
            for draw in standing.offer.draws:
                of = (draw.budget, draw.limit.currency.code)
                drawn[of] += amount
                revived[of] += amount if standing.ref in story.revived else _NONE
                self._limits[of] = max(self._limits[of], draw.limit.amount)
        self._drawn[complaint.id] = drawn
        self._revived[complaint.id] = revived
        self._changed |= drawn.keys()

    def check(self) -> Iterator[tuple[Law, str]]:
        """Check the budgets that what was noted may have changed."""
        changed, self._changed = self._changed, set()
        for name, code in sorted(changed):
            yield from self._budget(name, code)

    def _budget(self, name: str, code: str) -> Iterator[tuple[Law, str]]:
        of = (name, code)
        total = sum((each[of] for each in self._drawn.values()), _NONE)
        revived = sum((each[of] for each in self._revived.values()), _NONE)
        spent = self.journal.budget(name).spent
        same = spent is not None and spent.currency.code == code
        held = spent.amount if spent is not None and same else _NONE
        if held != total:
            found = f"{name} holds {held} {code}, and offers draw {total}"
            yield Law.BUDGETS, found
        # What was accepted in time and told late is paid, whatever is left.
        if total > self._limits[of] + revived:
            found = f"offers draw {total} {code} on {name}, the limit is"
            yield Law.BUDGETS, f"{found} {self._limits[of]}"
