"""Takes whole journals in and out as JSON Lines, one entry a line."""

from collections.abc import Iterable, Iterator

from attrs import define, field

from complaint_lifecycle.codec import Codec
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.errors import ComplaintError, UnreadableError
from complaint_lifecycle.events import Entry
from complaint_lifecycle.journal import Batch, Journal
from complaint_lifecycle.lifecycle import Lifecycle


def export_entries(journal: Journal, *, codec: Codec | None = None) -> Iterator[str]:
    """Write every entry of a journal as a line of canonical JSON.

    Args:
        journal: What to export.

        codec: Knows the kinds of events; by default those of the library.

    Returns:
        Lines without line ends, in the order of the journal, read as they are taken.
    """
    codec = Codec() if codec is None else codec
    return (codec.dump(entry) for _, entry in journal.since(0))


def import_entries(
    lines: Iterable[str | bytes],
    journal: Journal,
    *,
    lifecycle: Lifecycle | None = None,
    codec: Codec | None = None,
) -> int:
    """Take exported entries in, all of them or none, each judged by the lifecycle.

    Entries that the journal holds already are passed over, so that an import may be
    repeated.

    Args:
        lines: What :func:`export_entries` wrote; empty lines are passed over.

        journal: Where they go.

        lifecycle: Judges them; by default the eight steps.

        codec: Knows the kinds of events; by default those of the lifecycle.

    Returns:
        How many entries were new.

    Raises:
        UnreadableError: If a line is no entry, may not follow, or the journal holds
            another entry in its place; with the number of the line.
    """
    lifecycle = Lifecycle() if lifecycle is None else lifecycle
    codec = Codec(lifecycle.events) if codec is None else codec
    reader = _Import(journal, lifecycle, codec)
    journal.append(reader.batches(lines))
    return reader.new


@define
class _Import:
    """Reads lines into batches, folding each complaint as it goes."""

    _journal: Journal
    _lifecycle: Lifecycle
    _codec: Codec
    new: int = field(default=0, init=False)
    _stored: dict[str, tuple[Entry, ...]] = field(factory=dict, init=False)
    _folded: dict[str, Complaint] = field(factory=dict, init=False)

    def batches(self, lines: Iterable[str | bytes]) -> Iterator[Batch]:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                entry = self._codec.load(line)
                known = self._known(entry)
                if not known:
                    self._follow(entry)
            except ComplaintError as error:
                problem = f"line {number}: {error}"
                raise UnreadableError(problem) from error
            if not known:
                self.new += 1
                yield Batch(entry.complaint_id, entry.version - 1, (entry,))

    def _known(self, entry: Entry) -> bool:
        """Tell whether the journal holds this very entry."""
        name = entry.complaint_id
        if name not in self._stored:
            self._stored[name] = self._journal.entries(name)
        stored = self._stored[name]
        if entry.version > len(stored):
            return False
        if stored[entry.version - 1] != entry:
            problem = (
                f"the journal holds another entry as version {entry.version} of "
                f"complaint {name!r}: two histories are never mixed"
            )
            raise UnreadableError(problem)
        return True

    def _follow(self, entry: Entry) -> None:
        name = entry.complaint_id
        before = self._folded.get(name)
        if before is None and self._stored[name]:
            before = self._lifecycle.replay(self._stored[name], strict=False)
        self._folded[name] = self._lifecycle.replay([entry], onto=before)
