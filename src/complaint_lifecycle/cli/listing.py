"""The command ``list``: every complaint on one line."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from complaint_lifecycle.cli.streams import STANDARD, written
from complaint_lifecycle.cli.terminal import (
    DEFAULT_DB,
    Db,
    one_line_errors,
    open_desk,
    output,
)
from complaint_lifecycle.cli.words import instant, plain, several
from complaint_lifecycle.codec import Json, canonical
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.desk import Desk
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.lifecycle import Lifecycle

WIDE = 110
_PIPED = 1000


@one_line_errors()
def list_complaints(
    *,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Write one JSON array, personal text left out."),
    ] = False,
    state: Annotated[
        str | None, typer.Option(metavar="S", help="Only those that stand here.")
    ] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="C", help="Only those of this customer.")
    ] = None,
    db: Db = DEFAULT_DB,
) -> None:
    """List the complaints as they were recorded: where each stands, what comes next."""
    with open_desk(db, existing=True) as desk:
        found = _found(desk, state, customer)
        if as_json:
            _write_array(found, desk.lifecycle)
        else:
            _print_table(found, desk.lifecycle)


def _found(desk: Desk, state: str | None, customer: str | None) -> Iterator[Complaint]:
    table = desk.lifecycle.table
    states = [name for name in table.states if name != table.start]
    if state is not None and state not in states:
        raise InvalidEventError(
            "--state", repr(state), f"must be one of {', '.join(states)}"
        )
    if customer is None:
        found: Iterable[Complaint] = desk.complaints()
    else:
        found = desk.customer(customer).complaints
    return (c for c in found if state in (None, c.state))


def _write_array(found: Iterator[Complaint], lifecycle: Lifecycle) -> None:
    with written(STANDARD) as stream:
        before = "["
        for complaint in found:
            line = canonical(public_fields(complaint, lifecycle))
            stream.write(f"{before}\n{line}".encode())
            before = ","
        stream.write(b"[]\n" if before == "[" else b"\n]\n")


def public_fields(c: Complaint, lifecycle: Lifecycle) -> Json:
    """Return what a list may tell of a complaint: no text, nobody complained of."""
    amount, promise = c.amount, c.promise
    money = amount and {"amount": str(amount.amount), "currency": amount.currency.code}
    names = (*_AS_THEY_ARE, *_IF_ANY)
    return {name: getattr(c, name) for name in names} | {
        "amount": money,
        "received_at": _iso(c.received_at),
        "updated_at": _iso(c.updated_at),
        "promise_due": _iso(promise.due if promise else None),
        "waiting": c.waiting,
        "waited_seconds": int(c.waited.total_seconds()),
        "next_step": lifecycle.next_step(c),
        "allowed": list(lifecycle.allowed(c)),
    }


_AS_THEY_ARE = (
    "id", "state", "version", "round", "customer", "channel", "severity", "public",
    "confidential", "line", "contacts", "handoffs", "promises_made", "promises_kept",
    "promises_broken", "questions_asked", "attempts",
)  # fmt: skip
_IF_ANY = (
    "category", "product", "locale", "contact", "owner", "fault", "outcome",
    "verification", "referred_to", "merged_into",
)  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _print_table(found: Iterator[Complaint], lifecycle: Lifecycle) -> None:
    wide = output.width >= WIDE
    table = Table(box=None, padding=(0, 2 if wide else 1, 0, 0), header_style="dim")
    table.add_column("id", no_wrap=True, overflow="fold", style="bold")
    for name in ("state", "round", "severity", "received", "promise due", "next step"):
        table.add_column(name, no_wrap=True)
    for name in ("customer", "channel", "category") if wide else ():
        table.add_column(name, no_wrap=True)
    for c in found:
        table.add_row(*_row(c, lifecycle), *(_more(c) if wide else ()))
    _whole_if_piped().print(table)
    output.print(f"{several(table.row_count, 'complaint')}, in UTC", style="dim")


def _whole_if_piped() -> Console:
    """Return a console as wide as it takes: who reads a pipe needs every letter."""
    if output.is_terminal:
        return output
    return Console(width=_PIPED, markup=False, emoji=False, highlight=False)


def _row(c: Complaint, lifecycle: Lifecycle) -> tuple[str, ...]:
    received = f"{c.received_at:%Y-%m-%d}" if c.received_at else ""
    due = instant(c.promise.due) if c.promise else ""
    step = "customer answers" if c.waiting else lifecycle.next_step(c) or ""
    return (plain(c.id), c.state, str(c.round), c.severity, received, due, step)


def _more(c: Complaint) -> tuple[str, ...]:
    return (plain(c.customer), plain(c.channel), plain(c.category or ""))
