"""The rows of the table that a chart is compiled into."""

from collections.abc import Callable

from attrs import field, frozen

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.events import Entry

Check = Callable[[Complaint, Entry], bool]
"""A condition of a transition: the complaint as it stands, and the new entry."""


@frozen
class Condition:
    """A condition of one transition.

    Attributes:
        name: Name of the method on the chart.

        expected: What the method must answer: ``False`` stands for *unless*.

        meaning: What a refusal tells, from the docstring of the method.

        check: The method itself.
    """

    name: str
    expected: bool
    meaning: str = field(eq=False)
    check: Check = field(eq=False, repr=False)


@frozen
class Row:
    """One transition: where from, by which trigger, where to, and when.

    Attributes:
        source: State that it leaves.

        trigger: Name of the trigger, carried by a kind of fact.

        target: State that it reaches.

        conditions: All must hold.
    """

    source: str
    trigger: str
    target: str
    conditions: tuple[Condition, ...] = ()

    def broken(self, complaint: Complaint, entry: Entry) -> Condition | None:
        """Return the first condition that does not hold, or ``None``."""
        for condition in self.conditions:
            if bool(condition.check(complaint, entry)) is not condition.expected:
                return condition
        return None
