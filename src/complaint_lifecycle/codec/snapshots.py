"""Folded complaints as text, so that a long history need not be read from its start."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from hashlib import sha256
from inspect import getsource
from typing import Any

from cattrs import Converter
from cattrs.gen import make_dict_structure_fn

from complaint_lifecycle.codec.text import Json, canonical
from complaint_lifecycle.codec.values import converter
from complaint_lifecycle.complaint import (
    Classification,
    Complaint,
    Mark,
    Marks,
    changes,
    parts,
    state,
)
from complaint_lifecycle.events import Outcome
from complaint_lifecycle.lifecycle import Lifecycle, compiled


def dump_complaint(complaint: Complaint) -> str:
    """Write a folded complaint; there is no personal text in it."""
    fields: Json = _converter().unstructure(complaint)
    return canonical(fields)


def load_complaint(text: str) -> Complaint:
    """Read what :func:`dump_complaint` wrote, under the same fingerprint."""
    found: Complaint = _converter().structure(json.loads(text), Complaint)
    return found


@cache
def fingerprint(lifecycle: Lifecycle) -> str:
    """Return what depends on everything that decides how facts fold.

    Another version of the fold, other facts or another chart have another one, and
    what was folded before is folded anew.

    Args:
        lifecycle: The chart, and the facts that it knows.

    >>> fingerprint(Lifecycle()) == fingerprint(Lifecycle())
    True
    """
    sources = [getsource(module) for module in (changes, parts, state, compiled)]
    rows = [
        f"{row.trigger} {row.source} {row.target} {[c.name for c in row.conditions]}"
        for row in lifecycle.table.rows
    ]
    facts = [f"{event.kind} {event.schema}" for event in lifecycle.events]
    final = sorted(lifecycle.table.final)
    return sha256("\n".join([*sources, *rows, *facts, *final]).encode()).hexdigest()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _promised(found: Any) -> object:
    due, owner = found
    return _instant(due), owner


def _pair(found: Any) -> object:
    return tuple(found)


def _classification(found: Any) -> object:
    return _converter().structure(found, Classification)


_DETAILS: dict[str, Callable[[Any], object]] = {
    "Received": _classification,
    "Reclassified": _classification,
    "Promised": _promised,
    "Fixed": Outcome,
    "TimerWarned": _pair,
}
"""How the detail of a mark is read, where it is no plain value."""


def _mark_from(found: Any) -> Mark:
    kind, at, number, by, detail = found
    read = _DETAILS.get(kind)
    if read is not None and detail is not None:
        detail = read(detail)
    return Mark(kind, _instant(at), number, by, detail)


def _marks_to(marks: Marks) -> list[object]:
    write = _converter().unstructure
    return [
        (mark.kind, mark.at.isoformat(), mark.round, mark.by, write(mark.detail))
        for mark in marks
    ]


@cache
def _converter() -> Converter:
    made = converter().copy()
    made.register_unstructure_hook(timedelta, lambda span: span // _UNIT)
    made.register_structure_hook(timedelta, lambda count, _: count * _UNIT)
    made.register_unstructure_hook(Marks, _marks_to)
    made.register_structure_hook(Marks, lambda found, _: Marks(map(_mark_from, found)))
    # A complaint does not coerce its fields, as facts do.
    made.register_structure_hook_func(
        lambda cls: isinstance(cls, type) and issubclass(cls, Enum),
        lambda value, cls: cls(value),
    )
    made.register_structure_hook(Complaint, make_dict_structure_fn(Complaint, made))
    return made


_UNIT = timedelta(microseconds=1)
