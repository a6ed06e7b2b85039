"""The commands ``regimes`` and ``due``: published time limits, and when they end."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any

import attrs
import typer
from rich.table import Table
from rich.text import Text

from complaint_lifecycle.cli.streams import STANDARD, written
from complaint_lifecycle.cli.terminal import (
    messages,
    one_line_errors,
    one_line_warnings,
    output,
)
from complaint_lifecycle.cli.words import plain, several
from complaint_lifecycle.codec import Json, canonical
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.sla import Calendar, country_holidays
from complaint_lifecycle.sla import regimes as published
from complaint_lifecycle.sla.holiday_dates import Holidays, holidays_of
from complaint_lifecycle.sla.regimes import (
    NOT_LEGAL_ADVICE,
    Limit,
    Milestone,
    Regime,
    UnverifiedRegimeWarning,
)

WIDE = 110
# An unknown name is unknown on every date.
_ANY_DAY = date(1970, 1, 1)


@one_line_errors()
def regimes(
    name: Annotated[
        str | None, typer.Argument(metavar="ID", help="Show this one in full.")
    ] = None,
    *,
    on: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Date of receipt; only what covers it."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write JSON instead of text.")
    ] = False,
) -> None:
    """List published time limits, or show one with citation, clauses and traps."""
    day = None if on is None else _date(on, "--on")
    found = _all(day) if name is None else (_one(name, day),)
    if as_json:
        _write_json(found, alone=name is not None)
    elif name is None:
        _print_table(found)
    else:
        _print_one(found[0])


def _date(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        rule = "is no date: write it like 2026-03-02"
        raise InvalidEventError(option, repr(text), rule) from None


def _all(day: date | None) -> tuple[Regime, ...]:
    known = published.list()
    return known if day is None else tuple(r for r in known if r.valid_on(day))


def _one(name: str, day: date | None) -> Regime:
    """Load a regime on a date, or the only one of this name whatever it covers."""
    if day is not None:
        return _loaded(name, day)
    known = [r for r in published.list() if name in {r.id, r.family}]
    if len(known) > 1:
        rule = "has several versions: say with --on when the complaint was received"
        raise InvalidEventError("regime", repr(name), rule)
    return known[0] if known else published.get(name, on=_ANY_DAY)


def _loaded(name: str, day: date) -> Regime:
    with one_line_warnings(UnverifiedRegimeWarning):
        return published.get(name, on=day)


def _write_json(found: tuple[Regime, ...], *, alone: bool) -> None:
    facts = [_facts(regime) for regime in found]
    with written(STANDARD) as stream:
        text = canonical(facts[0]) if alone else f"[{','.join(map(canonical, facts))}]"
        stream.write(f"{text}\n".encode())


def _facts(regime: Regime) -> Json:
    facts: Json = attrs.asdict(regime, filter=_told, value_serializer=_plain)
    return facts | {
        "counting": regime.counting.id,
        "needs": {label: [*needs] for label, needs in regime.needs.items()},
        "advice": NOT_LEGAL_ADVICE,
    }


def _told(attribute: "attrs.Attribute[Any]", value: object) -> bool:
    return attribute.name not in {"calendar", "profile", "counting"}


def _plain(_: object, __: object, value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _print_table(found: tuple[Regime, ...]) -> None:
    wide = output.width >= WIDE
    rows = [_row(regime, wide=wide) for regime in found]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    heads = ("id", "valid", "verified", "where and for whom" if wide else "where")
    for head, cells in zip(heads, zip(heads, *rows, strict=True), strict=True):
        # Only the last column gives way on a narrow terminal.
        width = None if head == heads[-1] else max(map(len, cells))
        table.add_column(head, no_wrap=True, min_width=width)
    for row in rows:
        table.add_row(*row)
    output.print(table)
    output.print(f"{several(len(found), 'regime')}. {NOT_LEGAL_ADVICE}", style="dim")


def _row(regime: Regime, *, wide: bool) -> tuple[str, str, str, str]:
    where = regime.jurisdiction
    where = f"{where}: {regime.sector}" if wide else where
    return (regime.id, _span(regime), regime.verified, where)


def _span(regime: Regime) -> str:
    first = str(regime.valid_from or "unknown")
    return f"{first} to {regime.valid_to}" if regime.valid_to else f"{first} on"


def _print_one(regime: Regime) -> None:
    output.print(_sheet(_header(regime)))
    for milestone in regime.milestones:
        output.print()
        output.print(Text.assemble((milestone.name, "bold"), f"  {milestone.title}"))
        output.print(_sheet(_lines(milestone)))
    output.print()
    output.print(NOT_LEGAL_ADVICE, style="bold")


def _sheet(rows: Iterable[tuple[str, object]]) -> Table:
    """Draw names and what is known under them; long addresses are never cut."""
    sheet = Table.grid(padding=(0, 2, 0, 0))
    sheet.add_column(style="dim", no_wrap=True)
    sheet.add_column(overflow="fold")
    for name, value in rows:
        if value is not None:
            sheet.add_row(name, plain(value))
    return sheet


def _header(regime: Regime) -> Iterator[tuple[str, object]]:
    yield "id", regime.id
    yield "for", f"{regime.jurisdiction}: {regime.sector}"
    yield "citation", regime.citation
    yield "valid", _span(regime)
    yield "supersedes", regime.supersedes
    yield "verified", regime.verified
    doubt = "" if regime.counting.verified else " (not verified)"
    yield "counting", f"{regime.counting.id}{doubt}: {regime.counting.rule}"
    yield from (("trap", note) for note in regime.notes)
    yield from (("source", source) for source in regime.sources)


def _lines(m: Milestone) -> Iterator[tuple[str, object]]:
    yield "  limit", m.no_limit if m.limit is None else f"{m.limit} from {_start(m)}"
    yield "  kind", m.kind
    yield "  clause", m.clause
    yield "  applies", m.condition
    yield "  met by", m.until
    yield from (("  needs", need) for need in m.needs)
    if m.extension is not None:
        longer = f"{m.extension.limit}: " if m.extension.limit else ""
        yield "  extension", f"{longer}{m.extension.requires}"
    yield "  note", m.note or None
    yield "  verified", None if m.verified else "no"


def _start(m: Milestone) -> str:
    text = m.since or m.counted_from
    return f"{text} ({m.counted_from})" if m.since else text


@one_line_errors()
def due(
    *,
    start: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="INSTANT",
            help="When it begins; without an offset, local time of the zone.",
        ),
    ],
    regime: Annotated[str, typer.Option(metavar="ID", help="The regime.")],
    milestone: Annotated[str, typer.Option(metavar="NAME", help="Which limit.")],
    condition: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Which one, if several share the name."),
    ] = None,
    extended: Annotated[
        bool, typer.Option("--extended", help="The limit was extended.")
    ] = False,
    received: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Date of receipt, if it begins on another one."
        ),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(
            metavar="ZONE", help="IANA time zone that counts the days; else UTC."
        ),
    ] = None,
    hours: Annotated[
        str, typer.Option(metavar="HOURS", help="Business hours, Monday to Friday.")
    ] = "09:00-17:00",
    holidays: Annotated[
        str | None,
        typer.Option(metavar="CC", help="Country of the holidays: GB, or GB-SCT."),
    ] = None,
) -> None:
    """Say when a published time limit ends: the last instant, and the last date."""
    office = Calendar.weekly(zone or "UTC", mon_fri=hours, holidays=_holidays(holidays))
    begun = _instant(start, office)
    day = office.date_of(begun) if received is None else _date(received, "--received")
    found = _loaded(regime, day).milestone(milestone, condition=condition)
    ends = found.due(begun, office, extended=extended)
    output.print(_sheet(_answer(found, ends, office, extended=extended)))
    if zone is None:
        messages.print("days are counted in UTC: name a place with --zone")
    if holidays is None:
        messages.print("no holidays are counted: name a country with --holidays")


def _holidays(country: str | None) -> Holidays:
    if country is None:
        return Holidays()
    code, _, subdivision = country.partition("-")
    return holidays_of(country_holidays(code, subdivision or None))


def _instant(text: str, office: Calendar) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        rule = "is no instant: write it like 2026-03-02T09:00"
        raise InvalidEventError("--from", repr(text), rule) from None
    if at.tzinfo is not None:
        return at
    return at.replace(tzinfo=office.at(at.date(), "00:00").tzinfo)


def _answer(
    milestone: Milestone, ends: datetime, office: Calendar, *, extended: bool
) -> Iterator[tuple[str, object]]:
    longer = milestone.extension if extended else None
    limit: Limit | None = longer.limit if longer else milestone.limit
    local = ends.astimezone(office.at(office.date_of(ends), "00:00").tzinfo)
    yield "limit", f"{limit} from {milestone.counted_from}"
    yield "due", local.isoformat(timespec="seconds")
    yield "in UTC", ends.astimezone(UTC).isoformat(timespec="seconds")
    yield "last date", f"{local:%A} {local.date()}"
    yield "advice", NOT_LEGAL_ADVICE
