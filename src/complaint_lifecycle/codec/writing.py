"""Writes events as canonical JSON: a function for each class of facts, made once.

The text is the same, byte for byte, as if the converter took the event apart and
:func:`canonical <complaint_lifecycle.codec.text.canonical>` wrote what it found. Text,
numbers, flags, instants and choices are written straight away, since nearly all fields
are one of these; whatever else a field holds goes that way.
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from attrs import NOTHING, fields

from complaint_lifecycle.codec.text import quoted, written
from complaint_lifecycle.codec.values import converter

Writer = Callable[[Any], tuple[str, str | None]]
"""Writes the public part of an event, and the personal part if it says something."""

Way = Callable[[Any], str]
"""Writes the value of one field."""

_NONE = type(None)


@cache
def writer(cls: Any) -> Writer:
    """Return what writes the facts of a class."""
    ways = {f.name: _way(f) for f in fields(cls) if f.init}
    public = [(name, ways[name]) for name in sorted(ways) if name not in cls.personal]
    shape = f"{{{','.join(f'{quoted(name)}:%s' for name, _ in public)}}}"
    personal = [
        (name, f"{quoted(name)}:", ways[name], _silent(getattr(fields(cls), name)))
        for name in sorted(cls.personal)
        if name in ways
    ]

    def write(event: Any) -> tuple[str, str | None]:
        text = shape % tuple([way(getattr(event, name)) for name, way in public])
        if not personal:
            return text, None
        said = [
            key + way(value)
            for name, key, way, silent in personal
            if (value := getattr(event, name)) != silent
        ]
        return text, f"{{{','.join(said)}}}" if said else None

    return write


def _way(field: Any) -> Way:
    """Return how a field is written, by its type; the long way if it is of another."""
    kind, plain = bare(field.type), converter().get_unstructure_hook(field.type)

    def other(value: Any) -> str:
        return "null" if value is None else written(plain(value))

    if isinstance(kind, type) and issubclass(kind, Enum):
        choices = {choice: written(choice.value) for choice in kind}
        return lambda value: choices.get(value) or other(value)
    short = _SHORT.get(kind)
    if short is None:
        return other
    return lambda value: short(value) if value.__class__ is kind else other(value)


_SHORT: dict[Any, Way] = {
    str: quoted,
    int: repr,
    bool: lambda value: "true" if value else "false",
    datetime: lambda value: f'"{value.isoformat()}"',
}


def _silent(field: Any) -> object:
    """Return which value says nothing: a default that JSON can hold."""
    default, plain = field.default, converter().get_unstructure_hook(field.type)
    plain_default = default is None or isinstance(default, str | int)
    return default if plain_default and plain(default) == default else NOTHING


def bare(annotation: Any) -> Any:
    """Return the type of a field without its rule, and without ``None``."""
    if get_origin(annotation) is Annotated:
        return bare(get_args(annotation)[0])
    choices = [a for a in get_args(annotation) if a is not _NONE]
    optional = len(choices) == 1 and _NONE in get_args(annotation)
    return bare(choices[0]) if optional else annotation
