"""How values are written for people at a terminal."""

import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

import attrs
from moneyed import Money

from complaint_lifecycle.complaint import OfferStanding, Promise
from complaint_lifecycle.events import Event, Facts
from complaint_lifecycle.offers import Offer, Remedy

# Joiners shape letters and emoji; unlike other format characters they move nothing.
_JOINERS = "\u200c\u200d"
_MINUTES_A_DAY = 24 * 60


def visible(text: str) -> str:
    r"""Write control, bidirectional and invisible characters as escapes.

    A hostile text can then neither move the cursor, nor change colours, nor reorder
    what stands beside it. Line ends stay.

    >>> visible("red \x1b[31m alert, \u202eedoc")
    'red \\x1b[31m alert, \\u202eedoc'
    """
    if text.isprintable():
        return text
    return "".join(map(_visible, text.replace("\r\n", "\n")))


def _visible(character: str) -> str:
    if character.isprintable() or character == "\n" or character in _JOINERS:
        return character
    if character == "\t" or unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode()


def instant(at: datetime) -> str:
    """Write an instant of UTC to the minute."""
    return f"{at:%Y-%m-%d %H:%M}"


def span(length: timedelta, *, units: int = 2) -> str:
    """Write a span of time with its largest units.

    >>> span(timedelta(hours=52, minutes=10)), span(timedelta(minutes=70), units=1)
    ('2 d 4 h', '1 h')
    """
    minutes = length // timedelta(minutes=1)
    days, minutes = divmod(minutes, _MINUTES_A_DAY)
    hours, minutes = divmod(minutes, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    while len(parts) > 1 and not parts[0][0]:
        del parts[0]
    return " ".join(f"{count} {unit}" for count, unit in parts[:units] if count) or "0"


def plain(value: object) -> str:
    """Write the value of a field: money, an instant, an offer, yes or no."""
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return visible(write(value))
    return visible(str(value))


def _money(value: Money) -> str:
    return f"{value.amount} {value.currency.code}"


def _remedy(value: Remedy) -> str:
    share = None if value.percent is None else f"{value.percent} %"
    worth = None if value.value is None else _money(value.value)
    parts = (value.kind.value, worth, share, value.what)
    until = f", valid until {value.valid_until}" if value.valid_until else ""
    conditions = f", {value.conditions}" if value.conditions else ""
    return " ".join(part for part in parts if part) + until + conditions


def _offer(value: Offer) -> str:
    remedies = remedies_in_words(value)
    reasons = f" because {'; '.join(map(str, value.reasons))}" if value.reasons else ""
    until = f", until {instant(value.expires)}" if value.expires else ""
    approval = f", needs the approval of {value.approval}" if value.approval else ""
    return f"{remedies}{reasons}{until}{approval}"


def _facts(value: Facts) -> str:
    return ", ".join(f"{name}={plain(each)}" for name, each in value.items())


_WRITERS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (type(None), lambda _: "unknown"),
    (bool, lambda value: "yes" if value else "no"),
    (datetime, instant),
    (date, date.isoformat),
    (Money, _money),
    (Offer, _offer),
    (Remedy, _remedy),
    (Facts, _facts),
    (Enum, lambda value: str(value.value)),
)


def listed(names: Iterable[str]) -> str:
    """Write names with commas, or say that there is none."""
    return ", ".join(names) or "nothing"


def several(count: int, noun: str) -> str:
    """Write how many there are.

    >>> several(1, "promise"), several(1200, "promise")
    ('1 promise', '1,200 promises')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def promise_in_words(promise: Promise) -> str:
    """Write who promised what, and by when."""
    due = instant(promise.due)
    return f"by {due}, {plain(promise.owner)}: {plain(promise.what)}"


def remedies_in_words(offer: Offer) -> str:
    """Write what is offered, without the reasons."""
    return "; ".join(map(plain, offer.remedies))


def standing_in_words(standing: OfferStanding) -> str:
    """Write where an offer stands, and which one it replaced."""
    if standing.supersedes is None:
        return str(standing.status)
    return f"{standing.status}, supersedes {plain(standing.supersedes)}"


def fields_of(kind: Any) -> tuple["attrs.Attribute[Any]", ...]:
    """Return the fields of a kind of fact."""
    found: tuple[attrs.Attribute[Any], ...] = attrs.fields(kind)
    return found


def said(event: Event) -> tuple[dict[str, str], str]:
    """Divide what a fact says into short fields and the text about a person.

    Optional fields that were left empty say nothing.
    """
    short: dict[str, str] = {}
    text = ""
    for attribute in fields_of(type(event)):
        value = getattr(event, attribute.name)
        if value == attribute.default and not value:
            continue
        if attribute.name in event.personal:
            text = plain(value)
        else:
            short[attribute.name] = plain(value)
    return short, text
