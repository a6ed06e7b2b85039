"""Replaying: whether histories of last year still go through the lifecycle of today."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from attrs import field, frozen

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.errors import ComplaintError
from complaint_lifecycle.events import Entry
from complaint_lifecycle.lifecycle import Lifecycle


class ReplayVerdict(StrEnum):
    """What became of a history.

    ``SAME``: it replays. ``REFUSED``: one of its entries may not follow any more.
    ``OTHER_STATE``: it replays, and leads to another state than it did before.
    """

    SAME = "same"
    REFUSED = "refused"
    OTHER_STATE = "other state"


@frozen(kw_only=True)
class Replayed:
    """What became of one history.

    Attributes:
        complaint_id: The complaint.

        verdict: What became of it.

        entries: How many entries it has.

        state: The state that it reaches now, as far as it gets.

        before: The state that it reached before, where that is known.

        entry: The entry that is refused, or after which the states differ.

        reason: Why.

    >>> print(Replayed(complaint_id="c-1", verdict="same", entries=8, state="verified"))
    c-1: same, 8 entries to 'verified'
    """

    complaint_id: str
    verdict: ReplayVerdict = field(converter=ReplayVerdict)
    entries: int
    state: str
    before: str | None = None
    entry: Entry | None = field(default=None, repr=False)
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether it replays as before."""
        return self.verdict is ReplayVerdict.SAME

    def __str__(self) -> str:
        if self.entry is None:
            where = f"{self.entries} entries to {self.state!r}"
        else:
            where = f"at {self.entry.version} of {self.entries}, {self.entry.kind}"
        told = f"{self.complaint_id}: {self.verdict}, {where}"
        return f"{told}: {self.reason}" if self.reason else told


@frozen
class Replay:
    """What became of all histories.

    Attributes:
        complaints: Each of them, in the order of their first entries.
    """

    complaints: tuple[Replayed, ...]

    @property
    def ok(self) -> bool:
        """Whether every history replays as before."""
        return not self.broken

    @property
    def broken(self) -> tuple[Replayed, ...]:
        """Those that do not."""
        return tuple(each for each in self.complaints if not each.ok)

    def __str__(self) -> str:
        total, broken = len(self.complaints), len(self.broken)
        head = f"{total - broken} of {total} histories replay"
        return "\n".join([head, *(f"  {each}" for each in self.broken)])


def replay_check(
    entries: Iterable[Entry],
    lifecycle: Lifecycle,
    *,
    before: Lifecycle | Mapping[str, str] | None = None,
    strict: bool = True,
) -> Replay:
    """Tell whether recorded histories go through a lifecycle.

    Run it over the entries of your journal before you change your chart:
    ``replay_check((each.entry for each in journal.since(0)), changed, before=current)``.

    Args:
        entries: Those of any number of complaints, each in the order of its versions.

        lifecycle: The lifecycle of today.

        before: The lifecycle under which they were recorded, to compare the states after
            every entry; or the state that each complaint had in the end. By default
            states are not compared.

        strict: Whether each entry is judged by the rules of today, as if it were
            recorded now. If not, conditions only choose between ways, as when a desk
            reads what is in its journal.

    Returns:
        What became of each history.

    >>> from complaint_lifecycle import Desk, Explained, Received, Thanked
    >>> desk = Desk()
    >>> received = Received(customer="C-1", channel="email")
    >>> _ = desk.receive(received, Thanked(), Explained(), by="ana", id="c-1")
    >>> curt = desk.lifecycle.edit().drop_step("explain").compile()
    >>> print(replay_check(desk.history("c-1"), curt))
    0 of 1 histories replay
      c-1: refused, at 3 of 3, Explained: cannot record Explained while 'thanked': ...
    """
    histories: dict[str, list[Entry]] = {}
    for entry in entries:
        histories.setdefault(entry.complaint_id, []).append(entry)
    return Replay(
        tuple(
            _replayed(name, history, lifecycle, before, strict)
            for name, history in histories.items()
        )
    )


def _replayed(
    name: str,
    history: Sequence[Entry],
    lifecycle: Lifecycle,
    before: Lifecycle | Mapping[str, str] | None,
    strict: bool,
) -> Replayed:
    state = lifecycle.table.start
    known = _states_before(name, history, before)
    for entry, after in zip(history, _steps(history, lifecycle, strict), strict=True):
        old = known.get(entry.version)
        if isinstance(after, ComplaintError):
            verdict, reason = ReplayVerdict.REFUSED, str(after)
        elif old is not None and old != after.state:
            verdict, state = ReplayVerdict.OTHER_STATE, after.state
            reason = f"{after.state!r} now, {old!r} before"
        else:
            state = after.state
            continue
        return Replayed(
            complaint_id=name,
            verdict=verdict,
            entries=len(history),
            state=state,
            before=old,
            entry=entry,
            reason=reason,
        )
    return Replayed(
        complaint_id=name,
        verdict=ReplayVerdict.SAME,
        entries=len(history),
        state=state,
        before=known.get(history[-1].version),
    )


def _steps(
    history: Iterable[Entry], lifecycle: Lifecycle, strict: bool
) -> Iterator[Complaint | ComplaintError]:
    """Give the complaint after each entry, up to one that is refused."""
    complaint: Complaint | None = None
    for entry in history:
        try:
            complaint = lifecycle.replay([entry], onto=complaint, strict=strict)
        except ComplaintError as error:
            yield error
            return
        yield complaint


def _states_before(
    name: str, history: Sequence[Entry], before: Lifecycle | Mapping[str, str] | None
) -> dict[int, str]:
    """Return the state after each version, as far as it is known."""
    if before is None:
        return {}
    if not isinstance(before, Lifecycle):
        last = before.get(name)
        return {} if last is None else {history[-1].version: last}
    # What the old lifecycle itself cannot read has no state that could be compared.
    return {
        entry.version: step.state
        for entry, step in zip(history, _steps(history, before, False), strict=False)
        if isinstance(step, Complaint)
    }
