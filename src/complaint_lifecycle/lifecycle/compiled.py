"""The lifecycle: the chart compiled, with deciding and replaying."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter

from attrs import define, field

from complaint_lifecycle.checks import reference
from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.complaint import Complaint, broken_rule, copy_of, fold
from complaint_lifecycle.errors import (
    ChartError,
    InvalidEventError,
    Refusal,
    RefusedError,
)
from complaint_lifecycle.events import EVENTS, Entry, Event
from complaint_lifecycle.events.base import entry_of_checked, kinds_of
from complaint_lifecycle.lifecycle.chart import Chart, gift_chart
from complaint_lifecycle.lifecycle.compiling import Table, compile_chart
from complaint_lifecycle.lifecycle.edit import Edit
from complaint_lifecycle.lifecycle.rows import Row

TEXT_LIMIT = 64 * 1024
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_LEAVING = frozenset({"refer", "withdraw", "merge", "reopen"})
_first = itemgetter(0)
_OURS = {event.trigger: event for event in EVENTS if event.trigger is not None}


def _carried(events: Iterable[type[Event]]) -> set[str]:
    """Collect the triggers that facts carry; ours are carried by our facts only."""
    carried = set()
    for event in events:
        if event.trigger is None:
            continue
        ours = _OURS.get(event.trigger, event)
        if ours is not event:
            problem = (
                f"the trigger {event.trigger!r} belongs to {ours.kind}: give "
                f"{event.kind} a trigger of its own"
            )
            raise ChartError(problem)
        carried.add(event.trigger)
    return carried


@define(init=False, eq=False)
class Lifecycle:
    """The chart compiled into a table: the one place where facts are judged.

    Recording, replay, import and simulation all go through it. It is pure: instants
    and identities are arguments. Do not change its attributes: derive another one
    with :meth:`edit`.

    Args:
        chart: The chart class; the eight steps by default.

        events: Every kind of fact it knows: ``[*EVENTS, MyFact]`` adds one.

        text_limit: Largest size of a text field, in bytes of UTF-8.

        skew: How far clocks may disagree: how much a fact may precede the last one of
            the host, or lie in the future.

    Raises:
        ChartError: If the chart cannot work.

    >>> from datetime import UTC
    >>> from complaint_lifecycle.events import Received, Thanked, Apologised
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> lifecycle = Lifecycle()
    >>> entries, complaint = lifecycle.decide(
    ...     lifecycle.new("c-1"),
    ...     [Received(customer="C-1009", channel="email"), Thanked()],
    ...     at=noon,
    ...     by="ana",
    ... )
    >>> complaint.state, lifecycle.allowed(complaint)
    ('thanked', ('explain', 'refer', 'withdraw', 'merge'))
    >>> str(lifecycle.refusal(complaint, Apologised()))
    "cannot record Apologised while 'thanked': explain comes next (allowed: explain, ...)"
    """

    chart: Chart
    table: Table
    events: tuple[type[Event], ...]
    text_limit: int
    skew: timedelta
    _rows: dict[tuple[str, str], tuple[Row, ...]] = field(repr=False)
    _allowed: dict[str, tuple[str, ...]] = field(repr=False)
    _known: frozenset[type[Event]] = field(repr=False)

    def __init__(
        self,
        chart: Chart | None = None,
        *,
        events: Iterable[type[Event]] = EVENTS,
        text_limit: int = TEXT_LIMIT,
        skew: timedelta = timedelta(minutes=1),
    ) -> None:
        self.chart = gift_chart() if chart is None else chart
        self.events = tuple(kinds_of(events).values())
        self.text_limit = text_limit
        self.skew = skew
        self._known = frozenset(self.events)
        self.table = compile_chart(self.chart, carried=_carried(self.events))
        self._rows = {}
        self._allowed = {}
        for row in self.table.rows:
            way = (row.source, row.trigger)
            if way not in self._rows:
                before = self._allowed.get(row.source, ())
                self._allowed[row.source] = (*before, row.trigger)
            self._rows[way] = (*self._rows.get(way, ()), row)

    def new(self, complaint_id: str) -> Complaint:
        """Return the complaint before its first fact, at version 0."""
        reference(complaint_id, "complaint_id")
        return Complaint(id=complaint_id, state=self.table.start)

    def decide(
        self,
        complaint: Complaint,
        events: Sequence[Event],
        *,
        at: datetime,
        by: str,
        recorded_at: datetime | None = None,
    ) -> tuple[tuple[Entry, ...], Complaint]:
        """Judge facts that happened together, in order.

        Args:
            complaint: The complaint as it stands; :meth:`new` for the first fact.

            events: What happened, in order, all at one instant.

            at: When it happened.

            by: Who records it.

            recorded_at: The current instant, if that is later than ``at``.

        Returns:
            The entries to append, and the complaint that they lead to.

        Raises:
            RefusedError: If one of them may not follow; then none is recorded.
            InvalidEventError: If a fact is unknown here or too long, or ``at`` lies
                too far back or in the future.
        """
        at = in_utc(at, "at")
        now = at if recorded_at is None else in_utc(recorded_at, "recorded_at")
        self._check_instant(complaint, at, now)
        reference(by, "by")
        draft = copy_of(complaint)
        entries = []
        for event in events:
            self.check_event(event)
            entry = entry_of_checked(
                complaint_id=draft.id,
                version=draft.version + 1,
                at=at,
                by=by,
                event=event,
                recorded_at=now,
            )
            self._take(draft, entry)
            entries.append(entry)
        return tuple(entries), draft

    def replay(
        self,
        entries: Iterable[Entry],
        *,
        onto: Complaint | None = None,
        strict: bool = True,
    ) -> Complaint:
        """Fold the entries of one complaint.

        Args:
            entries: In the order of their versions.

            onto: The complaint that they continue; by default they are the whole
                history.

            strict: Whether every entry is judged by the rules of today, as if it were
                recorded now. If not, conditions only choose between ways: what was
                recorded stays readable when a host changes a condition.

        Raises:
            RefusedError: If an entry may not follow under this chart.
            InvalidEventError: If there is no entry, or one is out of order or belongs
                to another complaint.
        """
        draft = None if onto is None else copy_of(onto)
        for entry in entries:
            if draft is None:
                draft = self.new(entry.complaint_id)
            if entry.version != draft.version + 1 or entry.complaint_id != draft.id:
                found = f"{entry.complaint_id} version {entry.version}"
                rule = f"expected {draft.id} version {draft.version + 1} next"
                raise InvalidEventError("entry", found, rule)
            if strict:
                self.check_event(entry.event)
                self._check_instant(draft, entry.at, entry.recorded_at)
                self._take(draft, entry)
            else:
                self._take_as_recorded(draft, entry)
        if draft is None:
            rule = "a complaint starts with Received: give its entries"
            raise InvalidEventError("entries", "none", rule)
        return draft

    def refusal(
        self,
        complaint: Complaint,
        event: Event,
        *,
        at: datetime | None = None,
        by: str = "somebody",
    ) -> Refusal | None:
        """Say why a fact may not be recorded now.

        Args:
            complaint: The complaint as it stands.

            event: The fact.

            at: When it would happen; by default at the instant of the last fact.

            by: Who would record it.

        Returns:
            The refusal, or ``None`` if it may be recorded.

        Raises:
            InvalidEventError: If the fact itself is not valid here.
        """
        instant = at or complaint.updated_at or _LONG_AGO
        try:
            self.decide(complaint, [event], at=instant, by=by)
        except RefusedError as error:
            return error.refusal
        return None

    def allowed(self, complaint: Complaint) -> tuple[str, ...]:
        """Return the triggers that the chart accepts where the complaint stands."""
        return self._allowed.get(complaint.state, ())

    def is_open(self, complaint: Complaint) -> bool:
        """Tell whether the complaint was received and is not in a final state."""
        return complaint.version > 0 and complaint.state not in self.table.final

    def next_step(self, complaint: Complaint) -> str | None:
        """Return the trigger that leads on along the main way, if there is one."""
        for trigger in self.allowed(complaint):
            row = self._rows[complaint.state, trigger][0]
            if trigger not in _LEAVING and row.target != row.source:
                return trigger
        return None

    def edit(self) -> Edit["Lifecycle"]:
        """Start to derive another lifecycle; this one stays as it is."""

        def build(chart: Chart, events: tuple[type[Event], ...]) -> Lifecycle:
            return Lifecycle(
                chart, events=events, text_limit=self.text_limit, skew=self.skew
            )

        return Edit(self.chart, self.table, self.events, build)

    def mermaid(self) -> str:
        """Draw the chart as a Mermaid state diagram."""
        from complaint_lifecycle.lifecycle.drawing import mermaid

        return mermaid(self.table)

    def dot(self) -> str:
        """Draw the chart in the DOT language of Graphviz."""
        from complaint_lifecycle.lifecycle.drawing import dot

        return dot(self.table)

    def svg(self) -> str:
        """Draw the chart as an SVG image, with no program or network needed."""
        from complaint_lifecycle.lifecycle.drawing import svg

        return svg(self.table)

    def _repr_svg_(self) -> str:
        return self.svg()

    def _check_instant(self, complaint: Complaint, at: datetime, now: datetime) -> None:
        # Differences, since a sum may leave the calendar.
        if at - now > self.skew:
            rule = f"lies in the future: it is {now.isoformat()}"
            raise InvalidEventError("at", at.isoformat(), rule)
        last = complaint.updated_at
        if last is not None and last - at > self.skew:
            rule = f"lies before the last fact, which happened at {last.isoformat()}"
            raise InvalidEventError("at", at.isoformat(), rule)

    def check_event(self, event: Event) -> None:
        """Refuse a fact that this lifecycle does not know, or whose text is too long.

        Raises:
            InvalidEventError: If it is either; the message names the way out.
        """
        if isinstance(event, type):
            rule = f"is a class: give a fact, such as {event.__name__}()"
            raise InvalidEventError("event", event.__name__, rule)
        if not isinstance(event, Event):
            rule = "is no fact: give one, such as Thanked()"
            raise InvalidEventError("event", repr(event)[:80], rule)
        if type(event) not in self._known:
            rule = "is no fact of this lifecycle: give Lifecycle its class with events="
            raise InvalidEventError("event", type(event).__name__, rule)
        for name in event.texts:
            text = getattr(event, name)
            # No character takes more than four bytes.
            if text is None or len(text) * 4 <= self.text_limit:
                continue
            size = len(text.encode())
            if size > self.text_limit:
                rule = (
                    f"is longer than {self.text_limit} bytes: shorten it, or keep it "
                    "elsewhere and say where"
                )
                raise InvalidEventError(f"{event.kind}.{name}", f"{size} bytes", rule)

    def _take(self, draft: Complaint, entry: Entry) -> None:
        """Judge one entry and fold it into a draft."""
        trigger = entry.event.trigger
        if trigger is None:
            state = self._side_way(draft, entry)
        else:
            state = self._transition(draft, entry, trigger)
        fold(draft, entry, state, final=state in self.table.final)

    def _take_as_recorded(self, draft: Complaint, entry: Entry) -> None:
        """Fold one entry that was judged when it was recorded."""
        trigger = entry.event.trigger
        state = draft.state
        if trigger is not None:
            rows = self._rows.get((state, trigger))
            if rows is None:
                raise self._refused(draft, entry, self._what_comes_next(draft))
            state = rows[0].target
            if len(rows) > 1:
                ways = (r.target for r in rows if r.broken(draft, entry) is None)
                state = next(ways, state)
        fold(draft, entry, state, final=state in self.table.final)

    def _transition(self, draft: Complaint, entry: Entry, trigger: str) -> str:
        rows = self._rows.get((draft.state, trigger))
        if rows is None:
            raise self._refused(draft, entry, self._what_comes_next(draft))
        best: tuple[int, str] = (-1, "")
        for row in rows:
            broken = row.broken(draft, entry)
            if broken is None:
                return row.target
            # The way that came closest says best what is missing.
            best = max(best, (row.conditions.index(broken), broken.meaning), key=_first)
        raise self._refused(draft, entry, best[1])

    def _side_way(self, draft: Complaint, entry: Entry) -> str:
        if not self.is_open(draft):
            raise self._refused(draft, entry, self._what_comes_next(draft))
        problem = broken_rule(draft, entry, self.allowed(draft))
        if problem is not None:
            raise self._refused(draft, entry, problem)
        return draft.state

    def _what_comes_next(self, complaint: Complaint) -> str:
        step = self.next_step(complaint)
        if step is not None:
            return f"{step} comes next"
        if complaint.merged_into is not None:
            return f"it goes on in complaint {complaint.merged_into!r}"
        if complaint.state in self.table.final:
            return "nothing follows a final state"
        return "that does not follow here"

    def _refused(self, draft: Complaint, entry: Entry, reason: str) -> RefusedError:
        return RefusedError(
            Refusal(
                complaint_id=draft.id,
                state=draft.state,
                event=entry.event.kind,
                reason=reason,
                allowed=self.allowed(draft),
            )
        )
