"""What one call decides about one complaint."""

from typing import NamedTuple

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.events import Entry
from complaint_lifecycle.journal import Batch, BudgetChange


class Decision(NamedTuple):
    """The entries to append to a complaint, and what they make of it.

    A named tuple, since some are made for every fact that is ever recorded.

    Attributes:
        before: The complaint from which it was decided.

        entries: What is to be appended.

        complaint: The complaint that they lead to.

        fences: What is to change with them, so that nobody decides likewise meanwhile.
    """

    before: Complaint
    entries: tuple[Entry, ...]
    complaint: Complaint
    fences: tuple[BudgetChange, ...] = ()

    def then(
        self,
        entries: tuple[Entry, ...],
        complaint: Complaint,
        fences: tuple[BudgetChange, ...] = (),
    ) -> "Decision":
        """Return this decision followed by more entries.

        Args:
            entries: What is to be appended after those so far.

            complaint: The complaint that they lead to.

            fences: What is to change with them.
        """
        return Decision(
            self.before, self.entries + entries, complaint, self.fences + fences
        )

    @property
    def batch(self) -> Batch:
        """The entries as a journal takes them."""
        return Batch(self.before.id, self.before.version, self.entries)
