"""What the demonstration prints when the inbox is played."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from shlex import quote
from statistics import median
from textwrap import indent

from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from complaint_lifecycle.cli.demo.bargains import POLICY
from complaint_lifecycle.cli.demo.playing import Refused
from complaint_lifecycle.cli.listing import WIDE
from complaint_lifecycle.cli.standings import explained, title, trail
from complaint_lifecycle.cli.terminal import output
from complaint_lifecycle.cli.timeline import header, sheet, timeline
from complaint_lifecycle.cli.words import instant, listed, several, span
from complaint_lifecycle.compensation import schemes
from complaint_lifecycle.complaint import Complaint, Verification
from complaint_lifecycle.desk import Desk
from complaint_lifecycle.events import Outcome
from complaint_lifecycle.inbox import load_inbox

TOLD = "del-014"
"""The complaint told at length: two rounds, a broken fix, and an escalation."""

BARGAINS = ("shop-001", "del-004", "bank-003", "tel-007", TOLD)
"""The complaints whose offers are told: each came to another end."""

SCHEME = "eu-261-2004"
FLIGHT = {"distance_km": 3600, "intra_eu": True, "arrival_delay_minutes": 200}
"""What a published scheme is asked: about a flight, since no letter is about one."""


def tell(desk: Desk, refused: Sequence[Refused], *, db: str) -> None:
    """Print one complaint at length, all of them in short, and what was refused.

    Args:
        desk: Where the inbox was played.

        refused: What the desk did not let anybody do.

        db: The database, to name it in the hint at the end.
    """
    complaints = list(desk.complaints())
    output.print(_title(complaints), style="bold")
    _tell_one(desk, complaints)
    _tell_refused(refused)
    _tell_offers(desk, complaints)
    _tell_scheme()
    _tell_all(desk, complaints)
    _section("In figures")
    output.print(sheet(_figures(complaints, refused)))
    _hint(complaints, refused, db)


def _title(complaints: Sequence[Complaint]) -> str:
    came = [c.received_at for c in complaints if c.received_at]
    count = several(len(complaints), "invented complaint")
    return f"{count}, received from {_day(min(came))} to {_day(max(came))}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"


def _section(title: str) -> None:
    output.print()
    output.print(Rule(Text(title, style="bold"), align="left", style="dim"))


def _tell_one(desk: Desk, complaints: Sequence[Complaint]) -> None:
    known = {c.id: c for c in complaints}
    told = known.get(TOLD, complaints[0])
    _section(f"One complaint: {told.id}, in UTC")
    output.print(header(told))
    output.print()
    output.print(timeline(desk.history(told.id)))


def _tell_refused(refused: Sequence[Refused]) -> None:
    _section(f"Refused: {several(len(refused), 'time')}")
    for each in refused:
        act, refusal = each.act, each.refusal
        title = Text(f"{instant(act.at)}  ", style="dim")
        title.append(f"{act.by} on {act.complaint_id}: ", style="bold")
        words = f"cannot record {refusal.event} while {refusal.state!r}"
        title.append(words, style="red")
        output.print(title)
        output.print(Text(f"  {refusal.reason}"))
        output.print(Text(f"  allowed: {listed(refusal.allowed)}", style="dim"))


def _tell_offers(desk: Desk, complaints: Sequence[Complaint]) -> None:
    _section(f"Offers of the policy {POLICY.name}, version {POLICY.version}")
    output.print(f"{_offers(complaints)}")
    for complaint in complaints:
        if complaint.id in BARGAINS:
            entries = desk.history(complaint.id)
            for standing in complaint.offers:
                heading = Text(f"\n{complaint.id}  ", style="bold")
                output.print(heading + title(standing))
                output.print(indent(explained(standing.offer), "  "), soft_wrap=True)
                told = (" ".join(move) for move in trail(complaint, standing, entries))
                output.print(Padding(Text(" · ".join(told), "dim"), (0, 0, 0, 2)))


def _offers(complaints: Sequence[Complaint]) -> str:
    found = Counter(str(o.status) for c in complaints for o in c.offers)
    ends = ", ".join(f"{count} {status}" for status, count in sorted(found.items()))
    return f"{found.total()}: {ends}" if found else "none yet"


def _tell_scheme() -> None:
    scheme = schemes.get(SCHEME)
    _section(f"A published scheme: {scheme.id}")
    output.print("A flight of 3,600 km within the EU that came 200 minutes late:")
    output.print(scheme.assess(FLIGHT).explain(), soft_wrap=True)
    output.print(f"{scheme.citation}. {schemes.NOT_LEGAL_ADVICE}", style="dim")


def _tell_all(desk: Desk, complaints: Sequence[Complaint]) -> None:
    _section(f"All {several(len(complaints), 'complaint')}")
    output.print(_states(desk, complaints))
    output.print()
    output.print(_rows(complaints))


def _states(desk: Desk, complaints: Sequence[Complaint]) -> Table:
    counts = Counter(c.state for c in complaints)
    block = "█" if output.encoding.startswith("utf") else "#"
    table = Table.grid(padding=(0, 2, 0, 0))
    for state in desk.lifecycle.table.states:
        if counts[state]:
            bar = Text(block * counts[state], style="green", no_wrap=True)
            table.add_row(state, str(counts[state]), bar)
    return table


def _rows(complaints: Sequence[Complaint]) -> Table:
    stories = {letter.id: letter.story for letter in load_inbox()}
    wide = output.width >= WIDE
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    for name in ("id", "story", "state", "round", "wrote", "kept", "waited", "end"):
        table.add_column(name, no_wrap=True)
    for name in ("customer", "channel", "severity") if wide else ():
        table.add_column(name, no_wrap=True)
    for c in complaints:
        more = (c.customer, c.channel, c.severity) if wide else ()
        table.add_row(c.id, stories[c.id], *_row(c), *more)
    return table


def _row(c: Complaint) -> tuple[str, ...]:
    settled = c.promises_kept + c.promises_broken
    kept = f"{c.promises_kept}/{settled}" if settled else ""
    waited = span(c.waited, units=1) if c.waited else ""
    return (c.state, str(c.round), str(c.contacts), kept, waited, _end(c))


def _end(c: Complaint) -> str:
    if c.merged_into:
        return f"in {c.merged_into}"
    if c.referred_to:
        return "referred"
    if c.has("Withdrawn"):
        return "withdrawn"
    outcome = None if c.outcome is Outcome.PUT_RIGHT else c.outcome
    return ", ".join(str(part) for part in (c.verification, outcome) if part)


def _figures(
    complaints: Sequence[Complaint], refused: Sequence[Refused]
) -> Iterator[tuple[str, object]]:
    yield "recorded", several(sum(c.version for c in complaints), "fact")
    yield "refused", several(len(refused), "attempt")
    yield "promises", _promises(complaints)
    yield "offers", _offers(complaints)
    yield "rounds", f"{sum(c.round > 1 for c in complaints)} needed a second one"
    yield "contacts", _contacts([c for c in complaints if not c.merged_into])
    yield "fixed", _speed(complaints)
    yield "waited", _waiting([c.waited for c in complaints if c.waited])
    yield "escalated", sum(c.line > 1 for c in complaints)
    yield "otherwise", _otherwise(complaints)


def _promises(complaints: Sequence[Complaint]) -> str:
    kept = sum(c.promises_kept for c in complaints)
    broken = sum(c.promises_broken for c in complaints)
    return f"{kept} kept, {broken} broken"


def _contacts(complaints: Sequence[Complaint]) -> str:
    customers = len({c.customer for c in complaints})
    contacts = sum(c.contacts for c in complaints)
    return f"{contacts} of {several(customers, 'customer')}"


def _speed(complaints: Sequence[Complaint]) -> str:
    seconds = [
        (mark.at - c.received_at).total_seconds()
        for c in complaints
        for mark in c.marks
        if mark.kind == "Fixed" and mark.round == 1 and c.received_at
    ]
    if not seconds:
        return "none yet"
    return f"half of them within {span(timedelta(seconds=median(seconds)))}"


def _waiting(waits: Sequence[timedelta]) -> str:
    whole = span(sum(waits, timedelta()))
    return f"{whole} in all for the answers to {several(len(waits), 'complaint')}"


def _otherwise(complaints: Sequence[Complaint]) -> str:
    unverified = sum(c.verification is Verification.UNREACHABLE for c in complaints)
    return (
        f"{sum(c.merged_into is not None for c in complaints)} merged, "
        f"{sum(c.referred_to is not None for c in complaints)} referred, "
        f"{sum(c.has('Withdrawn') for c in complaints)} withdrawn, "
        f"{unverified} unverified"
    )


def _hint(complaints: Sequence[Complaint], refused: Sequence[Refused], db: str) -> None:
    telling = refused[0].act.complaint_id if refused else complaints[-1].id
    _section("Look further")
    offered = [f"offer {c.id}" for c in complaints if c.offers and c.id in BARGAINS]
    for words in ("list", f"show {telling}", *offered[-1:]):
        output.print(f"complaint-lifecycle {words} --db {quote(db)}", soft_wrap=True)
