"""The same complaint in the words of ``eventsourcing``, as its documentation shows it.

Nothing is judged here: the aggregate keeps what it is told.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from benchmarks.journey import APRIL, DUE
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict


class Sourced(Aggregate):
    """A complaint with its nine facts."""

    @event("Received")
    def __init__(
        self, customer: str, channel: str, text: str, category: str, source: str
    ) -> None:
        self.state = "received"
        self.customer = customer
        self.channel = channel
        self.category = category
        self.source = source

    @event("Thanked")
    def thank(self, text: str) -> None:
        """Take step 1."""
        self.state = "thanked"

    @event("Explained")
    def explain(self, helps: str, text: str) -> None:
        """Take step 2."""
        self.state = "explained"

    @event("Apologised")
    def apologise(self, level: str, text: str) -> None:
        """Take step 3."""
        self.state = "apologised"

    @event("Promised")
    def promise(self, what: str, due: datetime, owner: str, text: str) -> None:
        """Take step 4."""
        self.state = "promised"
        self.due = due
        self.owner = owner

    @event("Gathered")
    def gather(self, fault: str, finding: str) -> None:
        """Take step 5."""
        self.state = "gathered"
        self.fault = fault

    @event("Fixed")
    def fix(self, outcome: str, text: str) -> None:
        """Take step 6."""
        self.state = "fixed"
        self.outcome = outcome

    @event("Verified")
    def verify(self, satisfied: bool, text: str) -> None:
        """Take step 7."""
        self.state = "verified"
        self.satisfied = satisfied

    @event("Prevented")
    def prevent(self, process: str, action: str, owner: str, due: str) -> None:
        """Take step 8."""
        self.state = "prevented"
        self.process = process


STEPS = (
    ("thank", {"text": "Thank you for telling us."}),
    ("explain", {"helps": "packing", "text": "It shows us where our boxes fail."}),
    ("apologise", {"level": "regret", "text": "We are sorry for the trouble."}),
    (
        "promise",
        {"what": "a new parcel", "due": DUE, "owner": "ben", "text": "By Wednesday."},
    ),
    ("gather", {"fault": "company", "finding": "The box was not sealed."}),
    ("fix", {"outcome": "put_right", "text": "The new parcel was handed over."}),
    ("verify", {"satisfied": True, "text": "All is well."}),
    (
        "prevent",
        {
            "process": "packing",
            "action": "seal boxes",
            "owner": "eva",
            "due": APRIL.isoformat(),
        },
    ),
)


@contextmanager
def application(path: Path, *, cached: bool = False) -> Iterator[Application]:
    """Open an application over an SQLite file, with the defaults of its library.

    Args:
        path: The file.

        cached: Whether aggregates are kept in memory between commands.
    """
    env = {
        "PERSISTENCE_MODULE": "eventsourcing.sqlite",
        "SQLITE_DBNAME": str(path),
    }
    with started(env, cached=cached) as opened:
        yield opened


@contextmanager
def application_on_postgres(
    server: str, schema: str, *, cached: bool = False
) -> Iterator[Application]:
    """Open an application over PostgreSQL, with the defaults of its library.

    Args:
        server: How to connect.

        schema: The schema of its tables.

        cached: Whether aggregates are kept in memory between commands.
    """
    found = conninfo_to_dict(server)
    env = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(found.get("dbname", "postgres")),
        "POSTGRES_HOST": str(found.get("host", "")),
        "POSTGRES_PORT": str(found.get("port", 5432)),
        "POSTGRES_USER": str(found.get("user", "postgres")),
        "POSTGRES_PASSWORD": str(found.get("password", "")),
        "POSTGRES_SCHEMA": schema,
    }
    with started(env, cached=cached) as opened:
        yield opened


@contextmanager
def started(env: dict[str, str], *, cached: bool) -> Iterator[Application]:
    """Open an application with some settings."""
    if cached:
        env["AGGREGATE_CACHE_MAXSIZE"] = "4096"
    opened = Application(env)
    try:
        yield opened
    finally:
        opened.close()


def sourced_journey(opened: Application) -> Sourced:
    """Take one complaint from its receipt to step 8, a command for each fact."""
    complaint = Sourced(
        customer="C-1009",
        channel="email",
        text="The parcel arrived soaked, and nobody picked up the phone.",
        category="delivery",
        source="ticket:4711",
    )
    opened.save(complaint)
    for name, said in STEPS:
        loaded: Sourced = opened.repository.get(complaint.id)
        getattr(loaded, name)(**said)
        opened.save(loaded)
    return loaded
