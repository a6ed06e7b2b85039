"""Does once, before workers are forked, what would take each of them a while."""

from itertools import islice

from reliability import workers
from reliability.workload import calls, desk_on, done

from complaint_lifecycle import SqlJournal
from complaint_lifecycle.sql import postgres

# Nothing of it may be left open: a connection does not survive a fork.
with SqlJournal(":memory:") as journal:
    for _, call in islice(calls(desk_on(journal), 1), 60):
        done(call)

__all__ = ["postgres", "workers"]
