"""Plans: everything that one simulation is made of."""

from collections.abc import Callable, Mapping

from attrs import frozen

from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.desk import Desk
from complaint_lifecycle.events import Event
from complaint_lifecycle.journal import Journal
from complaint_lifecycle.lifecycle import Lifecycle
from complaint_lifecycle.offers import Offer
from complaint_lifecycle.sla.choosing import Resolver
from complaint_lifecycle.sla.targets import Sla
from complaint_lifecycle.testing.simulation.faults import Faults
from complaint_lifecycle.testing.simulation.moves import Maker
from complaint_lifecycle.testing.simulation.readers import Reader


@frozen(kw_only=True)
class Plan:
    """One simulation before it runs: the same plan runs the same way every time.

    Attributes:
        seed: Where all chance comes from.

        lifecycle: What may follow what.

        sla: Targets and calendar, a function that chooses them, or ``None``.

        compensation: The policy, or ``None``.

        events: How facts of the host are made up.

        journal: Makes the journal.

        desk: Makes the desk of a host.

        reader: Makes a reader.

        hosts: How many hosts there are.

        steps: How many steps are taken before faults stop.

        faults: What goes wrong.
    """

    seed: int
    lifecycle: Lifecycle
    sla: Sla | Resolver | None
    compensation: Callable[[Situation], Offer | None] | None
    events: Mapping[type[Event], Maker]
    journal: Callable[[], Journal]
    desk: Callable[..., Desk]
    reader: Callable[[], Reader]
    hosts: int
    steps: int
    faults: Faults

    @property
    def call(self) -> str:
        """The call that runs it again, as far as it differs from the usual."""
        made = f"hosts={self.hosts}, steps={self.steps}, faults={self.faults!r}"
        return f"simulate({self.seed}, {made})"
