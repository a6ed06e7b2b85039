"""One complaint on the terminal: where it stands, and its facts in order."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from complaint_lifecycle.cli.words import (
    instant,
    listed,
    plain,
    promise_in_words,
    remedies_in_words,
    said,
    span,
    standing_in_words,
)
from complaint_lifecycle.complaint import Complaint, OfferStatus
from complaint_lifecycle.events import (
    STEP_EVENTS,
    Answered,
    CustomerWrote,
    Declined,
    Entry,
    Event,
    Received,
    Withdrawn,
)
from complaint_lifecycle.lifecycle import Lifecycle

_BY_THE_CUSTOMER = (Received, CustomerWrote, Answered, Declined, Withdrawn)
_STEPS = tuple(STEP_EVENTS.values())
_SHORT = 40
_INSTANT = len("2026-03-02 09:00")


def timeline(entries: Iterable[Entry]) -> Table:
    """Draw entries in order; those recorded in one breath share their instant."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column("at", style="dim", width=_INSTANT, overflow="fold")
    table.add_column("fact", ratio=1)
    for (at, by), together in groupby(entries, lambda entry: (entry.at, entry.by)):
        facts = [_fact(entry) for entry in together]
        table.add_row(f"{instant(at)}\n{plain(by)}", Group(*facts))
    return table


def _fact(entry: Entry) -> RenderableType:
    short, text = said(entry.event)
    title = Text(entry.kind, style=_style(entry.event))
    title.append(f"  #{entry.version}", style="dim")
    # Indented, so that no text can pass for the title of another fact.
    details = [Padding(part, (0, 0, 0, 2)) for part in _details(short, text)]
    return Group(title, *details)


def _details(fields: dict[str, str], text: str) -> Iterator[Text]:
    """Write long values on lines of their own, short ones side by side."""
    pairs = [
        (Text.assemble((n, "dim"), " ", value), value) for n, value in fields.items()
    ]
    yield from (pair for pair, value in pairs if len(value) > _SHORT)
    short = [pair for pair, value in pairs if len(value) <= _SHORT]
    if short:
        yield Text(" · ", style="dim").join(short)
    if text:
        yield Text(f"“{text}”", style="italic")


def _style(event: Event) -> str:
    if isinstance(event, _BY_THE_CUSTOMER):
        return "bold cyan"
    return "bold green" if isinstance(event, _STEPS) else "bold"


def header(complaint: Complaint) -> Table:
    """Draw where a complaint stands and what it is about."""
    return sheet(_known(complaint))


def outlook(complaint: Complaint, lifecycle: Lifecycle) -> Table:
    """Draw what is promised, what the customer owes us, and what may follow."""
    asked = (f"{plain(q.ref)} since {instant(q.asked_at)}" for q in complaint.questions)
    promise = complaint.promise
    rows = [
        ("promise", promise_in_words(promise) if promise else "none is open"),
        ("open questions", ", ".join(asked) or "none"),
        *_offers(complaint),
        ("next step", lifecycle.next_step(complaint) or "none"),
        ("allowed", listed(lifecycle.allowed(complaint))),
    ]
    return sheet(rows)


def _offers(complaint: Complaint) -> Iterator[tuple[str, object]]:
    """Name the offer that waits for the customer, and those that are owed to them."""
    for standing in complaint.offers:
        what = f"{plain(standing.ref)}: {remedies_in_words(standing.offer)}"
        if standing.is_open:
            until = standing.offer.expires
            yield "open offer", f"{what}, until {instant(until)}" if until else what
        elif standing.status is OfferStatus.ACCEPTED:
            yield "to deliver", what


def sheet(rows: Iterable[tuple[str, object]]) -> Table:
    """Draw names and what is known under them; what is unknown is left out."""
    sheet = Table.grid(padding=(0, 2, 0, 0))
    sheet.add_column(style="dim", no_wrap=True)
    sheet.add_column()
    for name, value in rows:
        if value is not None:
            sheet.add_row(name, plain(value))
    return sheet


def _known(c: Complaint) -> Iterator[tuple[str, object]]:
    kept = f"{c.promises_kept} kept, {c.promises_broken} broken of {c.promises_made}"
    yield "state", f"{c.state}, round {c.round}, version {c.version}"
    yield "received", c.received_at
    yield "customer", f"{c.customer} by {c.channel}, {c.contacts} contacts"
    yield "about", " · ".join(plain(p) for p in _subject(c) if p is not None)
    yield "contact", c.contact
    yield "owner", c.owner and f"{c.owner}, line {c.line}"
    yield "promises", kept if c.promises_made else None
    yield "waited", span(c.waited) if c.waited else None
    yield "fault", c.fault
    yield "outcome", c.outcome
    yield "verification", c.verification
    yield (
        "prevention",
        c.prevention and f"{c.prevention.process}: {c.prevention.action}",
    )
    yield "referred to", c.referred_to
    yield "merged into", c.merged_into
    yield "duplicates", ", ".join(c.duplicates) or None
    yield from (
        (plain(o.ref), f"{remedies_in_words(o.offer)} ({standing_in_words(o)})")
        for o in c.offers
    )


def _subject(c: Complaint) -> tuple[object, ...]:
    return (c.category, c.product, c.severity, c.amount, c.locale)
