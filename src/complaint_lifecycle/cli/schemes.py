"""The commands ``schemes`` and ``scheme``: what published schemes pay, and why."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
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
from complaint_lifecycle.compensation import schemes as published
from complaint_lifecycle.compensation.schemes import (
    NOT_LEGAL_ADVICE,
    Assessment,
    Band,
    Need,
    Scheme,
    UnverifiedSchemeWarning,
)
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events.fields import Plain

WIDE = 110

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,60}\.[0-9]{1,60}")
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON instead of text.")]


@one_line_errors()
def schemes(
    name: Annotated[
        str | None, typer.Argument(metavar="ID", help="Show this one in full.")
    ] = None,
    *,
    on: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Date of the event; only what covers it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List published compensation schemes, or show one with the facts it needs."""
    day = None if on is None else _date(on)
    found = _all(day) if name is None else (_one(name, day),)
    if as_json:
        _write_json([_facts(scheme) for scheme in found], alone=name is not None)
    elif name is None:
        _print_table(found)
    else:
        _print_one(found[0])


@one_line_errors()
def scheme(
    name: Annotated[str, typer.Argument(metavar="ID", help="The scheme.")],
    *,
    fact: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="A fact, such as distance_km=3600; repeatable."
        ),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Date of the event, which picks the version."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a published scheme pays for the facts, line by line, and why.

    Write numbers like 3600 or 49.90, percentages like 99.95%, dates like 2026-03-02,
    and what holds or not as true or false. `schemes ID` says which facts it needs.
    """
    day = None if on is None else _date(on)
    facts = dict(map(_fact, fact or ()))
    if len(facts) < len(fact or ()):
        raise InvalidEventError("--fact", " ".join(fact or ()), "gives a name twice")
    with one_line_warnings(UnverifiedSchemeWarning):
        found = published.get(name, on=day)
        due = found.assess(facts)
    _say_ignored(found, facts)
    if as_json:
        _write_json([_answer(found, due)], alone=True)
    else:
        _print_answer(found, due)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        rule = "is no date: write it like 2026-03-02"
        raise InvalidEventError("--on", repr(text), rule) from None


def _fact(word: str) -> tuple[str, Plain]:
    name, separator, text = word.partition("=")
    if not separator or not name:
        rule = "is no fact: write it like distance_km=3600"
        raise InvalidEventError("--fact", repr(word), rule)
    return name, _typed(text)


def _typed(text: str) -> Plain:
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    return _FLAGS.get(text.casefold(), text)


def _say_ignored(found: Scheme, facts: Iterable[str]) -> None:
    """Tell what was typed in vain; a slip of the finger would go unseen else."""
    names = {need.name for need in found.needs}
    for name in facts:
        if name not in names:
            told = plain(f"note: {found.id} does not read the fact {name}")
            messages.print(told, style="yellow", soft_wrap=True)


def _all(day: date | None) -> tuple[Scheme, ...]:
    known = published.list()
    if day is None:
        return known
    return tuple(attrs.evolve(s, on=day) for s in known if s.covering(day))


def _one(name: str, day: date | None) -> Scheme:
    """Load a scheme on a date, or as it is listed, whatever it covers."""
    known = next((s for s in published.list() if s.id == name), None)
    if known is not None and day is None:
        return known
    with one_line_warnings(UnverifiedSchemeWarning):
        return published.get(name, on=day)


def _write_json(facts: list[Json], *, alone: bool) -> None:
    with written(STANDARD) as stream:
        text = canonical(facts[0]) if alone else f"[{','.join(map(canonical, facts))}]"
        stream.write(f"{text}\n".encode())


def _facts(scheme: Scheme) -> Json:
    found: Json = _plain(attrs.asdict(scheme, recurse=False, filter=_listed))
    return found | {"advice": NOT_LEGAL_ADVICE}


def _listed(attribute: "attrs.Attribute[Any]", value: object) -> bool:
    return attribute.name not in {"on", "settings", "rule"}


def _plain(value: Any) -> Any:
    if attrs.has(type(value)):
        return _plain(attrs.asdict(value, recurse=False))
    if hasattr(value, "items"):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, date | Decimal) else value


def _answer(found: Scheme, due: Assessment) -> Json:
    lines = [
        {
            "text": reason.text,
            "amount": None if reason.amount is None else str(reason.amount.amount),
        }
        for reason in due.reasons
    ]
    return {
        "scheme": found.id,
        "amount": str(due.amount.amount),
        "currency": due.amount.currency.code,
        "reasons": lines,
        "citation": found.citation,
        "valid": due.version.validity,
        "verified": due.version.verified,
        "advice": NOT_LEGAL_ADVICE,
    }


def _print_answer(found: Scheme, due: Assessment) -> None:
    sheet = Table.grid(padding=(0, 2, 0, 0))
    sheet.add_column(overflow="fold")
    sheet.add_column(justify="right", no_wrap=True)
    for reason in due.reasons:
        amount = "" if reason.amount is None else plain(reason.amount)
        sheet.add_row(plain(reason.text), amount)
    sheet.add_row(Text("total", "bold"), Text(plain(due.amount), "bold"))
    output.print(sheet)
    output.print()
    rows = {
        "scheme": found.id,
        "citation": found.citation,
        "valid": due.version.validity,
        "verified": due.version.verified,
    }
    output.print(_sheet(rows.items()))
    output.print(NOT_LEGAL_ADVICE, style="bold")


def _print_table(found: tuple[Scheme, ...]) -> None:
    wide = output.width >= WIDE
    rows = [
        (s.id, _span(s), s.verified, s.title if wide else s.jurisdiction) for s in found
    ]
    heads = ("id", "valid", "verified", "title" if wide else "where")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for head, cells in zip(heads, zip(heads, *rows, strict=True), strict=True):
        # Only the last column gives way on a narrow terminal.
        width = None if head == heads[-1] else max(map(len, cells))
        table.add_column(head, min_width=width, no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*map(plain, row))
    output.print(table)
    output.print(f"{several(len(found), 'scheme')}. {NOT_LEGAL_ADVICE}", style="dim")


def _span(scheme: Scheme) -> str:
    version = scheme.version
    if version.expected_from is not None:
        return "not in force"
    first = str(version.valid_from or "unknown")
    return f"{first} to {version.valid_to}" if version.valid_to else f"{first} on"


def _print_one(scheme: Scheme) -> None:
    output.print(_sheet(_header(scheme)))
    if scheme.needs:
        output.print()
        output.print(Text("facts", "bold"))
        output.print(_sheet((f"  {n.name}", _need(n)) for n in scheme.needs))
    if scheme.bands:
        output.print()
        output.print(Text("bands, for people to decide", "bold"))
        output.print(_sheet((f"  {_ends(band)}", band.label) for band in scheme.bands))
    output.print()
    output.print(NOT_LEGAL_ADVICE, style="bold")


def _sheet(rows: Iterable[tuple[str, object]]) -> Table:
    """Draw names and what is known under them; long addresses are never cut."""
    sheet = Table.grid(padding=(0, 2, 0, 0))
    sheet.add_column(style="dim", no_wrap=True)
    sheet.add_column(overflow="fold")
    for name, value in rows:
        sheet.add_row(name, plain(value))
    return sheet


def _header(scheme: Scheme) -> Iterator[tuple[str, object]]:
    yield "id", scheme.id
    yield "title", scheme.title
    yield "for", f"{scheme.jurisdiction}: per {scheme.per}"
    yield "citation", scheme.citation
    for version in scheme.versions if scheme.on is None else (scheme.version,):
        doubt = f": {version.doubt}" if version.doubt else ""
        yield "valid", f"{version.validity}; verified: {version.verified}{doubt}"
    yield from (("trap", note) for note in scheme.notes)
    yield from (("source", source) for source in scheme.sources)


def _need(need: Need) -> str:
    default = "" if need.default is None else f" (else {plain(need.default)})"
    return f"{need.described}{default}"


def _ends(band: Band) -> str:
    if band.at_least is None and band.at_most is None:
        return "any"
    if band.at_most is None:
        return f"{band.at_least} or more"
    return f"{band.at_least or 0} to {band.at_most}"
