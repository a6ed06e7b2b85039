"""Explains a deadline: the spans that were counted, closed, holiday or paused."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from attrs import frozen

from complaint_lifecycle.sla.calendar import Calendar, Segment
from complaint_lifecycle.sla.timers import Timer
from complaint_lifecycle.sla.wall import zone_of

_ONE_DAY = timedelta(days=1)


class SpanKind(StrEnum):
    """What a span of time was for a timer."""

    COUNTED = "counted"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    PAUSED = "paused"


class ExplainedSpan(NamedTuple):
    """A span of time, and what it was for the timer."""

    kind: SpanKind
    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it was, in real time."""
        return self.end.astimezone(UTC) - self.start.astimezone(UTC)


@frozen
class Explanation:
    """Every span from the start of a timer to its deadline, without a gap.

    Attributes:
        name: Name of the timer.

        due: The deadline in the time zone of the calendar; ``None`` while the timer
            stands still.

        spans: What each span was, in order.
    """

    name: str
    due: datetime | None
    spans: tuple[ExplainedSpan, ...]

    @property
    def counted(self) -> timedelta:
        """The time that was counted, which for hours of any kind is the budget."""
        return sum(
            (s.length for s in self.spans if s.kind is SpanKind.COUNTED), timedelta()
        )

    def rows(self) -> list[dict[str, object]]:
        """Return the spans as rows of a table."""
        return [
            {"kind": s.kind.value, "start": s.start, "end": s.end, "length": s.length}
            for s in self.spans
        ]

    def __str__(self) -> str:
        lines = [f"{self.name}: {_due_text(self.due)}, {self.counted} counted"]
        lines += [
            f"  {s.kind:<8}  {s.start:%Y-%m-%d %H:%M:%S} to "
            f"{s.end:%Y-%m-%d %H:%M:%S}  {s.length}"
            for s in self.spans
        ]
        return "\n".join(lines)

    def _repr_svg_(self) -> str:
        return _picture(self.spans)


def _due_text(due: datetime | None) -> str:
    if due is None:
        return "stands still"
    return f"due {due:%a %Y-%m-%d %H:%M:%S} {due.tzinfo}"


def explain(timer: Timer, until: datetime | None = None) -> Explanation:
    """Explain how a timer came to its deadline.

    Args:
        timer: The timer.

        until: Where to stop: by default the deadline, or where it stands still.

    Returns:
        Spans in the time zone of the calendar, from the start, without a gap.
    """
    # In UTC, since instants of one zone are compared and subtracted by wall time.
    zone = zone_of(timer.calendar.zone)
    end = until or timer.due or timer.paused_since or timer.since
    start = timer.since.astimezone(UTC)
    end = max(end.astimezone(UTC), start)
    pauses = [
        (max(a.astimezone(UTC), start), min((b or end).astimezone(UTC), end))
        for a, b in timer.pauses
    ]
    spans = _joined(_cut(start, end, pauses, timer.counted_by))
    due = None if timer.due is None else timer.due.astimezone(zone)
    return Explanation(
        timer.cause,
        due,
        tuple(
            ExplainedSpan(kind, a.astimezone(zone), b.astimezone(zone))
            for kind, a, b in spans
        ),
    )


def _cut(
    start: datetime, end: datetime, pauses: Sequence[Segment], calendar: Calendar
) -> Iterator[ExplainedSpan]:
    """Cut the time at every change, and say of each piece what it is."""
    edges = {start, end}
    for opens, closes in [*calendar.segments(start, end), *pauses]:
        edges |= {edge for edge in (opens, closes) if start < edge < end}
    day = calendar.date_of(start) + _ONE_DAY
    while (midnight := calendar.at(day, "00:00").astimezone(UTC)) < end:
        edges.add(midnight)
        day += _ONE_DAY
    ordered = sorted(edges)
    for piece, until in pairwise(ordered):
        yield ExplainedSpan(_kind_at(piece, pauses, calendar), piece, until)


def _kind_at(
    instant: datetime, pauses: Sequence[Segment], calendar: Calendar
) -> SpanKind:
    if any(start <= instant < end for start, end in pauses):
        return SpanKind.PAUSED
    if calendar.is_open(instant):
        return SpanKind.COUNTED
    return SpanKind.HOLIDAY if calendar.is_holiday(instant) else SpanKind.CLOSED


def _joined(spans: Iterator[ExplainedSpan]) -> Iterator[ExplainedSpan]:
    last: ExplainedSpan | None = None
    for span in spans:
        if last is not None and last.kind is span.kind:
            last = last._replace(end=span.end)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


_COLOURS = {
    SpanKind.COUNTED: "#0f766e",
    SpanKind.CLOSED: "#cbd5e1",
    SpanKind.HOLIDAY: "#f0abfc",
    SpanKind.PAUSED: "#f59e0b",
}
_WIDTH, _HEIGHT = 640, 36


def _picture(spans: Sequence[ExplainedSpan]) -> str:
    """Draw the spans as one bar, each as long as it lasted."""
    total = sum((span.length for span in spans), timedelta()) or _ONE_DAY
    parts = []
    left = 0.0
    for span in spans:
        width = _WIDTH * (span.length / total)
        parts.append(
            f'<rect x="{left:.2f}" width="{width:.2f}" height="{_HEIGHT}" '
            f'fill="{_COLOURS[span.kind]}"><title>{span.kind}: '
            f"{span.start:%Y-%m-%d %H:%M} to {span.end:%Y-%m-%d %H:%M}</title></rect>"
        )
        left += width
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}"'
    )
    return f'{head} role="img" aria-label="how the time was counted">{"".join(parts)}</svg>'
