"""The desk of these recipes: yours has a journal, an SLA and listeners of its own."""

import os

from complaint_lifecycle import Calendar, Desk, Sla, SqlJournal, Target
from complaint_lifecycle.sla.durations import elapsed_hours

SLA = Sla(
    calendar=Calendar.always(),
    targets=[Target("thanks", until="thank", within=elapsed_hours(4), warn=[0.5])],
)


def open_desk() -> Desk:
    """Open the journal that the environment names."""
    journal = SqlJournal(os.environ.get("COMPLAINTS", "complaints.sqlite"))
    return Desk(journal=journal, sla=SLA)


def tick_all(desk: Desk) -> int:
    """Record all that is due; return how many facts that were."""
    total = 0
    while recorded := desk.tick(limit=1000):
        total += recorded
    return total
