"""Reads facts that were typed: ``promise what="resend it" due=... owner=ana``."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args, get_origin

import attrs
from moneyed import Money

from complaint_lifecycle.amounts import money
from complaint_lifecycle.cli.words import fields_of
from complaint_lifecycle.errors import InvalidEventError, UnreadableError
from complaint_lifecycle.events import Absorbed, Event, Received
from complaint_lifecycle.offers import Offer, Remedy, RemedyKind

T = TypeVar("T")

AND = "+"
_NEVER_TYPED = (Absorbed, Received)


def read_steps(words: Iterable[str], kinds: Iterable[type[Event]]) -> list[Event]:
    """Read facts, each a name with its fields, separated by ``+``.

    Args:
        words: What was typed, word by word.

        kinds: The facts that may be meant.

    Raises:
        UnreadableError: If a name or a field is not known, or one is missing.
        InvalidEventError: If a value breaks the rule of its field.

    >>> from complaint_lifecycle.events import EVENTS
    >>> read_steps(["thank", "+", "verify", "satisfied=unknown"], EVENTS)
    [Thanked(text=''), Verified(satisfied=None, text='')]
    """
    known = steps_by_name(kinds)
    parts = [part for word in words for part in _apart(word)]
    steps = [list(step) for ends, step in groupby(parts, AND.__eq__) if not ends]
    return [_read_step(name, fields, known) for name, *fields in steps]


def steps_by_name(kinds: Iterable[type[Event]]) -> dict[str, type[Event]]:
    """Return the facts that may be typed, by the name to advertise."""
    return {
        kind.trigger or _snake(kind.kind): kind
        for kind in kinds
        if not kind.by_desk and kind not in _NEVER_TYPED
    }


def read_instant(text: str, field: str) -> datetime:
    """Read an instant with its offset.

    Args:
        text: What was typed.

        field: Name to use in the error message.

    Raises:
        InvalidEventError: If it is none.
    """
    return _read(text, field, _aware, _INSTANT)


def _apart(word: str) -> list[str]:
    if "=" in word:
        return [word]
    return [part for part in re.split(r"(\+)", word) if part]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _bare(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _read_step(name: str, words: Sequence[str], known: dict[str, type[Event]]) -> Event:
    kind = _step_named(name, known)
    values = dict(_read_field(kind, word) for word in words)
    needed = [a.name for a in fields_of(kind) if a.default is attrs.NOTHING]
    missing = [f"{field}=VALUE" for field in needed if field not in values]
    if missing:
        problem = f"{kind.kind} needs {', '.join(missing)}"
        raise UnreadableError(problem)
    if len(values) < len(words):
        problem = f"a field of {kind.kind} is given twice"
        raise UnreadableError(problem)
    return kind(**values)


def _step_named(name: str, known: dict[str, type[Event]]) -> type[Event]:
    for advertised, kind in known.items():
        if _bare(name) in (_bare(advertised), _bare(kind.kind)):
            return kind
    problem = f"unknown step {name!r}: use one of {', '.join(known)}"
    raise UnreadableError(problem)


def _read_field(kind: type[Event], word: str) -> tuple[str, object]:
    name, separator, text = word.partition("=")
    types = {a.name: a.type for a in fields_of(kind)}
    if not separator or name not in types:
        fields = ", ".join(f"{field}=VALUE" for field in types) or "none"
        problem = f"{kind.kind} has no field {name!r}: it takes {fields}"
        raise UnreadableError(problem)
    return name, _read_value(types[name], text, f"{kind.kind}.{name}")


def _read_value(annotation: Any, text: str, field: str) -> object:
    choices = _choices(annotation)
    if text.casefold() == "unknown" and {bool, NoneType} <= choices:
        return None
    for kind, read, example in _READERS:
        if kind in choices:
            return _read(text, field, read, example)
    return text


def _choices(annotation: Any) -> set[Any]:
    """Return the plain types behind an annotation: its rule and its union undone."""
    if get_origin(annotation) is Annotated:
        return _choices(get_args(annotation)[0])
    return set(get_args(annotation)) or {annotation}


def _read(text: str, field: str, read: Callable[[str], T], example: str) -> T:
    try:
        return read(text)
    except InvalidEventError:
        raise
    except ValueError:
        rule = f"write it like {example}"
        raise InvalidEventError(field, repr(text)[:80], rule) from None


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at


def _flag(text: str) -> bool:
    return ("no", "yes").index(text.casefold()) == 1


def _money(text: str) -> Money:
    amount, currency = text.split()
    return money(amount, currency.upper())


def _offer(text: str) -> Offer:
    return Offer(remedies=[_remedy(part.strip()) for part in text.split(";")])


def _remedy(text: str) -> Remedy:
    name, _, rest = text.partition(" ")
    kind = RemedyKind(name.lower())
    if rest.endswith("%"):
        return Remedy(kind=kind, percent=rest.removesuffix("%").strip())
    if re.fullmatch(r"[\d.]+ [A-Za-z]{3}", rest):
        return Remedy(kind=kind, value=_money(rest))
    if re.fullmatch(r"[\d.,]+", rest):
        rule = f"has no currency or %: write it like {name} 49.90 EUR"
        raise InvalidEventError("offer", repr(text)[:80], rule)
    return Remedy(kind=kind, what=rest)


_INSTANT = "2026-03-02T09:00+00:00, with its offset"
_READERS: tuple[tuple[type, Callable[[str], object], str], ...] = (
    (bool, _flag, "yes or no (or unknown, for satisfied)"),
    (int, int, "2"),
    (datetime, _aware, _INSTANT),
    (date, date.fromisoformat, "2026-03-16"),
    (Money, _money, "'49.90 EUR'"),
    (Offer, _offer, "'refund 49.90 EUR; gift a box of tea; discount 10%'"),
)
