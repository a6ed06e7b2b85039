"""The ledger: what hosts committed, as an observer saw it who never fails."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import define, field, frozen

from complaint_lifecycle.events import Entry
from complaint_lifecycle.journal import Batch, Journal
from complaint_lifecycle.testing.simulation.messages import Message


@define(eq=False)
class Call:
    """One call of a host that is being carried out.

    Attributes:
        host: Name of the host.

        message: What it was asked by, or ``None``.

        complaint_id: The complaint that it is about, or ``None``.

        overtaken: Whether another host came in between.

        entries: What it has committed so far.
    """

    host: str
    message: Message | None = None
    complaint_id: str | None = None
    overtaken: bool = False
    entries: list[Entry] = field(factory=list)


@define(eq=False)
class Ledger:
    """What was committed, in order.

    Attributes:
        streams: The entries of each complaint.

        applied: For each key, what each commit appended that was made under it.

        touched: Complaints that changed since somebody looked, with the clock of the
            host that changed them last.

        calls: The calls that are being carried out, the innermost last.
    """

    streams: defaultdict[str, list[Entry]] = field(factory=lambda: defaultdict(list))
    applied: defaultdict[str, list[list[Entry]]] = field(
        factory=lambda: defaultdict(list)
    )
    touched: dict[str, datetime] = field(factory=dict)
    calls: list[Call] = field(factory=list)

    def committed(self, batches: Sequence[Batch], now: datetime) -> None:
        """Note what the innermost call has committed.

        Args:
            batches: What it appended.

            now: What the clock of its host says.
        """
        call = self.calls[-1]
        for batch in batches:
            self.streams[batch.complaint_id] += batch.entries
            self.touched[batch.complaint_id] = now
        new = [entry for batch in batches for entry in batch.entries]
        call.entries += new
        if call.message is not None:
            self.applied[call.message.key].append(new)

    def now(self) -> "Standing":
        """Return where everything stands, in case a transaction is rolled back."""
        lengths = {name: len(stream) for name, stream in self.streams.items()}
        return Standing(lengths, dict(self.touched))

    def rolled_back_to(self, before: "Standing", journal: Journal) -> None:
        """Forget what a transaction committed that was rolled back, if it was.

        Args:
            before: Where everything stood.

            journal: Tells whether it was.
        """
        lengths = {name: before.lengths.get(name, 0) for name in self.streams}
        changed = [n for n, stream in self.streams.items() if len(stream) > lengths[n]]
        if any(len(journal.entries(n)) < len(self.streams[n]) for n in changed):
            self.touched = before.touched
            for name in changed:
                del self.streams[name][lengths[name] :]


@frozen
class Standing:
    """Where a ledger stood.

    Attributes:
        lengths: How many entries each complaint had.

        touched: Complaints that had changed since somebody looked.
    """

    lengths: Mapping[str, int]
    touched: dict[str, datetime]
